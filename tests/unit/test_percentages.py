"""Percentages are taken with their sign, or a person is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from bots.engine.core.column import Column, Sheets
from bots.engine.core.record import Percent, Record
from bots.engine.documents.row_reader import RowReader
from bots.engine.documents.sheet import read_workbook

from .moves_workbook import changed, workbook


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


def test_a_cell_that_shows_a_percentage_is_a_question(tmp_path: Path) -> None:
    """It holds 0.05, as a cell does in which somebody typed that."""

    def show(book: Any) -> None:
        book["Moves"]["B2"].number_format = "0%"

    path = changed(
        workbook(tmp_path / "a.xlsx", Moves=[["Account", "Share"], ["1", 0.05], ["2", "5%"]]), show
    )
    reading = read_workbook(path, Share, Sheets())
    items = [RowReader(Share, reading).item(row) for row in reading.rows]
    assert [item.code for item in items] == ["invalid-record", None]
    assert items[0].sentence == "Column B (Share) should be a percentage as text, with its sign: 25%."
