"""A worker's life: a random name, a sign of life in the store, and a lock that ends with its process."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from ..core.errors import ConfigurationError, RekeyError
from ..store.work.lives import SILENT, Life, StoreLives
from .os_lock import OsLock, is_free

FOLDER = "workers"
BEAT = 5.0
"""Seconds between two signs of life."""


class Workers:
    """The workers of one home: this one, and what can be known of the others.

    Names of machines and numbers of processes decide nothing: two machines may share them all. That a worker
    is dead is proved by its lock, which the operating system takes back with its process. A copy of the home
    has such a file too, and nobody holds it there; so a file beside it keeps the words of the last signs of
    life, and in a copy they are soon not those that the store has.
    """

    def __init__(
        self, home: Path, store: StoreLives, name: str, on_beat: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """`on_beat`: what else is to be written down again and again while this worker lives."""
        self._folder = home / FOLDER
        self._store = store
        self.name = name
        self._words: tuple[str, ...] = (
            secrets.token_hex(8),
        )  # what the store says; several when an answer did not come
        self._on_beat = on_beat
        self._lock = OsLock(self._file(name, "lock"))
        self._beating: asyncio.Task[None] | None = None
        self.interrupted = asyncio.Event()
        """Set when work must not go on; `why` says it."""
        self.why = ""

    async def begin(self) -> None:
        """Raises ConfigurationError where the home's file system knows no locks."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lock.take()
            self._say()
        except OSError as error:
            sentence = f"REKEY_HOME must be on a file system with locks ({error.strerror})."
            raise ConfigurationError("home", sentence) from None
        await self._store.begin(self.name, self._words[0])
        self._beating = asyncio.create_task(self._beat())

    async def end(self) -> None:
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        with contextlib.suppress(RekeyError):
            await self._store.end(self.name)
            self._forget(self.name)
        self._lock.give()

    async def dead(self, worker: str) -> bool:
        """Whether it is proved that a worker's process has ended. False: nothing is known."""
        if worker == self.name:
            return False
        known = await self._store.life(worker)
        if known is None or known.ended:
            return known is not None
        return is_free(self._file(worker, "lock")) and self._is_its_own(worker, known)

    async def bury(self, worker: str) -> None:
        """Its process has ended and its browser is gone: nobody need ask again."""
        await self._store.end(worker)
        self._forget(worker)

    async def count_out(self, worker: str) -> bool:
        """Whether a worker gave no sign of life for so long that it counts as gone. Its process may still be
        there: what it could do then must be prevented by other means."""
        return worker != self.name and await self._store.count_out(worker)

    async def dead_holders(self, system: str) -> list[str]:
        """Holders of a system's licences whose worker is dead."""
        return [one for one in await self._store.licensed(system) if await self.dead(worker_of(one))]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            before, word = self._words, secrets.token_hex(8)
            self._words = (*before, word)
            with contextlib.suppress(RekeyError, OSError):  # a store that is busy: the next one tells
                self._say()
                gap = await self._store.beat(self.name, before, word)
                if gap is None:
                    self._stop("Another copy of this worker is at work, or it was counted as dead.")
                    return
                self._words = (word,)
                if self._on_beat is not None:
                    await self._on_beat()
                if gap:
                    self._stop(SILENT)

    def _stop(self, why: str) -> None:
        self.why = self.why or why
        self.interrupted.set()

    def _is_its_own(self, worker: str, known: Life) -> bool:
        try:
            return known.word in self._file(worker, "life").read_text(encoding="utf-8").split()
        except OSError:
            return False

    def _say(self) -> None:
        """What the store says, and what it may say in a moment: before the store is told."""
        self._file(self.name, "life").write_text(" ".join(self._words), encoding="utf-8")

    def _forget(self, worker: str) -> None:
        for kind in ("life", "lock"):
            with contextlib.suppress(OSError):
                self._file(worker, kind).unlink(missing_ok=True)

    def _file(self, worker: str, kind: str) -> Path:
        return self._folder / f"{worker.rpartition('/')[2]}.{kind}"


class Liveness(Protocol):
    """What the sessions of a worker need to know of other workers."""

    name: str

    async def dead(self, worker: str) -> bool: ...

    async def bury(self, worker: str) -> None: ...

    async def count_out(self, worker: str) -> bool: ...

    async def dead_holders(self, system: str) -> list[str]: ...


def worker_of(holder: str) -> str:
    """A holder is a worker's name with what it does: its number, or a word."""
    return holder.rpartition("/")[0]
