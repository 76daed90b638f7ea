"""Whether the dates of a column have the day first, as a whole: one date alone may look right either way.

Two signs tell of the other order. A text such as 07/31/2026 proves that somebody wrote the month first. And a
spreadsheet with American settings that opens 05/08/2026 and 25/08/2026 makes a date of the first, the 8th of
May, and leaves the second as a text: then texts have days beyond 12, and no date has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

MONTH_FIRST = (
    "may have its month first, as another date of this column has; write the month as a word, "
    "and hand the file in again"
)
SWAPPED = (
    "may have its day and month swapped: a spreadsheet with American settings does that to dates up to the "
    "12th, and the column has no later ones; look at the original"
)
_NUMBERS = re.compile(r"\s*([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})\s*[-/. ]\s*(?:[0-9]{2}|[0-9]{4})\s*")
_MONTHS = 12


@dataclass(kw_only=True)
class _Column:
    day_first: bool = False  # a text proves it
    month_first: bool = False
    late: bool = False  # a date after the 12th
    texts: list[int] = field(default_factory=list)  # rows with a text that could be either
    dates: list[int] = field(default_factory=list)  # rows with a date that could be either
    same: bool = False  # a text with twice the same number

    def add(self, row: int, cell: Any) -> None:
        if isinstance(cell, str):
            self._add_text(row, cell)
        elif isinstance(cell, date):
            self.late = self.late or cell.day > _MONTHS
            if cell.day <= _MONTHS and cell.day != cell.month:
                self.dates.append(row)

    def _add_text(self, row: int, text: str) -> None:
        if not (found := _NUMBERS.fullmatch(text)):
            return
        first, second = int(found[1]), int(found[2])
        self.day_first = self.day_first or (first > _MONTHS >= second)
        self.month_first = self.month_first or (second > _MONTHS >= first)
        if max(first, second) <= _MONTHS:
            self.same = self.same or first == second
            self.texts += [row] if first != second else []

    def doubts(self) -> Iterator[tuple[int, str]]:
        dates = () if self.late else self.dates
        if self.month_first:
            yield from ((row, MONTH_FIRST) for row in (*self.texts, *dates))
        elif self.day_first and not self.texts and not self.same:
            yield from ((row, SWAPPED) for row in dates)


def order_doubts(
    rows: Iterable[tuple[int, Sequence[Any]]], columns: Mapping[str, int]
) -> dict[int, dict[str, str]]:
    """By row and field. `columns`: by field of a date the place of its cell."""
    found = {name: _Column() for name in columns}
    for number, cells in rows:
        for name, place in columns.items():
            cell = cells[place]
            if cell != "":
                found[name].add(number, cell)
    doubts: dict[int, dict[str, str]] = {}
    for name, column in found.items():
        for row, why in column.doubts():
            doubts.setdefault(row, {})[name] = why
    return doubts
