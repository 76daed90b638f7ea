"""Several readers side by side: files are read at the same time, and taken in their order.

    async with Readers(2) as readers:
        summaries = await readers.each(paths, lambda path, sandbox, turn: ...)

A later file may put an earlier one right, so the order in which records come into the queue is that of the
files, however long each takes to read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

from .sandbox import Limits, Sandbox

File = TypeVar("File")
Found = TypeVar("Found")


class Line:
    """Files that wait for their turn."""

    def __init__(self) -> None:
        self._finished: set[int] = set()
        self._first = 0  # of those that have not finished
        self._moved = asyncio.Condition()

    async def until_first(self, number: int) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: self._first == number)

    async def finish(self, number: int) -> None:
        async with self._moved:
            self._finished.add(number)
            while self._first in self._finished:
                self._first += 1
            self._moved.notify_all()


class Turn:
    """`async with turn:` begins when every earlier file has been taken."""

    def __init__(self, line: Line, number: int) -> None:
        self._line = line
        self._number = number

    async def __aenter__(self) -> None:
        await self._line.until_first(self._number)

    async def __aexit__(self, *_: object) -> None:
        return None


class Readers:
    """Warm sandboxes, each for one file after the other."""

    def __init__(self, count: int, limits: Limits | None = None) -> None:
        self._sandboxes = [Sandbox(limits) for _ in range(count)]
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        for sandbox in self._sandboxes:
            await self._stack.enter_async_context(sandbox)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def each(
        self, files: Iterable[File], read: Callable[[File, Sandbox, Turn], Awaitable[Found]]
    ) -> list[Found]:
        """What `read` gave for each file, in their order. The first error ends all of it, as it came."""
        line, waiting, found = Line(), enumerate(files), dict[int, Found]()

        async def work(sandbox: Sandbox) -> None:
            for number, file in waiting:
                found[number] = await read(file, sandbox, Turn(line, number))
                await line.finish(number)

        try:
            async with asyncio.TaskGroup() as tasks:
                for sandbox in self._sandboxes:
                    tasks.create_task(work(sandbox))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from None
        return [found[number] for number in sorted(found)]
