"""Work that goes on while somebody looks at its page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

LOG = logging.getLogger("rekey.console")


class Underway:
    """Reading goes on while its page is looked at: so many uploads at a time, each under its name."""

    def __init__(self, most: int = 2) -> None:
        self._room = asyncio.Semaphore(most)
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Nothing, when there is something under way with this name."""
        if not self.runs(name):
            task = asyncio.create_task(self._run(work))
            self._tasks[name] = task
            task.add_done_callback(lambda _: self._tasks.pop(name))

    def runs(self, name: str) -> bool:
        return name in self._tasks

    async def stop(self, *names: str) -> None:
        tasks = [self._tasks[name] for name in names if name in self._tasks]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def end(self) -> None:
        await self.stop(*self._tasks)

    async def _run(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            async with self._room:
                await work()
        # The upload's page says that it was broken off. The error's words may quote a file.
        except Exception as error:
            LOG.error("%s while reading an upload", type(error).__name__)
