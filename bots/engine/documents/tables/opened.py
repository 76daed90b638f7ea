"""Any file of rows, as the kind of book that it is by its content."""

from __future__ import annotations

from pathlib import Path

from ..formats.format import Workbook
from ..formats.recognised import format_of
from .delimited import TextBook
from .workbook import Book


def open_book(path: Path) -> Book | TextBook:
    """Raises a BusinessException for a file that is neither a workbook nor text."""
    found = format_of(path)
    return Book(path, found) if isinstance(found, Workbook) else TextBook(path)
