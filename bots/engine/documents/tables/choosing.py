"""Which sheet of a workbook is the one to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...core.column import Hidden, Sheets
from ...core.errors import BusinessException
from ..refusals import empty, listed
from .delimited import TextBook
from .finding import header_of
from .headings import Header, Wanted, squeezed
from .workbook import Book, Cells


@dataclass(frozen=True, kw_only=True)
class Choice:
    grid: Cells
    header: Header
    warnings: tuple[str, ...]  # other sheets that look the same and are not read


def choose(book: Book | TextBook, wanted: Wanted, sheets: Sheets) -> Choice:
    """The sheet with the best header, or a refusal that says what is missing. A hidden one is passed over
    unless the process reads it."""
    best: tuple[Cells, Header] | None = None
    headers: list[Header] = []
    heights = []
    for name in _candidates(book, sheets):
        grid: Cells = book.grid(name)
        heights.append(grid.height)
        header = header_of(grid, wanted)
        if header is not None:
            headers.append(header)
            # The cells of the others are let go: a workbook may hold many large sheets.
            best = (grid, header) if best is None or header.rank > best[1].rank else best
    if not any(heights):
        raise empty("There is nothing in the sheet." if sheets.named else "There is nothing in the workbook.")
    if best is None or not best[1].is_whole:
        raise _no_header(wanted, best[1] if best else None)
    chosen, header = best
    others = [other for other in headers if other is not header and other.is_whole]
    if others:
        raise _several(header, others)
    unread = _hidden(book, wanted) if sheets.hidden is not Hidden.READ else ()
    return Choice(grid=chosen, header=header, warnings=tuple(unread))


def _candidates(book: Book | TextBook, sheets: Sheets) -> Sequence[str]:
    # Text has no sheets that could be named.
    names = {squeezed(name) for name in sheets.named} if book.has_sheets else set()
    there = (*book.visible, *book.hidden) if sheets.hidden is Hidden.READ else book.visible
    found = [name for name in there if not names or squeezed(name) in names]
    if found or not names:
        return found
    said = f"no visible sheet named {listed(sheets.named, 'or')}"
    has = f"its visible sheets are {listed(book.visible)}" if book.visible else "all its sheets are hidden"
    raise BusinessException("wrong-sheet", f"The workbook has {said}; {has}.")


def _no_header(wanted: Wanted, best: Header | None) -> BusinessException:
    if best is None:
        needed = wanted.said(wanted.required or wanted.columns)
        return BusinessException("no-header", f"No row has the headings that are needed: {needed}.")
    where = f"Sheet {best.sheet}, row {best.row}"
    if not best.missing:
        sentence = f"{where}: {wanted.said(best.found)} is the only known heading; a table needs more."
    else:
        sentence = (
            f"{where} is the most like a row of headings, but {wanted.said(best.missing)} is not there."
        )
        if len(best.missing) > 1:
            sentence = sentence.replace("is not there", "are not there")
    return BusinessException("no-header", sentence, {"sheet": best.sheet, "row": best.row})


def _several(header: Header, others: Iterable[Header]) -> BusinessException:
    """Reading the one would pass the other over, and nobody looks at a remark."""
    names = [header.sheet, *(other.sheet for other in others)]
    sentence = f"The sheets {listed(names)} all have the headings; hand in a workbook with one of them."
    return BusinessException("several-sheets", sentence, {"sheets": names})


def _hidden(book: Book | TextBook, wanted: Wanted) -> list[str]:
    headers = [header_of(book.grid(name), wanted) for name in book.hidden]
    return [_unread("The hidden sheet", header.sheet) for header in headers if header and header.is_whole]


def _unread(what: str, sheet: str) -> str:
    return f"{what} {sheet} has the headings as well and was not read."
