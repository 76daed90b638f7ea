"""Rows of a text file that have fewer cells than there are headings: cells are missing, or a text goes on.

Some programs leave blank cells out at the end of a row, and then in most rows. Where most rows have all of
their cells, a shorter one lost some. A text with a line break and without quotation marks makes two rows of
one, which together have one cell more than the row had.
"""

from __future__ import annotations

from collections.abc import Sequence

SHORT = "has fewer cells than there are headings, and most rows have all of them; see what is missing"
GOES_ON = "may go on in the next line; a text of several lines wants quotation marks"


class Lengths:
    """Told of each row from the first, the headings too. `width`: how many headings there are."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._full = 0
        self._short: list[int] = []
        self._parts: list[int] = []  # first rows of those that make one row together
        self._open: list[int] = []  # rows that may be one
        self._joined = 0  # cells that they have together

    def add(self, number: int, cells: Sequence[str]) -> None:
        count = len(cells)
        if not any(cell.strip() for cell in cells):
            return
        if count >= self._width:
            self._full += 1
            self._open, self._joined = [number], count
            return
        self._short.append(number)
        together = self._joined + count - 1
        if not self._open or together > self._width:
            self._open, self._joined = [number], count
            return
        self._open.append(number)
        self._joined = together
        if together == self._width:
            self._parts.append(self._open[0])

    def doubts(self) -> dict[int, str]:
        """Why a row may be wrong, by its number."""
        rows = self._full - 1  # without the headings
        # Where no more rows are full than are put together, that they fit is chance.
        goes_on = dict.fromkeys(self._parts, GOES_ON) if rows >= len(self._parts) else {}
        short = [number for number in self._short if number not in goes_on]
        if rows + len(goes_on) < len(short):
            return goes_on
        return dict.fromkeys(short, SHORT) | goes_on
