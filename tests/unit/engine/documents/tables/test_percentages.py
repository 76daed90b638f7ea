"""Percentages are taken with their sign, or a person is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from bots.engine.core.column import Column, Sheets
from bots.engine.core.record import Percent, Record
from bots.engine.documents.tables.row_reader import RowReader
from bots.engine.documents.tables.sheet import read_workbook
from tests.unit.moves_workbook import changed, workbook


class Share(Record):
    known_by = (("account",),)

    account: Annotated[str, Column("Account")]
    share: Annotated[Percent, Column("Share")]


@pytest.mark.parametrize(
    ("written", "read"),
    [("25%", "25%"), (" 12.50 % ", "12.5%"), ("100%", "100%"), ("0%", "0%"), ("05%", "5%")],
)
def test_percentages(written: str, read: str) -> None:
    record = Share(account="1", share=written)
    assert record.share == read
    assert Share.model_validate(record.data()) == record


@pytest.mark.parametrize("written", ["25", "0.25", "101%", "-5%", "%", "5%%", "1,5%"])
def test_what_is_no_percentage(written: str) -> None:
    with pytest.raises(ValidationError, match="a percentage as text, with its sign"):
        Share(account="1", share=written)


def test_a_cell_reads_as_the_percentage_that_it_shows_and_a_bare_number_is_a_question(tmp_path: Path) -> None:
    """A bare 0.05 may be five hundredths of one per cent, or somebody's 5%."""

    def show(book: Any) -> None:
        book["Moves"]["B2"].number_format = "0%"

    rows = [["Account", "Share"], ["1", 0.05], ["2", "5%"], ["3", 0.05]]
    reading = read_workbook(changed(workbook(tmp_path / "a.xlsx", Moves=rows), show), Share, Sheets())
    items = [RowReader(Share, reading).item(row) for row in reading.rows]
    assert [(item.code, item.data["share"]) for item in items] == [
        (None, "5%"),
        (None, "5%"),
        ("invalid-record", "0.05"),
    ]
    assert items[2].sentence == "Column B (Share) should be a percentage as text, with its sign: 25%."
