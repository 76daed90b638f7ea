"""The runbook knows every code that a person may see."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from bots.engine.core.item import State
from bots.engine.core.vocabulary import STATES
from bots.engine.settings import ROOT
from bots.processes import registry

# A code is the first argument of an exception of ours.
RAISED = re.compile(
    r"(?:BusinessException|SystemException|ScreenChanged|ReadBackDiffers|SignedOut|SystemClosed|NotFired"
    r"|Unresolved|Unclear|_final)\(\s*\"([a-z][a-z-]+)\""
)


FOLDERS = {name: ROOT / "bots" / "processes" / name.replace("-", "_") for name in registry.names()}


def runbooks(*names: str) -> str:
    return "".join((ROOT / "runbooks" / f"{name}.md").read_text(encoding="utf-8") for name in names)


def codes(files: Iterable[Path]) -> set[str]:
    return {code for file in files for code in RAISED.findall(file.read_text(encoding="utf-8"))}


def test_readme_says_of_every_state_what_the_vocabulary_says() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("| state | staff see | senders see | meaning | who acts next |\n")[2]
    rows = [line.strip("| ").split(" | ") for line in table.partition("\n\n")[0].splitlines()[1:]]
    assert set(STATES) == set(State)
    words = STATES.values()
    assert rows == [[one.name, one.staff, one.senders, one.meaning, one.next] for one in words]


def test_every_code_of_the_engine_is_explained() -> None:
    commands = [ROOT / "bots" / name for name in ("cli", "demo", "doctor")]
    files = [f for f in (ROOT / "bots").rglob("*.py") if not set(commands) & set(f.parents)]
    found = codes(file for file in files if file.parent not in FOLDERS.values())
    assert len(found) > 30
    # People's own commands answer these at once; they never become an item's code.
    at_once = {"unknown-item", "wrong-state", "no-open-intent", "changed-meanwhile"}
    runbook = runbooks("missed-bins", "in-doubt")
    assert sorted(code for code in found - at_once if f"`{code}`" not in runbook) == []


@pytest.mark.parametrize("name", registry.names())
def test_every_code_of_a_process_is_explained(name: str) -> None:
    runbook = runbooks(name, "missed-bins", "in-doubt")
    found = codes(FOLDERS[name].rglob("*.py"))
    assert sorted(code for code in found if f"`{code}`" not in runbook) == []


@pytest.mark.parametrize("name", registry.names())
def test_every_process_has_a_runbook(name: str) -> None:
    text = runbooks(name).lower()
    assert all(word in text for word in ("owner", "before you start", "dry run", "live run", "undo"))


def test_every_link_leads_somewhere() -> None:
    for file in [ROOT / "README.md", *(ROOT / "runbooks").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            assert (file.parent / link).exists(), f"{file.name}: {link}"
