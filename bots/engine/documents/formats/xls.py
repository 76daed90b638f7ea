"""Binary records in an OLE file: Excel 5 to 2003."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..cells.biff import is_encrypted, xls_cells, xls_marks, xls_rows
from ..cells.marks import Marks
from ..refusals import damaged, password
from .compound import Compound, opened
from .format import Looked, Marked, Places, Workbook

_BOOKS = ("workbook", "book")
_ROWS = 1 << 16


class Xls(Workbook):
    name = "xls"
    looked = Looked.BEFORE  # calamine lays it out at once; to look first costs little

    def is_compound(self, file: Compound) -> bool:
        if file.names.isdisjoint(_BOOKS):
            return False
        if is_encrypted(file.stream(*_BOOKS)):
            raise password()
        return True

    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        return _XlsMarks(path, sheets)

    def places(self, path: Path) -> Places:
        book = _book_in(path)
        _must_be_possible(book)
        return xls_cells(book)


def _book_in(path: Path) -> bytes:
    with opened(path) as file:
        return file.stream(*_BOOKS)


def _must_be_possible(book: bytes) -> None:
    """calamine believes what an xls says of its rows, and asks for all of them at once. What a sheet there
    can have, it can hold."""
    for first, behind in xls_rows(book):
        if first > behind or behind > _ROWS:
            raise damaged("a sheet says that it has rows that it cannot have")


class _XlsMarks(Marked):
    def __init__(self, path: Path, sheets: Sequence[str]) -> None:
        self._path, self._sheets = path, sheets

    def of(self, sheet: str) -> Marks:
        return xls_marks(_book_in(self._path), self._sheets.index(sheet))
