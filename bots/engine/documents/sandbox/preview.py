"""What Rekey sees in any document, for the person who describes a new type of it; and one row of a sheet as
it was handed in, for the person who puts its record right."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ...core.column import Sheets
from ...core.errors import refusal
from ...core.record import Record
from ..cells.text import letters, text_of
from ..kinds.pdf_mark import is_pdf
from ..pages.page import Page, lines
from ..pdf.pdf import leaves_of
from ..tables.opened import open_book
from ..tables.row_reader import RowReader
from ..tables.sheet import SheetReading, SheetRow, read_workbook

_ROWS = 20  # of each sheet


def look(path: Path, folder: Path | None) -> Iterator[dict[str, Any]]:
    """Plain values: a `page` with its fields and lines, or a `table` with its first rows, over and over.
    `folder`: for pictures of the pages. Raises a BusinessException."""
    if not is_pdf(path):
        yield from _sheets(path)
        return
    from ..pdf.page_picture import keep_picture  # loads what rows of a sheet do not need

    for leaf in leaves_of(path):
        picture = keep_picture(leaf, folder) if folder is not None else None
        yield {"page": _shown(leaf.page) | {"picture": picture}}


def _shown(page: Page) -> dict[str, Any]:
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "words": len(page.words),
        "scan": page.scanned,
        "fields": [field._asdict() for field in page.fields],
        "lines": [
            {
                "text": " ".join(word.text for word in line),
                "left": line[0].box.left,
                "top": line[0].box.top,
                "sure": round(min(word.sure for word in line), 3),
            }
            for line in lines(page.words)
        ],
    }


def _sheets(path: Path) -> Iterator[dict[str, Any]]:
    with open_book(path) as book:
        for name in (*book.visible, *book.hidden):
            grid = book.grid(name)
            rows = grid.rows()
            first = [[text_of(cell) or "" for cell in row] for row in islice(rows, _ROWS)]
            deque(rows, maxlen=0)  # what is damaged further down is found as well
            wrong = grid.marks(max(map(len, first), default=0)).problems
            yield {
                "table": {
                    "sheet": name,
                    "hidden": name in book.hidden,
                    "rows": grid.height,
                    "left": grid.left,
                    "first": first,
                    "wrong": len(wrong),  # rows with cells that hold no value, such as errors
                }
            }


def look_at_row(path: Path, record: type[Record], sheets: Sheets, number: int) -> dict[str, Any]:
    """One row as plain values: the `reference` of its record, and its `cells`, also those that no field
    reads. Raises a BusinessException."""
    reading = read_workbook(path, record, sheets)
    row = next((one for one in reading.rows if one.row >= number), None)
    if row is None or row.row != number:
        raise refusal("no-such-row", f"There is no row {number} in the file any more.")
    return {
        "sheet": reading.sheet,
        "header_row": reading.header_row,
        "reference": RowReader(record, reading).item(row).reference,
        "cells": _cells(path, reading, row),
    }


def _cells(path: Path, reading: SheetReading, row: SheetRow) -> list[dict[str, Any]]:
    with open_book(path) as book:
        grid = book.grid(reading.sheet)
        found = list(islice(grid.rows(), reading.header_row - 1, row.row))
    header, cells = found[0], found[-1]
    fields = {letter: name for name, letter in reading.columns.items()}
    shown = []
    for place in range(max(len(header), len(cells))):
        letter = letters(place + grid.left)
        field = fields.get(letter, "")
        # Under merged cells the text stands in the first one alone; the record read it all the same.
        text = _written(cells, place) or (field and row.data.get(field)) or ""
        heading = _written(header, place)
        if heading or text:
            shown.append({"column": letter, "heading": heading, "text": text, "field": field})
    return shown


def _written(cells: Sequence[Any], place: int) -> str:
    """A cell as people in the UK write it."""
    cell = cells[place] if place < len(cells) else ""
    if isinstance(cell, datetime) and (cell.hour or cell.minute or cell.second):
        return cell.strftime("%d/%m/%Y %H:%M")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return text_of(cell) or ""
