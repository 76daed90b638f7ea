"""A workbook as calamine reads it, with what its file says besides. Every way of failing is a refusal."""

from __future__ import annotations

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

from ..cells.marks import Marks, Merge
from ..formats.format import Looked, Workbook
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

    has_sheets = True
    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path, format: Workbook) -> None:
        self._path = path
        self._format = format
        if format.looked is Looked.BEFORE:
            must_stand_together(path)
        # By its content: given a path, calamine believes the name.
        with failing(), path.open("rb") as file:
            self._book = self._opened(file)
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="marks")
        self.names = tuple(self._book.sheet_names)
        sheets = [s for s in self._book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
        self.visible = tuple(s.name for s in sheets if s.visible == SheetVisibleEnum.Visible)
        self._marked = format.marked(path, self.names)  # asked by the helper alone
        self.hidden = tuple(s.name for s in sheets if s.visible != SheetVisibleEnum.Visible)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._helper.shutdown(cancel_futures=True)
        self._book.close()

    def grid(self, name: str) -> Grid:
        """The sheet's cells. What its file says besides is read meanwhile: calamine leaves a core free."""
        marks = self._helper.submit(self._marked.of, name)
        with failing():
            sheet = self._book.get_sheet_by_name(name)
        (_, left), (bottom, _) = sheet.start or (0, 0), sheet.end or (-1, 0)
        return Grid(name=name, left=left, height=bottom + 1, sheet=sheet, file_marks=marks)

    def _opened(self, file: IO[bytes]) -> CalamineWorkbook:
        try:
            return CalamineWorkbook.from_filelike(file)
        except CalamineError:
            if self._format.looked is Looked.REFUSED:
                must_stand_together(self._path)
            raise
