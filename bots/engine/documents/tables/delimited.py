"""Text whose values stand between separators (CSV, TSV), read like a workbook of one sheet.

Nothing in such a file says how it is written. Encoding and separator are found out by what fits the whole
file; what can be told to have been damaged on the way is a problem, never a value. Quoting is that of
RFC 4180; `sep=;` on the first line, which Excel writes and reads, is obeyed.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Self

from ...core.errors import BusinessException
from ..cells.marks import Marks, Merge
from ..refusals import AGAIN, empty
from .row_lengths import Lengths

SHEET = "CSV"
"""What stands for a sheet's name in sentences and origins."""
SHORTENED = "shows a number that a spreadsheet has shortened; format the column as text, and save it again"
TORN = "is the file's last one and is cut off; copy the file again, and hand it in again"
SPLIT = "has more cells than there are headings; a text that holds a separator wants quotation marks"

_SEPARATORS = ",;\t|"
_BLOCK = 1 << 20
_SAMPLE = 200  # rows, by which the separator is found
_SAID = re.compile(r"sep=(.)", re.I)
# Excel shows long numbers so, and saves what it shows: the digits are gone.
_SHORTENED = re.compile(r"[0-9]([.,][0-9]+)?E\+[0-9]{2}", re.I)
# So programs make sure that a spreadsheet takes it for a text: ="00123".
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"')
# Only a date with its month first has such numbers.
_MONTH_FIRST = re.compile(
    r"(?<![0-9])(?:0?[1-9]|1[0-2])[-/. ](?:1[3-9]|2[0-9]|3[01])[-/. ](?:[0-9]{4}|[0-9]{2})(?![0-9])"
)


@dataclass(frozen=True, kw_only=True)
class Delimited:
    """One file's cells, all of them text. `left`: its first column, counted from 0."""

    name: str
    height: int  # lines, of which a cell may take several
    path: Path
    encoding: str
    separator: str
    skipped: int  # lines before the first row
    width: int  # of its widest row among the first
    ended: bool  # its last line ends as a line does
    as_text: bool  # cells may be written as formulas that give a text
    month_first: bool  # a date in it has its month first
    left: int = 0

    def rows(self) -> Iterator[list[Any]]:
        """Short rows filled up. Raises a BusinessException where the quotation marks cannot be understood."""
        for cells in self._split():
            yield cells + [""] * (self.width - len(cells))

    def _split(self) -> Iterator[list[str]]:
        with self.path.open(encoding=self.encoding, newline="") as file:
            for _ in range(self.skipped):
                file.readline()
            rows = _rows(file, self.separator)
            yield from (map(_bare, rows) if self.as_text else rows)

    def merges(self) -> list[Merge]:
        return []

    def marks(self, width: int) -> Marks:
        """What is wrong with its cells. A row with more or fewer of them than headings was split wrongly."""
        marks = Marks(texts_with_dates=self.month_first, semicolons=self.separator == ";")
        lengths = Lengths(width)
        number = 0
        cells: list[str] = []
        for number, cells in enumerate(self._split(), start=1):
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                marks.split[number] = SPLIT
            lengths.add(number, cells)
            for column, cell in enumerate(cells):
                if "+" in cell and _SHORTENED.fullmatch(cell.strip()):
                    marks.add(number, column, SHORTENED)
        marks.split |= lengths.doubts()
        if len(cells) < width and not self.ended:
            marks.split[number] = TORN
        return marks


class TextBook:
    """A text file in the place of a workbook."""

    has_sheets = False
    names = visible = (SHEET,)
    hidden: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self._path = path
        self._encoding = _encoding(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    @property
    def warnings(self) -> tuple[str, ...]:
        if self._encoding != "cp1252":
            return ()
        return ("The file says nothing of its letters and was read as Windows text: look at £ and accents.",)

    def grid(self, name: str) -> Delimited:
        said = _SAID.fullmatch(next(self._lines(), "").strip())
        lines, last, as_text, month_first = 0, "", False, False
        for line in self._lines():
            lines, last = lines + 1, line
            as_text = as_text or '="' in line
            month_first = month_first or bool(_MONTH_FIRST.search(line))
        separator = said[1] if said else self._separator()
        return Delimited(
            name=name,
            height=lines - bool(said),
            path=self._path,
            encoding=self._encoding,
            separator=separator,
            skipped=int(bool(said)),
            width=max(self._widths(separator), default=0),
            ended=last.endswith(("\n", "\r")),
            as_text=as_text,
            month_first=month_first,
        )

    def _lines(self) -> Iterator[str]:
        with self._path.open(encoding=self._encoding, newline="") as file:
            yield from file

    def _separator(self) -> str:
        """The one by which the most rows have equally many cells; of those the one that makes more cells."""
        return max(_SEPARATORS, key=self._evenness)

    def _evenness(self, separator: str) -> tuple[int, int]:
        widths = Counter(width for width in self._widths(separator) if width > 1)
        width, rows = max(widths.items(), key=lambda found: found[1], default=(0, 0))
        return rows, width

    def _widths(self, separator: str) -> list[int]:
        """Of the first rows, as far as they can be split so."""
        widths = []
        with suppress(BusinessException):
            for cells in islice(_rows(self._lines(), separator), _SAMPLE):
                widths.append(len(cells))
        return widths


def _bare(cells: list[str]) -> list[str]:
    return [found[1].replace('""', '"') if (found := _AS_TEXT.fullmatch(cell)) else cell for cell in cells]


def _rows(file: Iterable[str], separator: str) -> Iterator[list[str]]:
    reader = csv.reader(file, delimiter=separator, strict=True)
    row = 0
    while True:
        row += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            sentence = f'The quotation marks (") around row {row} of the file do not match; {AGAIN}.'
            raise BusinessException(
                "damaged-workbook", sentence, {"row": row, "reader": str(error)}
            ) from None
        yield cells


def _encoding(path: Path) -> str:
    """UTF-8, with a mark or without; UTF-16 with a mark; else Windows-1252, as many programs still write."""
    with path.open("rb") as file:
        head = file.read(4)
    if not head.strip():
        raise empty("There is nothing in the file.")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        found = "utf-16"
    elif head.startswith(codecs.BOM_UTF8):
        found = "utf-8-sig"
    else:
        found = "utf-8" if _fits(path, "utf-8") else "cp1252"
    if found != "utf-8" and not _fits(path, found):
        sentence = f"The letters of the file are written in a way that is not known; {AGAIN}."
        raise BusinessException("damaged-workbook", sentence)
    return found


def _fits(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True
