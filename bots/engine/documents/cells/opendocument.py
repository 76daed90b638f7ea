"""What stands in the XML of an OpenDocument workbook and calamine does not tell: the marks of a sheet.

A cell has its value in an attribute and, as people see it, in paragraphs (OpenDocument 1.3 part 3, 19.385):
where the two are not the same, what people see counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from .marks import PARTLY_STRUCK, UNSAVED, Marks, error
from .number_format import Look

_WIDEST = 16_384
_TELLING = re.compile(
    rb'value-type="(?:error|percentage|time)"|visibility="(?:collapse|filter)"|(?:rows|columns)-spanned="'
    rb'|office:currency="(?!GBP")|string-value="|<text:(?:tab|line-break)\b|line-through-(?:style|type)="(?!none")'
    rb'|row-height="0*(?:\.0*)?[a-z]|table:formula="[^"]*"(?![^>]*office:(?:[a-z]+-)?value=)'
    # A number that is shown with zeros before it, or with letters in front.
    rb'|office:value="[^"]*"[^>]*><text:p>(?:0[0-9]|[A-Za-z])'
)
_OVERLAP = 1024
_MOST = 100_000
_IDENTIFIER = re.compile(r"0[0-9].*|[^\W\d_].*[0-9].*", re.S)
_VALUES = tuple(f"office:{kind}value" for kind in ("", "date-", "time-", "boolean-", "string-"))
_NOTHING = re.compile(r"0*(?:\.0*)?[a-z]*")
_IGNORED = "office:annotation"  # notes beside a cell, that stand inside it


def ods_marks(file: IO[bytes], sheet: str) -> Marks:
    """Error cells, hidden and merged ones, and what people see otherwise than it is stored. Parsed only if
    there is anything of it."""
    reader = _Reader(sheet)
    if _tells(file):
        file.seek(0)
        parser = expat.ParserCreate()
        parser.buffer_text = True
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


class _Styles:
    """Those with a line through letters, and those of rows without any height."""

    def __init__(self) -> None:
        self.struck: set[str] = set()
        self.flat: set[str] = set()
        self._name = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "style:style":
            self._name = attributes.get("style:name", "")
        elif name == "style:text-properties":
            line = [attributes.get(f"style:text-line-through-{which}", "none") for which in ("style", "type")]
            if line != ["none", "none"]:
                self.struck.add(self._name)
        elif _NOTHING.fullmatch(attributes.get("style:row-height", "1cm")):
            self.flat.add(self._name)


class _Reader:
    """Counts rows and cells with their repetitions."""

    def __init__(self, sheet: str) -> None:
        self.marks = Marks()
        self._sheet = sheet
        self._styles = _Styles()
        self._depth = 0  # of tables inside the sheet's own
        self._row = self._rows = self._column = 0
        self._usual = ""  # the style of the row's cells that name none
        self._cell: dict[str, str] | None = None
        self._shown: list[str] = []
        self._ignored = 0
        self._odd = False  # something of the cell's text is no letter in the XML, or struck through
        self._where = range(0)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name.startswith("style:"):
            self._styles.start(name, attributes)
        elif name == "table:table" and (self._depth or attributes.get("table:name") == self._sheet):
            self._depth += 1
        elif self._depth != 1:
            return
        elif name == "table:table-row":
            self._begin_row(attributes)
        elif name in ("table:table-cell", "table:covered-table-cell"):
            self._begin_cell(attributes)
        elif self._cell is not None:
            self._begin_text(name, attributes)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        self._row += self._rows or 1
        self._rows = int(attributes.get("table:number-rows-repeated", 1))
        self._column = 0
        self._usual = attributes.get("table:default-cell-style-name", "")
        flat = attributes.get("table:style-name") in self._styles.flat
        if flat or attributes.get("table:visibility") in ("collapse", "filter"):
            self.marks.hidden.update(self._numbers())

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        count = int(attributes.get("table:number-columns-repeated", 1))
        self._where = range(self._column, min(self._column + count, _WIDEST))
        down = int(attributes.get("table:number-rows-spanned", 1))
        across = int(attributes.get("table:number-columns-spanned", 1))
        if down > 1 or across > 1:
            first = (self._row - 1, self._column)
            self.marks.merges.append((first, (first[0] + down - 1, first[1] + across - 1)))
        self._cell, self._shown, self._odd = attributes, [], False
        self._column += count

    def _begin_text(self, name: str, attributes: dict[str, str]) -> None:
        if name == _IGNORED or self._ignored:
            self._ignored += 1
        elif name == "text:p" and self._shown:
            self._shown.append("\n")
        elif name == "text:s":
            self._shown.append(" " * min(int(attributes.get("text:c", 1)), _WIDEST))
        elif name in ("text:tab", "text:line-break"):
            self._shown.append("\t" if name == "text:tab" else "\n")
            self._odd = True
        elif name == "text:span" and attributes.get("text:style-name") in self._styles.struck:
            self._say(PARTLY_STRUCK)

    def text(self, data: str) -> None:
        if self._cell is not None and not self._ignored:
            self._shown.append(data)

    def end(self, name: str) -> None:
        if name == "table:table" and self._depth:
            self._depth -= 1
        elif self._depth == 1 and self._ignored:
            self._ignored -= 1
        elif self._depth == 1 and name == "table:table-cell" and self._cell is not None:
            self._end_cell(self._cell, "".join(self._shown))
            self._cell = None

    def _end_cell(self, cell: dict[str, str], shown: str) -> None:
        kind = cell.get("office:value-type", "")
        has_value = any(name in cell for name in _VALUES)
        if cell.get("calcext:value-type") == "error":
            self._say(error(shown.strip()))
        elif "table:formula" in cell and not has_value and kind != "string":
            self._say(UNSAVED)
        elif kind == "percentage":
            self._look(Look(percent=True))
        elif kind == "currency" and cell.get("office:currency", "GBP") != "GBP":
            self._look(Look(currency=cell["office:currency"]))
        elif self._is_shown_otherwise(kind, cell, shown):
            self._each(self.marks.show, shown)
        if shown.strip() and cell.get("table:style-name", self._usual) in self._styles.struck:
            self._each(self.marks.strike)

    def _is_shown_otherwise(self, kind: str, cell: dict[str, str], shown: str) -> bool:
        if kind == "string":
            return self._odd or cell.get("office:string-value", shown) != shown
        return bool(shown.strip()) and (kind == "time" or bool(_IDENTIFIER.fullmatch(shown.strip())))

    def _say(self, problem: str) -> None:
        self._each(self.marks.add, problem)

    def _look(self, look: Look) -> None:
        self._each(self.marks.look, look)

    def _each(self, mark: Callable[..., None], *what: object) -> None:
        for row in self._numbers():
            for column in self._where:
                mark(row, column, *what)

    def _numbers(self) -> range:
        # A row repeated to the sheet's end is blank; an error is hardly repeated at all.
        return range(self._row, self._row + min(self._rows, _MOST))
