"""`rekey demo`, twice, as a newcomer runs it: the first keys everything, the second nothing."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from bots.engine.settings import ROOT

BINS, MOVES, BENEFITS = "missed-bins", "council-tax-moves", "benefit-changes"
ITEMS = 12


async def demo(home: Path) -> tuple[dict[str, Any], str]:
    file = home / "facts.json"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("REKEY_", "PREFECT_"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bots", "demo", "--items", str(ITEMS), "--json", str(file)),
        cwd=ROOT,
        env=environment | {"REKEY_HOME": str(home)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 400)
    assert process.returncode == 0, out.decode()
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts["processes"], out.decode()


@pytest.fixture(scope="module")
async def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], str]:
    home = tmp_path_factory.mktemp("demo")
    return home, *await demo(home)


First = tuple[Path, dict[str, Any], str]


async def test_demo(first: First) -> None:
    home, found, said = first
    assert set(found) == {BINS, MOVES, BENEFITS}
    answers = json.loads((home / "demo" / "council" / "answers.json").read_text(encoding="utf-8"))
    for name, kind in ((BINS, "submissions"), (MOVES, "moves")):
        _all_is_well(found[name], list(answers[kind].values()))
    _forms_are_well(found[BENEFITS], answers)
    assert "Several properties match" in said or "Property not known" in said, "reasons in plain words"
    assert list((home / "demo" / "outboxes" / MOVES).glob("*.xlsx")), "the workbook goes back"
    assert list((home / "demo" / "outboxes" / BENEFITS).glob("*.pdf")), "and a cover report"
    assert not _left_running(home)
    _nobody_named_in(home / "demo" / "logs", answers)


@pytest.mark.long
async def test_demo_again(first: First) -> None:
    home, found, _ = first
    again, _ = await demo(home)
    for name in (BINS, MOVES, BENEFITS):
        assert again[name]["added"] == again[name]["keyed"] == 0
        assert {**again[name], "added": 0, "keyed": 0} == {**found[name], "added": 0, "keyed": 0}


def _all_is_well(found: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    rows = [answer for answer in answers if "same_as" not in answer]
    assert found["source"] == len(answers)
    assert found["added"] == len(rows)
    assert found["done"] >= 0.8 * len(rows)
    assert found["keyed"] > 0
    assert set(found["exceptions"]) == {answer["code"] for answer in rows if "code" in answer}
    assert found["lost"] == found["twice"] == found["wrong"] == found["unexpected"] == 0
    assert found["waiting"] == {"in_doubt": 0, "awaiting_approval": 0}
    assert found["done"] + sum(found["exceptions"].values()) == len(rows)


def _forms_are_well(found: dict[str, Any], answers: dict[str, Any]) -> None:
    """A scan may be hard to read; everything else is as the answers say."""
    forms = answers["benefit_changes"].values()
    wrong = {code for answer in forms for code in answer.get("codes", ())}
    assert found["source"] == found["added"] == len(forms)
    assert found["files_refused"] == len(answers["benefit_files"])
    assert found["lost"] == found["twice"] == found["wrong"] == found["unexpected"] == 0
    assert set(found["exceptions"]) <= wrong | {"value-to-check"}
    assert found["done"] + sum(found["exceptions"].values()) == len(forms)
    assert found["done"] > 0


def _left_running(home: Path) -> list[str]:
    mine = str(home)
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(mine in word for word in process.info["cmdline"] or ())
    ]


def _nobody_named_in(logs: Path, answers: dict[str, Any]) -> None:
    """No name of any sample stands in a log."""
    names = {a["values"]["reported_by"] for a in answers["submissions"].values() if "values" in a}
    names |= {a["open"]["name"] for a in answers["moves"].values() if "open" in a}
    assert len(names) > 10
    files = list(logs.rglob("*.log"))
    assert files
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace").upper()
        assert not [name for name in names if name.upper() in text], file.name
