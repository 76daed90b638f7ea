"""Programs that read files, for all sandboxes of a test process: one takes a third of a second to start."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from bots.engine.documents.sandbox import sandbox
from bots.engine.documents.sandbox.sandbox import Sandbox

_MOST = 2
"""Readers of one kind that wait for a sandbox: those that read pictures hold half a gigabyte."""


class KeptReaders:
    """A sandbox that ends leaves its reader to the next one of the same limit, unless something is wrong
    with it."""

    def __init__(self) -> None:
        self.own = False
        """Whether each sandbox starts and ends a reader of its own, as they ship."""
        self._loop = asyncio.get_running_loop()
        """A program belongs to the loop that started it; a command that a test calls has one of its own."""
        self._idle: dict[Any, list[asyncio.subprocess.Process]] = defaultdict(list)

    @contextmanager
    def lent(self) -> Iterator[None]:
        start, leave = Sandbox._started, Sandbox.__aexit__

        async def started(one: Sandbox) -> asyncio.subprocess.Process:
            if one._is_gone() and self._lends():
                self._take(one)
            return await start(one)

        async def left(one: Sandbox, *why: object) -> None:
            if self._lends() and not (one._is_gone() or one._reads or one._is_full()):
                self._keep(one)
            await leave(one, *why)

        with patch.object(Sandbox, "_started", started), patch.object(Sandbox, "__aexit__", left):
            yield

    def _lends(self) -> bool:
        return not self.own and asyncio.get_running_loop() is self._loop

    def _take(self, one: Sandbox) -> None:
        idle = self._idle[_kind(one)]
        while idle and one._is_gone():
            one._reader = idle.pop()
            one._too_large = one._too_slow = False

    def _keep(self, one: Sandbox) -> None:
        idle = self._idle[_kind(one)]
        if len(idle) < _MOST and one._reader is not None:
            idle.append(one._reader)
            one._reader = None

    async def end(self) -> None:
        for reader in (reader for idle in self._idle.values() for reader in idle):
            with contextlib.suppress(ProcessLookupError):
                reader.kill()
            await reader.communicate()
        self._idle.clear()


def _kind(one: Sandbox) -> Any:
    """What a reader was started with."""
    return one._limits.megabytes, tuple(os.environ.get(name) for name in sandbox._KEPT)
