"""Any file of rows, as the kind of book that it is by its content."""

from __future__ import annotations

from pathlib import Path

from ..kinds.kind import Kind, kind_of
from .delimited import TextBook
from .workbook import Book


def open_book(path: Path) -> Book | TextBook:
    """Raises a BusinessException for a file that is neither a workbook nor text."""
    kind = kind_of(path)
    return TextBook(path) if kind is Kind.CSV else Book(path, kind)
