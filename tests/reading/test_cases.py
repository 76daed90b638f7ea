"""Small files that were once read wrongly, each against what its manifest says should become of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.reading.cases import main
from tests.reading.expected import REFUSED, RIGHT, TOLD, WRONG, Seen, Told, judged

HEAD = "Case ref,Id,Amount,Day,Text,Count,Flag\n"


def case(folder: Path, wanted: Any) -> Path:
    folder.mkdir()
    (folder / "one.csv").write_text(f"{HEAD}R1,A1,10,01/02/2026,x,3,No\n", encoding="utf-8")
    manifest = {"one.csv": {"proc": "probe", "expect": {"R1": wanted}}}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("wanted", "status"), [({"amount": "10.00"}, 0), ({"amount": "11"}, 1)])
def test_the_exit_status_tells_of_what_is_wrong(wanted: Any, status: int, tmp_path: Path) -> None:
    assert main([str(case(tmp_path / "cases", wanted))]) == status


TAKEN = Seen(reference="R1", data={"text": "Ash Lane", "amount": "5.00", "person": "", "flag": True})
ASKED = Seen(reference="R1", data={"text": "Ash Lane"}, asked="invalid-record", fields=frozenset({"amount"}))
HIDDEN = Seen(reference="R1", asked="hidden-row")


@pytest.mark.parametrize(
    ("wanted", "seen", "verdict"),
    [
        ("person (euro)", ASKED, RIGHT),
        ("person: the total is struck out", TAKEN, WRONG),
        ("row 3 to a person: a cell is missing", ASKED, RIGHT),
        ("record", TAKEN, RIGHT),
        ("record", ASKED, TOLD),
        ("5 or person", TAKEN, RIGHT),
        ("6 or person", TAKEN, WRONG),
        ("person/5", TAKEN, RIGHT),
        ("text empty or person", TAKEN, WRONG),
        ('text "Ash Lane" or person', TAKEN, RIGHT),
        ("hidden", HIDDEN, RIGHT),
        ("hidden-row", TAKEN, WRONG),
        ("?", TAKEN, RIGHT),
        ({"amount": "5"}, TAKEN, RIGHT),
        ({"amount": "?"}, TAKEN, RIGHT),
        ({"flag": False}, TAKEN, WRONG),
        ({"amount": "5"}, ASKED, TOLD),
        ({"text": ["Elm", "Ash Lane"]}, ASKED, TOLD),
        ({"text": "Elm"}, ASKED, WRONG),
        ({"amount": "5"}, None, WRONG),
    ],
)
def test_what_a_manifest_says_is_understood(wanted: Any, seen: Seen | None, verdict: str) -> None:
    assert judged(wanted, Told(seen=[seen] if seen else []), seen, {}) == verdict


@pytest.mark.parametrize(
    ("wanted", "verdict"), [("record or refused", RIGHT), ("not-a-workbook", RIGHT), ("record", REFUSED)]
)
def test_a_refusal_is_right_where_it_is_expected(wanted: str, verdict: str) -> None:
    assert judged(wanted, Told(refused="not-a-workbook"), None, {}) == verdict
