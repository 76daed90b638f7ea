"""The workbook that goes back: the sender's own, with five columns that say what became of each row.

openpyxl keeps values, formulas, formats, hidden sheets, merged cells, validations, conditional formats,
notes, charts, pictures (with Pillow, which reportlab brings), pivot tables, macros and print settings. It
drops what it cannot read: shapes and text boxes, form controls, slicers, sparklines, replies in threaded
comments, and rules that Excel keeps in extensions (data bars of Excel 2010, validations by lists on other
sheets of that time).
"""

from __future__ import annotations

import os
import tempfile
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock  # type: ignore[import-untyped, unused-ignore]
from openpyxl.reader.excel import ExcelReader  # type: ignore[import-untyped, unused-ignore]

from ..cells.package import must_calculate
from ..formats.recognised import format_of
from ..tables.headings import HEADINGS
from .answer import Answer
from .answer_columns import AnswerColumns
from .stored_values import put_back
from .value_copy import copy_of

__all__ = ["HEADINGS", "write_return"]


def write_return(original: Path, target: Path, header: Mapping[str, int], answers: Sequence[Answer]) -> Path:
    """Write the original with the answers to `target` and give the path that it has.

    `header`: the row of the headings, by sheet. A workbook that is no xlsx or xlsm, or that openpyxl cannot
    read, comes back as a new xlsx with the values of these sheets. The path's suffix says what was written.
    """
    if strangers := {answer.sheet for answer in answers} - header.keys():
        raise ValueError(f"answers for {len(strangers)} sheets without a header row")
    book = _sender_book(original, header) if format_of(original).keeps_its_look else None
    made = book if book is not None else copy_of(original, header)
    path = target.with_suffix(".xlsm" if made.vba_archive else ".xlsx")
    _answer(made, header, answers)
    with _moved_into_place(path) as unfinished:
        made.save(unfinished)
        if book is not None:
            put_back(original, unfinished)
    return path


def _answer(book: Any, header: Mapping[str, int], answers: Sequence[Answer]) -> None:
    columns = {sheet: AnswerColumns(book[sheet], row) for sheet, row in header.items()}
    for one in answers:
        texts = (one.outcome, one.reference, one.reason)
        columns[one.sheet].write(one.row, (*texts, one.when, one.item))


class _Reader(ExcelReader):  # type: ignore[misc, unused-ignore]
    """Leaves dates as the numbers that they are in the file: some are outside of Python's dates."""

    def read_worksheets(self) -> None:
        self.wb._date_formats = self.wb._timedelta_formats = frozenset()
        super().read_worksheets()


def _sender_book(path: Path, sheets: Iterable[str]) -> Any | None:
    try:
        with path.open("rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it drops: see above
            # By its content: given a path, openpyxl believes the name.
            reader = _Reader(file, keep_vba=_has_macros(path), rich_text=True)
            reader.read()
    # openpyxl raises whatever it comes across; the answers must go back all the same.
    except Exception:
        return None
    reader.wb.template = False
    with zipfile.ZipFile(path) as archive:
        # openpyxl would say that nobody calculated the values, which are put back as they were.
        reader.wb.calculation.fullCalcOnLoad = must_calculate(archive)
    _keep_blank_runs(reader.wb)
    return reader.wb if set(sheets) <= set(reader.wb.sheetnames) else None


def _keep_blank_runs(book: Any) -> None:
    """openpyxl marks a run of nothing but blanks so that it is lost: it joins the run before it."""
    for sheet in book.worksheets:
        for cell in sheet._cells.values():
            if isinstance(cell.value, CellRichText):
                cell.value = _joined(cell.value)


def _joined(runs: Any) -> Any:
    kept: list[Any] = []
    for run in runs:
        if kept and not str(run).strip():
            kept[-1] = _longer(kept[-1], str(run))
        else:
            kept.append(run)
    return CellRichText(*kept)


def _longer(run: Any, text: str) -> Any:
    return TextBlock(run.font, run.text + text) if isinstance(run, TextBlock) else run + text


def _has_macros(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return b"macroEnabled" in archive.read("[Content_Types].xml")


@contextmanager
def _moved_into_place(target: Path) -> Iterator[Path]:
    """A file beside the target that becomes the target when it is whole, and is gone otherwise."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=target.suffix)
    os.close(handle)
    try:
        yield Path(name)
        os.replace(name, target)
    finally:
        Path(name).unlink(missing_ok=True)
