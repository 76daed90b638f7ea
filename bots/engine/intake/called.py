"""What a file is called where people read it: its real name may hold bytes that are no letters."""

from __future__ import annotations

import re
from pathlib import Path

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def called(path: Path) -> str:
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in path.name)


def suffix_of(path: Path) -> str:
    """In small letters; none where it is not one of plain letters and digits."""
    suffix = path.suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""
