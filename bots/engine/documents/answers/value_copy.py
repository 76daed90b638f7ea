"""A new workbook with the values of another: for kinds that cannot be written (xls, xlsb, ods, csv)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped, unused-ignore]
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped, unused-ignore]
from openpyxl.styles import Font  # type: ignore[import-untyped, unused-ignore]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped, unused-ignore]

from ..cells.marks import Marks, error_word, is_error
from ..tables.opened import open_book
from ..tables.workbook import Cells

_WIDEST = 48
_NARROWEST = 9
_SAMPLE = 200


def copy_of(original: Path, header: Mapping[str, int]) -> Any:
    """The named sheets, each value where it stood; hidden rows stay hidden, merged cells merged."""
    made = Workbook()
    made.remove(made.active)
    with open_book(original) as book:
        for name, header_row in header.items():
            grid = book.grid(name)
            sheet = made.create_sheet(name)
            _copy_values(grid, sheet)
            if book.has_sheets:  # what is wrong with a text is to be seen in it
                _copy_marks(grid.marks(0), grid.height, sheet)
            _dress(sheet, header_row)
    return made


def _copy_values(grid: Cells, sheet: Any) -> None:
    for row, cells in enumerate(grid.rows(), start=1):
        for column, value in enumerate(cells, start=grid.left + 1):
            if value != "":
                _set(sheet.cell(row, column), value)


def _set(cell: Any, value: Any) -> None:
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"  # a text that begins with = is no formula
        return
    if isinstance(value, float):
        cell._value, cell.data_type = repr(value), "n"  # openpyxl would write sixteen digits, not all
        return
    cell.value = value
    if isinstance(value, datetime):
        cell.number_format = "dd/mm/yyyy hh:mm:ss"
    elif isinstance(value, date):
        cell.number_format = "dd/mm/yyyy"


def _copy_marks(marks: Marks, height: int, sheet: Any) -> None:
    for row, cells in marks.problems.items():
        for column, problem in cells.items():
            if is_error(problem):  # of the others the value stands there
                cell = sheet.cell(row, column + 1)
                cell.value, cell.data_type = error_word(problem), "e"
    for row in marks.hidden:
        if row <= height:
            sheet.row_dimensions[row].hidden = True
    for (top, left), (bottom, right) in marks.merges:
        sheet.merge_cells(None, top + 1, left + 1, bottom + 1, right + 1)


def _dress(sheet: Any, header_row: int) -> None:
    for cell in sheet[header_row]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = f"A{header_row + 1}"
    for column in sheet.iter_cols(max_row=header_row + _SAMPLE):
        longest = max((len(str(cell.value)) for cell in column[header_row - 1 :] if cell.value), default=0)
        letter = get_column_letter(column[0].column)
        sheet.column_dimensions[letter].width = min(max(longest + 2, _NARROWEST), _WIDEST)
