"""Files that have pages: PDFs, and pictures of pages, which are made into PDFs before they are read."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...core.errors import BusinessException
from ..formats.recognised import format_of
from ..kinds.beginning import PICTURES, Begins, beginning
from ..refusals import heic_photograph, not_a_document, office_file, several_documents

_GLUED = re.compile(rb"%%EOF[\s\0]{0,64}%PDF-[0-9]")
_NAMED = frozenset({"outlook-message", "password"})


def is_paper(path: Path) -> bool:
    """Whether it has pages. Raises a BusinessException for what has some, and cannot be read."""
    kind = beginning(path)
    if kind is Begins.HEIC:
        raise heic_photograph()
    if kind is Begins.PDF and _GLUED.search(path.read_bytes()):
        raise several_documents()
    return kind is Begins.PDF or kind in PICTURES


@contextmanager
def as_pdf(path: Path) -> Iterator[Path]:
    """The file itself, or a PDF of the picture. Raises a BusinessException."""
    if beginning(path) not in PICTURES:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "picture.pdf"
        from .pictures import pdf_of  # loads what PDFs do not need

        made.write_bytes(pdf_of(path))
        yield made


def not_paper(path: Path) -> BusinessException:
    """Why a file without pages is refused where documents are read."""
    try:
        format_of(path)
    except BusinessException as refusal:
        if refusal.code in _NAMED:
            return refusal
    return office_file() if beginning(path) is Begins.OLE else not_a_document()
