"""XML in a zip: xlsx, and xlsm with its macros."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from ..cells.addresses import place, place_name
from ..cells.book_facts import BookFacts, facts_of
from ..cells.formulas import sheet_pieces, xlsx_marks
from ..cells.marks import Marks
from ..cells.package import sheet_parts
from .format import Marked, Place, Places, Workbook


class Xlsx(Workbook):
    name = "xlsx"
    keeps_its_look = True

    def is_package(self, archive: zipfile.ZipFile, names: Mapping[str, str]) -> bool:
        return "workbook.xml" in names

    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        return _XlsxMarks(path)

    def places(self, path: Path) -> Places:
        with zipfile.ZipFile(path) as archive:
            for sheet, part in sheet_parts(archive).items():
                with archive.open(part) as file:
                    yield sheet, _cells(file)


class _XlsxMarks(Marked):
    def __init__(self, path: Path) -> None:
        self._path = path
        self._facts: BookFacts | None = None  # of the whole workbook: the first sheet reads them

    def of(self, sheet: str) -> Marks:
        with zipfile.ZipFile(self._path) as archive, archive.open(sheet_parts(archive)[sheet]) as file:
            self._facts = self._facts or facts_of(archive)
            return xlsx_marks(file, self._facts)


@cache
def _filled(cell: bytes) -> re.Pattern[bytes]:
    return re.compile(re.escape(cell) + rb"(\s[^>]*[^>/])>")


def _cells(file: IO[bytes]) -> Iterator[Place]:
    for look, piece in sheet_pieces(file):
        for found in _filled(look.cell).finditer(piece):
            if place_name(found[1]):  # one without an address stands beside the one before
                row, column = place(found[1])
                yield row - 1, column
