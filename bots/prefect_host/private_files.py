"""Files that only this account may read, from the moment at which they are made."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private_folder(folder: Path) -> None:
    """Windows hands on the rights of the folder above, where there are none of this kind."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Whole or not at all. The rights are there before the first byte is."""
    make_private_folder(file.parent)
    new = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(new, file)
    finally:
        new.unlink(missing_ok=True)


def is_private(file: Path) -> bool:
    """Whether nobody else may read it, and it is ours."""
    if sys.platform == "win32":
        return True
    found = file.stat()
    return found.st_uid == os.getuid() and not found.st_mode & _OTHERS
