"""Waiting until a file that somebody hands in is complete and not in use."""

from __future__ import annotations

import asyncio
import sys
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import BusinessException
from ..kinds.unpacking import has_too_many_parts

_INTERVAL = 0.1
_MOMENT = 0.5
_LEFT = 60.0  # seconds
_BROKEN = (zipfile.BadZipFile, EOFError, OSError, ValueError, RuntimeError)

MISSING = "no-such-file"
_MISSING = (MISSING, "The file is not there.")
_IN_USE = ("file-in-use", "Another program has the file open; close it there, and hand the file in again.")
_NOT_OURS = (
    "file-not-readable",
    "Rekey is not allowed to read the file; let its group read it, and hand it in again.",
)
_REFUSED = _IN_USE if sys.platform == "win32" else _NOT_OURS
"""Windows opens no file that Excel has open."""
_CHANGING = ("file-incomplete", "The file is still being written; hand it in again when it is complete.")
_PARTIAL = ("file-incomplete", "Only a part of the file is there; copy it again, and hand it in again.")


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A file at one moment. `trouble` is the code and sentence of what is the matter with it."""

    size: int = -1
    modified: int = 0
    old: bool = False
    left: bool = False  # nothing was done with it for so long that nobody is copying it
    trouble: tuple[str, str] | None = None

    def same(self, other: _Look) -> bool:
        return (self.size, self.modified) == (other.size, other.modified)


async def settled(path: Path, patience: float, *, appears: bool = True) -> None:
    """Return when two looks at the file agree and nobody has it open; raise after `patience` seconds.

    `appears`: one that is not there is waited for as well: some programs save by deleting and making anew.
    """
    deadline = time.monotonic() + patience
    before = await asyncio.to_thread(_look, path)
    since = time.monotonic()
    while True:
        await asyncio.sleep(_INTERVAL)
        now = await asyncio.to_thread(_look, path)
        if not now.same(before):
            since = time.monotonic()
        # A server's clock may be ahead of ours: a moment that we watched counts as well.
        calm = now.same(before) and (now.old or time.monotonic() - since >= _MOMENT)
        if calm and now.trouble is None:
            return
        hopeless = (now.trouble is _MISSING and not appears) or (now.trouble is _PARTIAL and now.left)
        if time.monotonic() >= deadline or hopeless:
            raise BusinessException(*(now.trouble or _CHANGING))
        before = now


def _look(path: Path) -> _Look:
    try:
        facts = path.stat()
        with path.open("rb") as file:
            head = file.read(2)
    except PermissionError:
        return _Look(trouble=_REFUSED)
    except (FileNotFoundError, NotADirectoryError):
        return _Look(trouble=_MISSING)
    except OSError:  # a folder, or a share that is away for the moment
        return _Look(trouble=_IN_USE if path.is_file() else _MISSING)
    return _Look(
        size=facts.st_size,
        modified=facts.st_mtime_ns,
        old=time.time() - facts.st_mtime > _MOMENT,
        # A copy may keep the time of the original; when it was made here, the other one tells.
        left=time.time() - max(facts.st_mtime, facts.st_ctime) > _LEFT,
        trouble=_trouble(path, head),
    )


def _trouble(path: Path, head: bytes) -> tuple[str, str] | None:
    if _is_locked(path):
        return _IN_USE
    if not head or (head == b"PK" and not _is_whole(path)):
        return _PARTIAL
    return None


def _is_locked(path: Path) -> bool:
    """Excel and LibreOffice put a small file beside the one that they have open."""
    with suppress(OSError):  # a name that has no room for more
        return path.with_name(f"~${path.name}").exists() or path.with_name(f".~lock.{path.name}#").exists()
    return False


def _is_whole(path: Path) -> bool:
    """A zip's table of contents is its end, and every member must begin where that says."""
    try:
        with path.open("rb") as file:
            if has_too_many_parts(file):
                return True  # its reader refuses it
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if not member.flag_bits & 1:
                    archive.open(member).close()
    except _BROKEN:
        return False
    return True
