"""A workbook as calamine reads it, with what its file says besides. Every way of failing is a refusal."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, Self

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from ..cells.biff import xls_marks
from ..cells.book_facts import BookFacts, facts_of
from ..cells.formulas import xlsx_marks
from ..cells.marks import Marks, Merge
from ..cells.opendocument import ods_marks
from ..cells.package import part_named, sheet_parts
from ..cells.styles import NO_STYLES
from ..cells.xlsb import xlsb_marks, xlsb_styles
from ..kinds.kind import Kind, kind_of
from ..kinds.ole import Ole
from .failing import failing
from .spread import must_stand_together

Cell = Any
"""int, float, str, bool, date, datetime, time or timedelta; a blank or an error is ''."""


class Cells(Protocol):
    """A sheet as whoever looks for headings and rows sees it."""

    @property
    def name(self) -> str: ...

    @property
    def left(self) -> int:
        """The first column that its rows hold, counted from 0."""

    @property
    def height(self) -> int:
        """How many rows there are, blank ones too; 0: nothing at all."""

    def rows(self) -> Iterator[list[Cell]]: ...

    def merges(self) -> list[Merge]:
        """The merged cells."""

    def marks(self, width: int) -> Marks:
        """What is wrong with cells and rows, beside what stands in them. `width`: of the headings."""


@dataclass(frozen=True, kw_only=True)
class Grid:
    """One sheet's cells. calamine gives rows from the sheet's first on, but columns from `left` on."""

    name: str
    left: int
    height: int
    sheet: CalamineSheet
    file_marks: Future[Marks]

    def rows(self) -> Iterator[list[Cell]]:
        return iter(self.sheet.iter_rows()) if self.height else iter(())

    def merges(self) -> list[Merge]:
        # calamine knows those of Excel's own formats, the file's marks those of the others.
        with failing():
            return self.sheet.merged_cell_ranges or self.file_marks.result().merges

    def marks(self, width: int = 0) -> Marks:
        """Problem cells, hidden rows, merged cells. In a workbook no cell slips into another column."""
        with failing():
            marks = self.file_marks.result()
        marks.merges = self.merges()
        marks.spread(self.height)
        return marks


class Book:
    """An open workbook. What was taken from it outlives its closing."""

    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path, kind: Kind | None = None) -> None:
        self._path = path
        self._facts: BookFacts | None = None  # asked for by the helper alone
        self.kind = kind or kind_of(path)
        # By its content: given a path, calamine believes the name.
        if self.kind is Kind.XLS:
            must_stand_together(path)  # calamine lays it out at once; to look first costs little
        with failing(), path.open("rb") as file:
            self._book = self._opened(file)
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="marks")
        self.names = tuple(self._book.sheet_names)
        sheets = [s for s in self._book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        self.visible = tuple(s.name for s in sheets if s.visible == SheetVisibleEnum.Visible)
        self.hidden = tuple(s.name for s in sheets if s.visible != SheetVisibleEnum.Visible)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._helper.shutdown(cancel_futures=True)
        self._book.close()

    def grid(self, name: str) -> Grid:
        """The sheet's cells. What its file says besides is read meanwhile: calamine leaves a core free."""
        marks = self._helper.submit(self._marks, name)
        with failing():
            sheet = self._book.get_sheet_by_name(name)
        (_, left), (bottom, _) = sheet.start or (0, 0), sheet.end or (-1, 0)
        return Grid(name=name, left=left, height=bottom + 1, sheet=sheet, file_marks=marks)

    def _opened(self, file: IO[bytes]) -> CalamineWorkbook:
        try:
            return CalamineWorkbook.from_filelike(file)
        except CalamineError:
            # An OpenDocument workbook is laid out at once, and one with too much between its cells is no
            # workbook to calamine; of the others a sheet is asked for first, and memory refused.
            if self.kind is Kind.ODS:
                must_stand_together(self._path)
            raise

    def _marks(self, name: str) -> Marks:
        if self.kind is Kind.XLS:
            stream = Ole(self._path.read_bytes()).stream("workbook", "book")
            return xls_marks(stream, self.names.index(name))
        with zipfile.ZipFile(self._path) as archive:
            if self.kind is Kind.ODS:
                with archive.open("content.xml") as file:
                    return ods_marks(file, name)
            with archive.open(sheet_parts(archive)[name]) as file:
                if self.kind is Kind.XLSB:
                    part = part_named(archive, "styles.bin")
                    return xlsb_marks(file.read(), xlsb_styles(archive.read(part)) if part else NO_STYLES)
                self._facts = self._facts or facts_of(archive)
                return xlsx_marks(file, self._facts)
