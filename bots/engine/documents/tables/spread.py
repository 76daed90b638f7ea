"""Whether a workbook's cells stand so far apart that no reader can hold what lies between them.

calamine keeps a sheet as one rectangle: a single cell in XFD1048576 beside a table in A1 is 17 thousand
million blank ones. To look costs more than to read, so it is asked only when a reader has run out of memory.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..cells.text import letters
from ..formats.format import Place, Workbook
from ..formats.recognised import format_of
from ..refusals import damaged, far_apart
from .failing import failing

_ROOM = 10_000_000  # blank cells of a sheet; a reader's memory has room for three times as many
_FILLED = 10  # one cell of so many: a sheet with less is nearly all blank
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # of the largest sheet in any program


def must_stand_together(path: Path) -> None:
    """Raises a BusinessException of a workbook, for the first sheet that is nearly all blank."""
    with failing():
        found = format_of(path)
        if isinstance(found, Workbook):
            for sheet, places in found.places(path):
                _must_be_filled(sheet, places)


def _must_be_filled(sheet: str, places: Iterable[Place]) -> None:
    top = left = bottom = right = -1
    count = 0
    for count, (row, column) in enumerate(places, start=1):
        top, left = (row, column) if count == 1 else (min(top, row), min(left, column))
        bottom, right = max(bottom, row), max(right, column)
    if bottom >= _ROWS or right >= _COLUMNS:
        raise damaged("a cell stands where no sheet reaches")
    room = (bottom - top + 1) * (right - left + 1)
    if room > _ROOM and count < room / _FILLED:
        raise far_apart(sheet, f"{letters(right)}{bottom + 1}")
