"""Whether a file is a PDF: by its content, whatever its name says."""

from __future__ import annotations

from pathlib import Path


def is_pdf(path: Path) -> bool:
    """The mark may stand behind some other bytes, as mail systems leave them."""
    with path.open("rb") as file:
        return b"%PDF-" in file.read(1024)
