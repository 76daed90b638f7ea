"""What Rekey sees in any document, for the person who describes a new type of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from .cells import text_of
from .opened import open_book
from .page import Page, lines
from .page_picture import keep_picture
from .pdf import leaves_of
from .pdf_mark import is_pdf

_ROWS = 20  # of each sheet


def look(path: Path, folder: Path | None) -> Iterator[dict[str, Any]]:
    """Plain values: a `page` with its fields and lines, or a `table` with its first rows, over and over.
    `folder`: for pictures of the pages. Raises a BusinessException."""
    if not is_pdf(path):
        yield from _sheets(path)
        return
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
