"""How far a store had come, kept outside of it: a store that lacks a mark was restored from a backup."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..store.audit.restores import Mark, StoreRestores

FOLDER = "marks"
_HOUR = 3600.0
_KEPT = 48  # files of each folder: two days of work


class Marks:
    """Marks of one store in several folders: the home, and where checkpoints are kept. Nothing personal.

    A file for each hour, so that it also works where files can only be added. A mark is true for ever: its
    row was in the store when it was written. So it does not matter in which order several processes write.
    """

    def __init__(self, folders: Sequence[Path], store: str) -> None:
        self._folders = list(dict.fromkeys(folder / FOLDER for folder in folders))
        self._store = store
        self._kept: Mark | None = None

    async def check(self, restores: StoreRestores) -> bool:
        """Whether the store lacks a mark that nobody was told of yet; if so, everything is held."""
        lost = await self.lost(restores)
        if lost:
            await restores.found(lost)
        return bool(lost)

    async def lost(self, restores: StoreRestores) -> list[Mark]:
        """The same, only to look."""
        return await restores.lacks(set(self._all()))

    async def keep(self, restores: StoreRestores) -> None:
        mark = await restores.mark()
        if mark is None or mark == self._kept:
            return
        for folder in self._folders:
            with contextlib.suppress(OSError):  # a full disk must not stop what still can be done
                self._write(folder, mark)
        self._kept = mark

    def _all(self) -> Iterator[Mark]:
        for folder in self._folders:
            for file in self._files(folder):
                mark = _read(file)
                if mark is not None:
                    yield mark

    def _files(self, folder: Path) -> list[Path]:
        return sorted(folder.glob(f"{self._store}-*.json"))

    def _write(self, folder: Path, mark: Mark) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self._store}-{int(time.time() // _HOUR):08}.json"
        text = json.dumps({"number": mark.number, "hash": mark.hash})
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            # Always the same name: where nothing can be replaced, one such file stays and no more.
            beside = folder / f"{self._store}.part"
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        for old in self._files(folder)[:-_KEPT]:
            old.unlink(missing_ok=True)


def _read(file: Path) -> Mark | None:
    """One that cannot be read, such as a file that a full disk cut off, is none."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return Mark(number=int(found["number"]), hash=str(found["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
