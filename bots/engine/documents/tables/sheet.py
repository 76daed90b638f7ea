"""A workbook's rows by the fields of a record, each with where it stood and what is wrong with its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ...core.column import Hidden, Sheets
from ...core.item import HIDDEN, NO_RECORD, STRUCK
from ...core.record import Record
from ..cells.field_kinds import FieldKind, kinds_of
from ..cells.marks import STRUCK as STRUCK_VALUE
from ..cells.marks import WORDS, Marks, error
from ..cells.merging import below, spread
from ..cells.seen_number import seen
from ..cells.text import BY_KIND, SAID, TEXT, letters
from ..refusals import empty
from .choosing import choose
from .day_order import order_doubts
from .decimal_comma import comma_doubts
from .headings import HEADINGS, Header, Wanted
from .no_record import no_record
from .opened import open_book
from .workbook import Cells

WHOLE_ROW = "row"
_SIGNS = frozenset({*WORDS, *SAID})
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetRow:
    row: int  # counted from 1, as Excel shows it
    data: Mapping[str, str | None]  # by field; text as a person would read it; dates ISO; None for blank
    item: str | None  # what stands in our own Item column of a returned workbook
    problems: Mapping[str, str]  # field, or WHOLE_ROW -> what is wrong with the cell itself
    code: str | None = None  # of a problem with the whole row


@dataclass(frozen=True, kw_only=True)
class SheetReading:
    sheet: str
    header_row: int
    columns: Mapping[str, str]  # field -> its column's letters
    warnings: tuple[str, ...]  # sentences with sheet, row and column, never with a row's values
    rows: Iterator[SheetRow]


def read_workbook(path: Path, record: type[Record], sheets: Sheets) -> SheetReading:
    """Find the sheet and its headings, and give its rows one by one. Raises a BusinessException."""
    wanted = Wanted(record, sheets.ignored)
    with open_book(path) as book:
        choice = choose(book, wanted, sheets)
        grid, header = choice.grid, choice.header
        columns = header.columns()
        marks = grid.marks(header.width)
    reader = _Reader(grid, header, columns, marks, sheets.hidden, kinds_of(record))
    warnings = (*book.warnings, *choice.warnings, *_unknown(header), *reader.warnings())
    rows = reader.rows()
    first = next(rows, None)
    if first is None:
        raise empty(f"Sheet {grid.name} has no row below its headings in row {header.row}.")
    return SheetReading(
        sheet=grid.name,
        header_row=header.row,
        columns={name: letters(column) for name, column in columns.items()},
        warnings=warnings,
        rows=chain([first], rows),
    )


def _unknown(header: Header) -> Iterator[str]:
    for column, heading in header.unknown:
        where = f"Sheet {header.sheet}, row {header.row}, column {letters(column)}"
        yield f"{where}: the heading '{heading}' is not known and was not read."


class _Reader:
    """Turns a grid's rows into sheet rows. Written for speed: 100,000 rows of 12 columns in half a second."""

    def __init__(
        self,
        grid: Cells,
        header: Header,
        columns: Mapping[str, int],
        marks: Marks,
        hidden: Hidden,
        kinds: Mapping[str, FieldKind],
    ) -> None:
        self._grid, self._header, self._marks = grid, header, marks
        below = {row for row in marks.hidden if row > header.row}
        self._asked = below if hidden is Hidden.ASK else set()
        self._left_out = below if hidden is Hidden.LEAVE_OUT else set()
        self._fields = tuple(columns)
        self._columns = tuple(columns.values())
        self._kinds = tuple(kinds[name] for name in self._fields)
        self._item = header.block + HEADINGS.index("Item") if header.block is not None else None
        taken = self._columns if self._item is None else (*self._columns, self._item)
        self._places = tuple(column - grid.left for column in taken)

    def warnings(self) -> Iterator[str]:
        if self._left_out:
            first, count = min(self._left_out), len(self._left_out)
            which = f"row {first} is" if count == 1 else f"{count} rows, the first of them row {first}, are"
            yield f"Sheet {self._header.sheet}: {which} hidden and not read, as this process is set up."

    def rows(self) -> Iterator[SheetRow]:
        fields, has_item, left_out = self._fields, self._item is not None, self._left_out
        problems, blank, half = self._problems(), ("",) * len(self._places), len(self._fields) / 2
        marks = self._marks
        odd = problems.keys() | self._asked | marks.looks.keys() | marks.struck.keys() | marks.shown.keys()
        tables = [BY_KIND[kind] for kind in self._kinds] + ([TEXT] if has_item else [])
        item = None
        for number, cells in self._numbered():
            if (cells == blank and number not in problems) or number in left_out:
                continue
            texts = [
                c.strip() or None if c.__class__ is str else table[c.__class__](c)
                for c, table in zip(cells, tables, strict=True)
            ]
            if has_item:
                item = texts.pop()
            if number in odd or not _SIGNS.isdisjoint(texts) or texts.count(None) >= half:
                row = self._troubled(number, cells, texts, item, problems.get(number, _NONE))
                if row is not None:
                    yield row
            elif item is not None or any(texts):
                yield SheetRow(
                    row=number, data=dict(zip(fields, texts, strict=True)), item=item, problems=_NONE
                )

    def _numbered(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """The cells that count, of each row below the header."""
        rows: Iterable[list[Any]] = self._grid.rows()
        merges = below(self._marks.merges, self._header.row)
        if merges:
            rows = spread(rows, merges, self._grid.left, self._places)
        start = self._header.row
        return enumerate(map(_taker(self._places), islice(rows, start, None)), start + 1)

    def _problems(self) -> dict[int, dict[str, str]]:
        """Of the columns that are read, by row and field."""
        named = dict(zip(self._columns, self._fields, strict=True))
        found = {}
        for row, cells in self._marks.problems.items():
            mine = {named[column]: problem for column, problem in cells.items() if column in named}
            if mine and row > self._header.row:
                found[row] = mine
        for row, problem in self._marks.split.items():
            # Which of the cells is one too many nobody can tell: the last field stands for the row.
            found[row] = {**found.get(row, {}), self._fields[-1]: problem}
        for doubts in (self._orders(), self._commas()):
            for row, doubted in doubts.items():
                found[row] = doubted | found.get(row, {})
        return found

    def _orders(self) -> dict[int, dict[str, str]]:
        """Dates that may have the month first. To look at all takes time: only where one is a text."""
        days = self._of_kind(FieldKind.DAY)
        return order_doubts(self._numbered(), days) if days and self._marks.texts_with_dates else {}

    def _commas(self) -> dict[int, dict[str, str]]:
        sums = self._of_kind(FieldKind.MONEY)
        return comma_doubts(self._numbered(), sums) if sums and self._marks.semicolons else {}

    def _of_kind(self, wanted: FieldKind) -> dict[str, int]:
        """The place of its cell, by field."""
        kinds = enumerate(zip(self._fields, self._kinds, strict=True))
        return {name: place for place, (name, kind) in kinds if kind is wanted}

    def _troubled(
        self,
        number: int,
        cells: Sequence[Any],
        texts: Sequence[str | None],
        item: str | None,
        found: Mapping[str, str],
    ) -> SheetRow | None:
        """A row of which there may be something to say; None: it is blank."""
        data = dict(zip(self._fields, texts, strict=True))
        problems = {name: _said(text) for name, text in data.items() if text in _SIGNS} | dict(found)
        self._as_shown(number, cells, data, problems)
        code, whole = self._whole(number, data, problems)
        if whole:
            problems[WHOLE_ROW] = whole
        if not problems and item is None and not any(texts):
            return None
        clean = {name: None if name in problems else text for name, text in data.items()}
        return SheetRow(row=number, data=clean, item=item, problems=problems, code=code)

    def _as_shown(
        self, number: int, cells: Sequence[Any], data: dict[str, str | None], problems: dict[str, str]
    ) -> None:
        """Where a format makes another text of a number, that text is what people see."""
        looks, shown = self._marks.looks.get(number, {}), self._marks.shown.get(number, {})
        for name, column, kind, cell in zip(self._fields, self._columns, self._kinds, cells, strict=False):
            if column in shown and name not in problems and (kind is FieldKind.TEXT or isinstance(cell, str)):
                data[name] = shown[column].strip() or None
            elif column in looks and cell.__class__ in (int, float) and name not in problems:
                text, why = seen(looks[column], kind, cell)
                data[name] = text or data[name]
                if why:
                    problems[name] = why

    def _whole(
        self, number: int, data: Mapping[str, str | None], problems: dict[str, str]
    ) -> tuple[str | None, str]:
        """What the row is as a whole: its code, and why. One value that is struck through is that one's."""
        struck = self._marks.struck.get(number, set())
        lined = [name for name, column in zip(self._fields, self._columns, strict=True) if column in struck]
        lined = [name for name in lined if data[name] is not None]
        if number in self._asked:
            # A filter that somebody left on, or a row put aside on purpose: only its sender can tell.
            return HIDDEN, "is hidden; show it and hand the workbook in again, or take it out"
        if lined and len(lined) == sum(text is not None for text in data.values()):
            return STRUCK, "is struck through; take it out, or take the lines off and hand it in again"
        problems |= dict.fromkeys(lined, STRUCK_VALUE)
        why = no_record(list(data.values()))
        return (NO_RECORD, why) if why else (None, "")


def _said(text: str | None) -> str:
    return SAID.get(text or "") or error(text)


def _taker(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    if len(places) == 1:
        return lambda row: (row[places[0]],)
    return itemgetter(*places)
