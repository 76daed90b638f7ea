"""`rekey demo`, twice, as a newcomer runs it: the first keys everything, the second nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil

from bots.engine.settings import ROOT

PLANTED = {
    "already-in-target",
    "missed-in-the-future",
    "not-a-collection-day",
    "property-ambiguous",
    "property-not-found",
    "too-long",
}


async def demo(home: Path) -> tuple[dict[str, Any], str]:
    file = home / "facts.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("REKEY_", "PREFECT_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "demo", "--json", str(file)),
        cwd=ROOT,
        env=environment | {"REKEY_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 400)
    assert process.returncode == 0, out.decode()
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts["processes"]["missed-bins"], out.decode()


async def test_demo_twice(tmp_path: Path) -> None:
    found, said = await demo(tmp_path)
    assert found["source"] == found["added"] == 60
    assert found["done"] >= 0.8 * found["source"]
    assert 0 < found["keyed"] <= found["done"]
    assert set(found["exceptions"]) == PLANTED
    assert found["lost"] == found["twice"] == found["wrong"] == found["unexpected"] == 0
    assert found["waiting"] == {"in_doubt": 0, "awaiting_approval": 0}
    assert found["done"] + sum(found["exceptions"].values()) == found["source"]
    assert "Several properties match" in said, "reasons in plain words"
    assert not _left_running(tmp_path)
    _nobody_named_in(tmp_path / "demo" / "logs", tmp_path / "demo" / "council" / "answers.json")

    again, _ = await demo(tmp_path)
    assert again["added"] == again["keyed"] == 0
    assert again["done"] == found["done"]
    assert again["exceptions"] == found["exceptions"]
    assert again["lost"] == again["twice"] == again["wrong"] == 0


def _left_running(home: Path) -> list[str]:
    mine = str(home)
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(mine in word for word in process.info["cmdline"] or ())
    ]


def _nobody_named_in(logs: Path, answers: Path) -> None:
    """No name of any sample stands in a log."""
    submissions = json.loads(answers.read_text(encoding="utf-8"))["submissions"].values()
    names = {a["values"]["reported_by"] for a in submissions if "values" in a}
    assert len(names) > 10
    files = list(logs.rglob("*.log"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        assert not [name for name in names if name in text], file.name
