"""The five columns of a returned workbook on one worksheet of openpyxl's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # type: ignore[import-untyped, unused-ignore]
from openpyxl.styles import Alignment, Color, PatternFill  # type: ignore[import-untyped, unused-ignore]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped, unused-ignore]
from openpyxl.utils.cell import range_boundaries  # type: ignore[import-untyped, unused-ignore]

from ..tables.headings import HEADINGS, block_in

_LONDON = ZoneInfo("Europe/London")
_WIDTHS = (27, 32, 52, 17, 33)
_LINE, _MOST_LINES = 15, 20
_FORMATS = ("General", "@", "General", "dd/mm/yyyy hh:mm", "@")
_WRAPPED = (HEADINGS.index("Reference"), HEADINGS.index("Reason"))
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Pale, and of different lightness, so that they differ on a grey print as well; the words say it anyway.
_FILLS = {
    "done": "E2EFDA",
    "same": "F2F2F2",
    "closed": "F2F2F2",
    "needs": "F8CBAD",
    "partly": "F4B183",
    "sent": "F8CBAD",
}
_OTHER_FILL = "FFF2CC"


class AnswerColumns:
    """Finds or makes the columns, and writes one row's answers at a time in that row's style."""

    def __init__(self, sheet: Any, header_row: int) -> None:
        self._sheet = sheet
        headings = _headings(sheet, header_row)
        block = block_in(headings)
        self._first = _free_column(sheet, header_row, headings) if block is None else block + 1
        self._last = self._first + len(HEADINGS) - 1
        self._styles: dict[Any, Any] = {}
        if block is None:
            self._make(header_row)
        else:
            self._unmerge(header_row)

    def write(self, row: int, values: Sequence[str | datetime | None]) -> None:
        own = self._sheet.cell(row, self._first - 1) if self._first > 1 else None
        for place, value in enumerate(values):
            cell = self._sheet.cell(row, self._first + place)
            quoted = isinstance(value, str) and value.startswith(_FORMULA_STARTS)
            outcome = str(value).casefold() if place == 0 else ""
            _set(cell, value)
            cell._style = self._style(cell, own, place, outcome, quoted)
        self._heighten(row, [(str(values[place] or ""), _WIDTHS[place]) for place in _WRAPPED])

    def _style(self, cell: Any, own: Any, place: int, outcome: str, quoted: bool) -> Any:
        """Styles are few and dear to make: the same for all rows that look alike."""
        base = own._style if own is not None else None
        key = (tuple(base or ()), place, outcome, quoted)
        if key not in self._styles:
            if base is not None:
                cell._style = copy(base)
            vertical = (cell.alignment.vertical if cell.alignment else None) or "top"
            cell.alignment = Alignment(horizontal="left", vertical=vertical, wrap_text=place in _WRAPPED)
            cell.number_format = _FORMATS[place]
            cell.quotePrefix = quoted
            if outcome:
                _colour(cell, outcome)
            self._styles[key] = cell._style
        return self._styles[key]

    def _heighten(self, row: int, texts: Sequence[tuple[str, int]]) -> None:
        """Excel fits a row to its text only while somebody types."""
        lines = max(sum(1 + len(line) // width for line in text.splitlines()) for text, width in texts)
        if lines > 1:
            dimension = self._sheet.row_dimensions[row]
            dimension.height = max(dimension.height or 0, min(lines, _MOST_LINES) * _LINE)

    def _make(self, header_row: int) -> None:
        """The headings in the style of the one beside them, and columns that can be read."""
        _set_apart(self._sheet, self._first, self._last)
        for place, heading in enumerate(HEADINGS):
            cell = self._sheet.cell(header_row, self._first + place, heading)
            if self._first > 1:
                cell._style = copy(self._sheet.cell(header_row, self._first - 1)._style)
            dimension = self._sheet.column_dimensions[get_column_letter(self._first + place)]
            dimension.width, dimension.hidden = _WIDTHS[place], False
        self._widen_filter(header_row)
        self._widen_print_area(header_row)

    def _widen_print_area(self, header_row: int) -> None:
        """So that the answers are on paper too; a sender who prints less than the table keeps that."""
        areas = str(self._sheet.print_area or "").replace("$", "").split(",")
        if len(areas) != 1 or not areas[0]:
            return
        left, top, right, bottom = range_boundaries(areas[0].rpartition("!")[2])
        if None not in (left, top, right, bottom) and top <= header_row and right >= self._first - 1:
            self._sheet.print_area = f"{get_column_letter(left)}{top}:{get_column_letter(self._last)}{bottom}"

    def _widen_filter(self, header_row: int) -> None:
        if self._sheet.auto_filter.ref:
            left, top, _, bottom = range_boundaries(self._sheet.auto_filter.ref)
            if top == header_row and left < self._first:
                corners = f"{get_column_letter(left)}{top}", f"{get_column_letter(self._last)}{bottom}"
                self._sheet.auto_filter.ref = ":".join(corners)

    def _unmerge(self, header_row: int) -> None:
        for merged in list(_merged(self._sheet, header_row)):
            if merged.min_col <= self._last and merged.max_col >= self._first:
                self._sheet.unmerge_cells(merged.coord)


def _headings(sheet: Any, row: int) -> list[str]:
    cells = (sheet.cell(row, column).value for column in range(1, sheet.max_column + 1))
    return ["" if value is None else str(value) for value in cells]


def _free_column(sheet: Any, header_row: int, headings: Sequence[str]) -> int:
    """Behind the last heading, and behind anything that stands without one: nothing is written over."""
    last = max((column for column, text in enumerate(headings, start=1) if text.strip()), default=0)
    taken = {at[1] for at, cell in sheet._cells.items() if at[0] >= header_row and cell.value is not None}
    for merged in _merged(sheet, header_row):
        taken |= set(range(merged.min_col, merged.max_col + 1))
    first = last + 1
    while within := taken.intersection(range(first, first + len(HEADINGS))):
        first = max(within) + 1
    return first


def _merged(sheet: Any, header_row: int) -> Iterator[Any]:
    return (merged for merged in sheet.merged_cells.ranges if merged.max_row >= header_row)


def _set_apart(sheet: Any, first: int, last: int) -> None:
    """Take our columns out of ranges of columns that were hidden or sized in one stroke."""
    for letter, dimension in list(sheet.column_dimensions.items()):
        dimension.reindex()
        low, high = dimension.min, dimension.max
        if high < first or low > last:
            continue
        if high > last:
            rest = sheet.column_dimensions[get_column_letter(last + 1)] = copy(dimension)
            rest.index, rest.min, rest.max = get_column_letter(last + 1), last + 1, high
        if low < first:
            dimension.max = first - 1
        else:
            del sheet.column_dimensions[letter]


def _set(cell: Any, value: str | datetime | None) -> None:
    if isinstance(value, datetime):
        cell.value = value.astimezone(_LONDON).replace(tzinfo=None) if value.tzinfo else value
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", value or "") or None
    if cell.value is not None:
        cell.data_type = "s"  # also what looks like a formula or an error


def _colour(cell: Any, outcome: str) -> None:
    colour = next((c for word, c in _FILLS.items() if outcome.startswith(word)), _OTHER_FILL)
    cell.fill = PatternFill("solid", start_color=colour)
    font = copy(cell.font)
    font.color = Color(rgb="FF000000")  # a sender's white on dark would not be seen
    cell.font = font
