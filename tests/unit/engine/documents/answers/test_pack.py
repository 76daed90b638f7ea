"""Evidence files, the CSV and the PDF that an auditor gets."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pypdf import PdfReader

from bots.engine.audit.csv_export import HEAD, harmless, write_csv
from bots.engine.core.audit import Checkpoint, Finding, HistoryRow, Pack, Tamper
from bots.engine.core.item import Batch, Receipt, State, WorkItem
from bots.engine.documents.answers.pack import write_pack
from bots.engine.evidence import Evidence
from bots.engine.settings import ROOT
from bots.processes.registry import find

PICTURE = ROOT / "runbooks" / "pictures" / "prefect-summary.png"
ITEM = "missed-bins-xyz"
AT = 1_800_000_000.0


def kept(folder: Path) -> tuple[Evidence, str, Path]:
    evidence = Evidence(folder)
    found = {"screen": "new_case", "values": {"uprn": "***"}, "picture": PICTURE.read_bytes()}
    name = evidence.keep(ITEM, "property-mismatch", found)
    return evidence, name, folder / f"{name}.png"


def test_evidence_is_found_whole(tmp_path: Path) -> None:
    evidence, name, picture = kept(tmp_path)
    found = evidence.look(name)
    assert (found.whole, found.picture) == (True, picture)
    assert name.startswith(f"{ITEM}/")
    assert name.endswith(found.sha256)


@pytest.mark.parametrize("kind", ["png", "json"])
def test_changed_evidence_is_told(tmp_path: Path, kind: str) -> None:
    evidence, name, picture = kept(tmp_path)
    file = picture.with_suffix(f".{kind}")
    file.write_bytes(file.read_bytes() + b" ")
    assert evidence.look(name).whole is False


def test_evidence_that_is_gone_is_told(tmp_path: Path) -> None:
    evidence, name, picture = kept(tmp_path)
    picture.unlink()
    assert evidence.look(name).whole is False
    picture.with_suffix(".json").unlink()
    assert evidence.look(name).whole is None


def test_evidence_of_an_older_version_has_no_digest(tmp_path: Path) -> None:
    found = Evidence(tmp_path).look(f"{ITEM}/1795274384430-property-mismatch")
    assert (found.sha256, found.whole) == ("", None)


def history(why: str = "handed in", **more: object) -> HistoryRow:
    given: dict[str, object] = {
        "item": ITEM, "number": 1, "at": AT, "event": "state", "who": "ann", "before": None, "after": "new",
        "why": why, "code": None, "attempt": 0, "token": 0, "versions": {}, "facts": {}, "detail": {},
        "hash": "ab" * 32, "place": 7,
    }  # fmt: skip
    return HistoryRow(**(given | more))  # type: ignore[arg-type]


FORMULAS = ["=1+1", "+44 1632", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", FORMULAS)
async def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    async def some() -> AsyncIterator[tuple[str, list[HistoryRow]]]:
        yield "missed-bins", [history(text, who=text, facts={"reference": text})]

    path = tmp_path / "sub" / "history.csv"
    assert await write_csv(path, some()) == 1
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, cells = list(csv.reader(file))
    assert tuple(head) == HEAD
    assert [cell for cell in cells if cell == f"'{text}"] == [f"'{text}"] * 3
    assert harmless("plain = text") == "plain = text"


def pack(**more: object) -> Pack:
    item = WorkItem(
        id=ITEM, process="missed-bins", reference="MB-1", version=1,
        data={"reported_by": "Siân Ŵyn <b>한</b>", "notes": "one\ntwo & three"}, digest="d", state=State.DONE,
        kind=None, code=None, sentence=None, detail={}, attempts=1, not_before=0.0, priority=0, batch="b-1",
        origin={}, token=1, created=AT, updated=AT,
    )  # fmt: skip
    proof = Receipt(
        item=ITEM,
        step="log-case",
        system="waste",
        reference="W-1",
        values={"uprn": "1"},
        at=AT,
        account="svc",
    )
    batch = Batch(id="b-1", process="missed-bins", source="portal", who="ann", received=AT, detail={})
    given: dict[str, object] = {
        "store": "store-1", "environment": "test", "item": item, "batch": batch, "receipts": [proof],
        "history": [history(), history("x" * 500, number=2, event="intent", facts={"step": "log-case"})],
        "findings": [], "checkpoint": None,
    }  # fmt: skip
    return Pack(**(given | more))  # type: ignore[arg-type]


def words(path: Path) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())


def test_a_pack_tells_the_whole_story(tmp_path: Path) -> None:
    evidence, name, _ = kept(tmp_path)
    covering = Checkpoint(number=4, at=AT, last=9, rows=9, items=1, previous="0" * 64, digest="c" * 64)
    made = pack(evidence=[evidence.look(name)], checkpoint=covering)
    told = words(write_pack(tmp_path / "pack.pdf", made, find("missed-bins"), who="person/ann", at=AT))
    for each in (ITEM, "W-1", "svc", "waste", "Waste services", "MB-1", "person/ann", "c" * 64, "ab" * 32):
        assert each in told
    assert "history of this case is whole" in told
    assert "Checkpoint 4 covers them" in told
    assert "as it was kept" in told
    assert "<b>" in told  # what people wrote is shown, not obeyed
    assert "two & three" in told


def test_a_pack_says_what_is_wrong(tmp_path: Path) -> None:
    finding = Finding(tamper=Tamper.REMOVED, table="history", row="2", item=ITEM, sentence="It is gone.")
    evidence, name, picture = kept(tmp_path)
    picture.write_bytes(b"other")
    made = pack(findings=[finding], evidence=[evidence.look(name)])
    told = words(write_pack(tmp_path / "pack.pdf", made, find("missed-bins"), who="ann", at=AT))
    assert "NOT WHOLE: removed in history, row 2" in told
    assert "NOT as it was kept" in told
