"""Whether a workbook's cells stand so far apart that no reader can hold what lies between them.

calamine keeps a sheet as one rectangle: a single cell in XFD1048576 beside a table in A1 is 17 thousand
million blank ones. To look costs more than to read, so it is asked only when a reader has run out of memory.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO
from xml.parsers import expat

from ..cells.addresses import place, place_name
from ..cells.biff import xls_cells, xls_rows
from ..cells.formulas import sheet_pieces
from ..cells.package import sheet_parts
from ..cells.text import letters
from ..cells.xlsb import ROW, records
from ..kinds.kind import Kind, kind_of
from ..kinds.ole import Ole
from ..refusals import damaged, far_apart
from .failing import failing

_ROOM = 10_000_000  # blank cells of a sheet; a reader's memory has room for three times as many
_FILLED = 10  # one cell of so many: a sheet with less is nearly all blank
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # of the largest sheet in any program
_XLS_ROWS = 1 << 16
_VALUES = range(1, 12)  # the records of an xlsb's cells that hold something

Place = tuple[int, int]
"""Row and column, counted from 0."""


def must_stand_together(path: Path) -> None:
    """Raises a BusinessException of a workbook, for the first sheet that is nearly all blank."""
    with failing():
        kind = kind_of(path)
        if kind is Kind.XLS:
            _must_be_possible(path)
        for sheet, places in _sheets(path, kind):
            _must_be_filled(sheet, places)


def _must_be_possible(path: Path) -> None:
    """calamine believes what an xls says of its rows, and asks for all of them at once. What a sheet there
    can have, it can hold."""
    for first, behind in xls_rows(Ole(path.read_bytes()).stream("workbook", "book")):
        if first > behind or behind > _XLS_ROWS:
            raise damaged("a sheet says that it has rows that it cannot have")


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


def _sheets(path: Path, kind: Kind) -> Iterator[tuple[str, Iterable[Place]]]:
    if kind is Kind.CSV:
        return
    if kind is Kind.XLS:
        yield from xls_cells(Ole(path.read_bytes()).stream("workbook", "book"))
        return
    with zipfile.ZipFile(path) as archive:
        if kind is Kind.ODS:
            with archive.open("content.xml") as file:
                yield from _open_document(file)
            return
        for sheet, part in sheet_parts(archive).items():
            with archive.open(part) as file:
                yield sheet, _binary(file.read()) if kind is Kind.XLSB else _xml(file)


def _binary(sheet: bytes) -> Iterator[Place]:
    row = 0
    for kind, at, _ in records(sheet):
        if kind == ROW:
            row = int.from_bytes(sheet[at : at + 4], "little")
        elif kind in _VALUES:
            yield row, int.from_bytes(sheet[at : at + 4], "little")


@cache
def _filled(cell: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(cell) + rb"(\s[^>]*[^>/])>")


def _xml(file: IO[bytes]) -> Iterator[Place]:
    for look, piece in sheet_pieces(file):
        for found in _filled(look.cell).finditer(piece):
            if place_name(found[1]):  # one without an address stands beside the one before
                row, column = place(found[1])
                yield row - 1, column


def _open_document(file: IO[bytes]) -> Iterator[tuple[str, Iterable[Place]]]:
    reader = _OpenDocument()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.ParseFile(file)
    yield from reader.corners.items()


class _OpenDocument:
    """Counts rows and cells with their repetitions, and keeps corners of those that are filled."""

    def __init__(self) -> None:
        self.corners: dict[str, list[Place]] = {}
        self._sheet = ""
        self._row = self._rows = self._column = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table":
            self._sheet = attributes.get("table:name", "")
            self._row = self._rows = 0
        elif name == "table:table-row":
            self._row += self._rows
            self._rows = int(attributes.get("table:number-rows-repeated", 1))
            self._column = 0
        elif name == "table:table-cell":
            count = int(attributes.get("table:number-columns-repeated", 1))
            if "office:value-type" in attributes:
                last = (self._row + self._rows - 1, self._column + count - 1)
                self.corners.setdefault(self._sheet, []).extend(((self._row, self._column), last))
            self._column += count
        elif name == "table:covered-table-cell":
            self._column += int(attributes.get("table:number-columns-repeated", 1))
