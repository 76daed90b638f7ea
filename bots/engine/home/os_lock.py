"""A lock on a file that the operating system takes back when its holder's process ends, however it ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path


class OsLock:
    """Held by an open file of this process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> bool:
        """Take it if nobody holds it. Raises OSError where the file system knows no locks."""
        # Not inherited: a browser that outlives its worker must not hold its worker's lock.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _locked(file):
            os.close(file)
            return False
        self._file = file
        return True

    def give(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def is_free(path: Path) -> bool:
    """Whether the file is there and no process that runs holds it."""
    lock = OsLock(path)
    try:
        free = path.is_file() and lock.take()
    except OSError:
        return False
    lock.give()
    return free


if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
