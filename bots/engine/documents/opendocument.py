"""What stands in the XML of an OpenDocument workbook and calamine does not tell: the marks of a sheet."""

from __future__ import annotations

import re
from typing import IO
from xml.parsers import expat

from .marks import Marks, error

_WIDEST = 16_384
_TELLING = re.compile(rb'value-type="error"|visibility="(?:collapse|filter)"|(?:rows|columns)-spanned="')
_OVERLAP = 64
_MOST = 100_000


def ods_marks(file: IO[bytes], sheet: str) -> Marks:
    """Error cells, hidden rows and merged cells. Parsed only if there are any."""
    reader = _Reader(sheet)
    if _tells(file):
        file.seek(0)
        parser = expat.ParserCreate()
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.ParseFile(file)
    return reader.marks


def _tells(file: IO[bytes]) -> bool:
    kept = b""
    while block := file.read(1 << 20):
        if _TELLING.search(kept + block):
            return True
        kept = block[-_OVERLAP:]
    return False


class _Reader:
    """Counts rows and cells with their repetitions."""

    def __init__(self, sheet: str) -> None:
        self.marks = Marks()
        self._sheet = sheet
        self._depth = 0  # of tables inside the sheet's own
        self._row = self._rows = self._column = 0
        self._error: list[str] | None = None
        self._where = range(0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table:table" and (self._depth or attributes.get("table:name") == self._sheet):
            self._depth += 1
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._begin_row(attributes)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._begin_cell(attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row += self._rows or 1
        self._rows = int(attributes.get("table:number-rows-repeated", 1))
        self._column = 0
        if attributes.get("table:visibility") in ("collapse", "filter"):
            self.marks.hidden.update(self._numbers())

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        count = int(attributes.get("table:number-columns-repeated", 1))
        self._where = range(self._column, min(self._column + count, _WIDEST))
        down = int(attributes.get("table:number-rows-spanned", 1))
        across = int(attributes.get("table:number-columns-spanned", 1))
        if down > 1 or across > 1:
            first = (self._row - 1, self._column)
            self.marks.merges.append((first, (first[0] + down - 1, first[1] + across - 1)))
        self._error = [] if attributes.get("calcext:value-type") == "error" else None
        self._column += count

    def text(self, data: str) -> None:
        if self._error is not None:
            self._error.append(data)

    def end(self, name: str) -> None:
        if name == "table:table" and self._depth:
            self._depth -= 1
        elif name == "table:table-cell" and self._error is not None:
            for row in self._numbers():
                for column in self._where:
                    self.marks.add(row, column, error("".join(self._error).strip()))
            self._error = None

    def _numbers(self) -> range:
        # A row repeated to the sheet's end is blank; an error is hardly repeated at all.
        return range(self._row, self._row + min(self._rows, _MOST))
