"""The runbook knows every code that a person may see."""

from __future__ import annotations

import re

from bots import registry
from bots.engine.settings import ROOT

# A code is the first argument of an exception of ours.
RAISED = re.compile(
    r"(?:BusinessException|SystemException|ScreenChanged|ReadBackDiffers|SignedOut|SystemClosed|NotFired"
    r"|Unresolved|Unclear|_final)\(\s*\"([a-z][a-z-]+)\""
)


def test_every_code_is_explained() -> None:
    runbook = (ROOT / "runbooks" / "missed-bins.md").read_text(encoding="utf-8")
    runbook += (ROOT / "runbooks" / "in-doubt.md").read_text(encoding="utf-8")
    files = [f for f in (ROOT / "bots").rglob("*.py") if not f.name.startswith(("cli", "demo", "doctor"))]
    codes = {code for file in files for code in RAISED.findall(file.read_text(encoding="utf-8"))}
    assert len(codes) > 30
    # People's own commands answer these at once; they never become an item's code.
    at_once = {"unknown-item", "wrong-state", "no-open-intent", "changed-meanwhile"}
    assert sorted(code for code in codes - at_once if f"`{code}`" not in runbook) == []


def test_every_process_has_a_runbook() -> None:
    for name in registry.names():
        text = (ROOT / "runbooks" / f"{name}.md").read_text(encoding="utf-8")
        assert all(
            word in text.lower() for word in ("owner", "before you start", "dry run", "live run", "undo")
        )


def test_every_link_leads_somewhere() -> None:
    for file in [ROOT / "README.md", *(ROOT / "runbooks").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), f"{file.name}: {link}"
