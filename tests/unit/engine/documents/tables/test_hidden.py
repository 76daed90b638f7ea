"""Hidden rows and sheets, where a process says what to do with them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.column import Hidden, Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.documents.tables.sheet import read_workbook
from tests.unit.moves_workbook import HEADINGS, ROW, Move, changed, workbook


def hiding(tmp_path: Path) -> Path:
    """A workbook with two hidden rows and a hidden sheet that has the headings as well."""

    def hide(book: Any) -> None:
        for row in (3, 5):
            book["Moves"].row_dimensions[row].hidden = True
        book["Old"].sheet_state = "hidden"

    rows = [HEADINGS, *[[str(n), "Asha", None, None] for n in range(5)]]
    return changed(workbook(tmp_path / "a.xlsx", Moves=rows, Old=[HEADINGS, ROW]), hide)


def test_a_process_may_leave_hidden_rows_out(tmp_path: Path) -> None:
    reading = read_workbook(hiding(tmp_path), Move, Sheets(hidden=Hidden.LEAVE_OUT))
    assert [(row.row, dict(row.problems)) for row in reading.rows] == [(2, {}), (4, {}), (6, {})]
    assert reading.warnings == (
        "The hidden sheet Old has the headings as well and was not read.",
        "Sheet Moves: 2 rows, the first of them row 3, are hidden and not read, as this process is set up.",
    )


def test_a_process_may_read_what_is_hidden(tmp_path: Path) -> None:
    named = Sheets(named=("Moves",), hidden=Hidden.READ)
    reading = read_workbook(hiding(tmp_path), Move, named)
    assert [(row.row, dict(row.problems)) for row in reading.rows] == [(n, {}) for n in range(2, 7)]
    assert not reading.warnings
    old = read_workbook(hiding(tmp_path), Move, replace(named, named=("Old",)))
    assert [row.row for row in old.rows] == [2]
    with pytest.raises(BusinessException, match="several-sheets"):
        read_workbook(hiding(tmp_path), Move, replace(named, named=()))
