"""What a sheet's file says of its cells and calamine does not: it gives error cells as blank ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .number_format import Look

Merge = tuple[tuple[int, int], tuple[int, int]]
"""The first and the last cell, each as row and column, counted from 0 as calamine does."""

UNSAVED = "is a formula without a stored value; open the workbook in Excel, save it, and hand it in again"
UNCOUNTED = (
    "is a formula that no spreadsheet has calculated yet; open the workbook in Excel, save it, "
    "and hand it in again"
)
NO_DAY = "is 29 February 1900, a day that only spreadsheets know; type the date again"
UNREAD = (
    "is written in a way that is not read here; open the workbook in Excel, save it, and hand it in again"
)
STRUCK = "is struck through; take the line off or delete the value, and hand the workbook in again"
PARTLY_STRUCK = "has letters that are struck through; delete them, and hand the workbook in again"
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""By their number in binary workbooks."""
WORDS = frozenset({*ERRORS.values(), "#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!"})


_HOLDS = "holds"


def error(word: str | None) -> str:
    """A word that is none of Excel's might be data, so it does not stand in the sentence."""
    return f"{_HOLDS} the error {word}" if word in WORDS else f"{_HOLDS} an error"


def is_error(problem: str) -> bool:
    return problem.startswith(_HOLDS)


def error_word(problem: str) -> str:
    """The word that a cell with this problem shows in Excel."""
    word = problem.rpartition(" ")[2]
    return word if word in WORDS else "#VALUE!"


@dataclass(kw_only=True)
class Marks:
    """Rows are counted from 1, as Excel shows them, columns from 0. Filled by the one who reads the file."""

    problems: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> what is wrong
    split: dict[int, str] = field(default_factory=dict)  # row -> why its cells may stand in wrong columns
    hidden: set[int] = field(default_factory=set)
    struck: dict[int, set[int]] = field(default_factory=dict)  # row -> columns whose text is struck through
    looks: dict[int, dict[int, Look]] = field(default_factory=dict)  # row -> column -> a telling format
    shown: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> what people see
    texts_with_dates: bool = True  # whether any text may be a date
    semicolons: bool = False  # stand between the cells of a text file
    merges: list[Merge] = field(default_factory=list)

    def add(self, row: int, column: int, problem: str) -> None:
        self.problems.setdefault(row, {})[column] = problem

    def strike(self, row: int, column: int) -> None:
        self.struck.setdefault(row, set()).add(column)

    def show(self, row: int, column: int, text: str) -> None:
        self.shown.setdefault(row, {})[column] = text

    def look(self, row: int, column: int, look: Look) -> None:
        self.looks.setdefault(row, {})[column] = look

    def spread(self, last: int) -> None:
        """A merged cell's problem is that of every cell under it, down to the row `last`."""
        for (top, left), (bottom, right) in self.merges if self.problems else ():
            problem = self.problems.get(top + 1, {}).get(left)
            if problem is not None:
                self._fill(range(top + 1, min(bottom + 1, last) + 1), range(left, right + 1), problem)

    def _fill(self, rows: Iterable[int], columns: range, problem: str) -> None:
        for row in rows:
            for column in columns:
                self.add(row, column, problem)
