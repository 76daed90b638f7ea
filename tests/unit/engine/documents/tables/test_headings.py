"""Headings in two rows: which columns they name, and what is refused because nobody can tell."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest

from bots.engine.core.column import Column, Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.core.record import Record
from bots.engine.documents.tables.sheet import read_workbook
from tests.unit.moves_workbook import DATA, HEADINGS, ROW, SHORT, Sheet, changed, read, workbook, xml_changed

UPPER = ["Account no", "Tenant's name", "The move", None]
LOWER = [None, None, "Post code", "Moved on"]


class Flat(Record):
    account: Annotated[SHORT, Column("Account no")]
    old: Annotated[SHORT, Column("Old home post code")]
    new: Annotated[SHORT, Column("New home post code")]


def merged(path: Path, *ranges: str) -> Path:
    def merge(book: Any) -> None:
        for cells in ranges:
            book.active.merge_cells(cells)

    return changed(path, merge)


STACKS: list[tuple[str, Sheet]] = [
    ("a group over two columns", [UPPER, LOWER, ROW]),
    ("a title above", [["Moves in February"], [], UPPER, LOWER, ROW]),
    ("the needed ones below", [["Who", None, "The move", None], HEADINGS, ROW]),
    ("mixed", [["Account no", "The tenant", None, "Moved on"], [None, "Name", "Post code", None], ROW]),
]


@pytest.mark.parametrize(("name", "rows"), STACKS, ids=[name for name, _ in STACKS])
def test_both_rows_name_the_columns(name: str, rows: Sheet, tmp_path: Path) -> None:
    reading, found = read(workbook(tmp_path / "a.xlsx", Moves=rows))
    assert [row.data for row in found] == [DATA]
    assert reading.header_row == len(rows) - 1


def test_cells_that_are_merged_over_both_rows(tmp_path: Path) -> None:
    path = merged(workbook(tmp_path / "a.xlsx", Moves=[UPPER, LOWER, ROW]), "A1:A2", "B1:B2", "C1:D1")
    assert [row.data for row in read(path)[1]] == [DATA]


HOMES: Sheet = [
    ["Account no", "Old home", None, "New home", None],
    [None, "Street", "Post code", "Street", "Post code"],
    ["412345", "1 Sample St", "ZZ1 4AB", "2 Sample St", "ZZ2 4AB"],
]


def flat(path: Path) -> list[dict[str, str | None]]:
    return [dict(row.data) for row in read_workbook(path, Flat, Sheets()).rows]


def test_a_merged_title_counts_for_its_columns(tmp_path: Path) -> None:
    path = merged(workbook(tmp_path / "a.xlsx", Moves=HOMES), "B1:C1", "D1:E1")
    assert flat(path) == [{"account": "412345", "old": "ZZ1 4AB", "new": "ZZ2 4AB"}]


def test_a_loose_title_counts_for_its_own_column_alone(tmp_path: Path) -> None:
    """It could as well mean the column on its right only."""
    with pytest.raises(BusinessException) as refused:
        flat(workbook(tmp_path / "a.xlsx", Moves=HOMES))
    assert refused.value.code == "no-header"


def test_one_heading_for_two_columns_is_refused(tmp_path: Path) -> None:
    rows = [["Account no", "Old home", None, "New home"], [None, "Name", "Post code", "Post code"], [*ROW]]
    with pytest.raises(BusinessException) as refused:
        read(workbook(tmp_path / "a.xlsx", Moves=rows))
    assert refused.value.code == "doubled-column"
    assert "C2 and D2" in refused.value.sentence


def test_a_record_is_not_taken_for_headings(tmp_path: Path) -> None:
    """Somebody is called like a heading."""
    called = ["412345", "Name", "ZZ1 4AB", date(2026, 2, 5)]
    reading, found = read(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, called]))
    assert (reading.header_row, found[0].data["name"]) == (1, "Name")


def test_dates_counted_from_1904(tmp_path: Path) -> None:
    """Workbooks of old Macs: the same number is a day four years and a day later."""
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW])
    as_it_was = read(path)[1][0].data["moved_on"]
    xml_changed(path, ("<workbookPr ", '<workbookPr date1904="1" '), part="xl/workbook.xml")
    assert (as_it_was, read(path)[1][0].data["moved_on"]) == ("2026-02-05", "2030-02-06")
