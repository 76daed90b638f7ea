"""The documents that were handed in, as a session may attach them."""

from __future__ import annotations

import re
from pathlib import Path

from ..core.errors import BusinessException

_NAME = re.compile(r"^[0-9a-f]{64}\.[a-z]{3,4}$")


def kept_document(folder: Path, name: str) -> Path:
    """Where a document is kept. Its name is the digest of its content: nothing else is ever a path here."""
    path = folder / name
    if not _NAME.match(name) or not path.is_file():
        raise BusinessException("no-document", "The document of this item is no longer kept.")
    return path
