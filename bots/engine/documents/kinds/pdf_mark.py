"""Whether a file is a PDF: by its beginning, whatever its name says."""

from __future__ import annotations

from pathlib import Path

from .beginning import Begins, beginning


def is_pdf(path: Path) -> bool:
    return beginning(path) is Begins.PDF
