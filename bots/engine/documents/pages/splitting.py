"""The pages of one case as a file of their own: what goes to a system holds nobody else's case."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path

from pypdf import PdfReader, PdfWriter


def part_of(path: Path, pages: tuple[int, int] | None, keep: Path | None) -> str:
    """Its name, made of its content alone: the same pages handed in again have the same name.

    `pages`: the first and the last, from 1; None: the file as it is. `keep`: where it is written, if at all.
    """
    content = path.read_bytes() if pages is None else _cut(path, pages)
    name = f"{hashlib.sha256(content).hexdigest()}.pdf"
    if keep is not None and not _there(keep / name):
        keep.mkdir(parents=True, exist_ok=True)
        half = keep / f"{name}.part"
        half.write_bytes(content)
        os.replace(half, keep / name)
    return name


def _there(file: Path) -> bool:
    """Whether it is kept already. It is of today then: erasing leaves it alone until a record names it."""
    try:
        os.utime(file)
    except FileNotFoundError:
        return False
    return True


def _cut(path: Path, pages: tuple[int, int]) -> bytes:
    writer, first = PdfWriter(), pages[0] - 1
    writer.append(PdfReader(path), pages=(first, pages[1]))
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()
