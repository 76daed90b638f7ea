"""OpenDocument: XML in a zip, all sheets in one part."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO
from xml.parsers import expat

from ..cells.marks import Marks
from ..cells.opendocument import ods_marks
from ..refusals import password
from .format import Looked, Marked, Place, Places, Workbook

_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_CONTENT = "content.xml"


class Ods(Workbook):
    name = "ods"
    # It is laid out at once, and one with too much between its cells is no workbook to calamine.
    looked = Looked.REFUSED

    def is_package(self, archive: zipfile.ZipFile, names: Mapping[str, str]) -> bool:
        if "mimetype" not in names or not archive.read(names["mimetype"]).startswith(_TYPE):
            return False
        if "manifest.xml" in names and b"encryption-data" in archive.read(names["manifest.xml"]):
            raise password()
        return True

    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        return _OdsMarks(path)

    def places(self, path: Path) -> Places:
        with zipfile.ZipFile(path) as archive, archive.open(_CONTENT) as file:
            yield from _corners(file)


class _OdsMarks(Marked):
    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, sheet: str) -> Marks:
        with zipfile.ZipFile(self._path) as archive, archive.open(_CONTENT) as file:
            return ods_marks(file, sheet)


def _corners(file: IO[bytes]) -> Iterator[tuple[str, Iterable[Place]]]:
    reader = _Corners()
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.ParseFile(file)
    yield from reader.found.items()


class _Corners:
    """Counts rows and cells with their repetitions, and keeps corners of those that are filled."""

    def __init__(self) -> None:
        self.found: dict[str, list[Place]] = {}
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
                self.found.setdefault(self._sheet, []).extend(((self._row, self._column), last))
            self._column += count
        elif name == "table:covered-table-cell":
            self._column += int(attributes.get("table:number-columns-repeated", 1))
