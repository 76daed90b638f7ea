"""Kept files for the console: read and drawn at a distance, and remembered in memory for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from ...core.errors import refusal
from ...core.process import Process
from ...documents.sandbox.sandbox import Limits, Sandbox

ROOM = 64 << 20
"""Bytes of pictures and rows that are remembered."""
_READERS = 2
_LIMITS = Limits(seconds=60.0, patience=120.0)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a value stood: the page of the file that was handed in, and the box on it in points.
    `sure`: from 0 to 1; `filled`: whether there was a value."""

    page: int
    box: tuple[float, float, float, float]
    sure: float
    filled: bool


@dataclass(frozen=True, kw_only=True)
class Paper:
    """The pages of one case. `path` may hold them alone: then its first page is page `first` of the file
    that was handed in."""

    path: Path
    first: int
    last: int
    cut: bool
    scanned: bool
    places: Mapping[str, Place]

    @property
    def placed(self) -> list[int]:
        """The pages on which values stood."""
        return sorted({place.page for place in self.places.values() if self.holds(place.page)})

    def holds(self, page: int) -> bool:
        return self.first <= page <= self.last

    def within(self, page: int) -> int:
        """Its number in the file that is drawn."""
        return page - self.first + 1 if self.cut else page


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One page as a picture, its size in points, and cuttings of its places by field."""

    width: float
    height: float
    kind: str  # as HTTP calls it
    content: bytes
    cuts: Mapping[str, bytes]

    @property
    def size(self) -> int:
        return len(self.content) + sum(map(len, self.cuts.values()))


@dataclass(frozen=True, kw_only=True)
class Cell:
    column: str  # as Excel names it
    heading: str
    text: str
    field: str  # of the record; empty: it is not read


@dataclass(frozen=True, kw_only=True)
class Row:
    sheet: str
    reference: str  # of the record that the row makes
    cells: tuple[Cell, ...]

    @property
    def size(self) -> int:
        return 200 + sum(100 + len(cell.text) for cell in self.cells)


class SourceFiles:
    """Each page and row is asked for once, however many wait for it. Nothing is written to a disk."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._known: OrderedDict[tuple[Any, ...], Drawn | Row] = OrderedDict()
        self._underway: dict[tuple[Any, ...], asyncio.Task[Any]] = {}
        self._sandboxes = [Sandbox(_LIMITS) for _ in range(_READERS)]
        # The one that was used last is the warm one.
        self._free: asyncio.LifoQueue[Sandbox] = asyncio.LifoQueue()
        for sandbox in self._sandboxes:
            self._free.put_nowait(sandbox)

    async def page(self, paper: Paper, number: int) -> Drawn:
        """Raises BusinessException for a file that is gone or cannot be drawn."""
        mine = {name: place for name, place in paper.places.items() if place.page == number}
        boxes = {name: (place.box, place.filled) for name, place in sorted(mine.items())}
        key = (paper.path, paper.within(number), paper.scanned, tuple(boxes.items()))

        async def draw(sandbox: Sandbox) -> Drawn:
            page = paper.within(number)
            found = await sandbox.draw(paper.path, [page], {page: boxes}, paper.scanned)
            if not found:
                raise refusal("no-such-page", "There is no such page in the document.")
            parts = ("width", "height", "kind", "content", "cuts")
            return Drawn(**{name: found[0][name] for name in parts})

        return cast(Drawn, await self._once(key, draw))

    async def row(self, process: Process[Any], path: Path, number: int) -> Row:
        """Raises BusinessException for a file that is gone or has no such row."""

        async def read(sandbox: Sandbox) -> Row:
            assert process.sheets is not None
            found = await sandbox.row(path, process.record, process.sheets, number)
            cells = tuple(Cell(**cell) for cell in found["cells"])
            return Row(sheet=found["sheet"], reference=found["reference"], cells=cells)

        return cast(Row, await self._once((path, number, process.name), read))

    @property
    def held(self) -> int:
        """Bytes that are remembered now."""
        return sum(one.size for one in self._known.values())

    async def close(self) -> None:
        for task in list(self._underway.values()):
            task.cancel()
        await asyncio.gather(*self._underway.values(), return_exceptions=True)
        for sandbox in self._sandboxes:
            await sandbox.__aexit__()

    async def _once(
        self, key: tuple[Any, ...], work: Callable[[Sandbox], Awaitable[Drawn | Row]]
    ) -> Drawn | Row:
        if not key[0].is_file():
            self._forget(key[0])  # what was erased is not shown from memory either
            raise refusal("file-erased", "The file that was handed in is not kept any more: it was erased.")
        if key in self._known:
            self._known.move_to_end(key)
            return self._known[key]
        task = self._underway.get(key)
        if task is None:
            task = self._underway[key] = asyncio.create_task(self._work(key, work))
            task.add_done_callback(lambda done: self._ended(key, done))
        # Who stops waiting does not stop the others.
        return cast("Drawn | Row", await asyncio.shield(task))

    async def _work(
        self, key: tuple[Any, ...], work: Callable[[Sandbox], Awaitable[Drawn | Row]]
    ) -> Drawn | Row:
        sandbox = await self._free.get()
        try:
            found = await work(sandbox)
        finally:
            self._free.put_nowait(sandbox)
        self._keep(key, found)
        return found

    def _ended(self, key: tuple[Any, ...], task: asyncio.Task[Any]) -> None:
        self._underway.pop(key, None)
        if not task.cancelled():
            task.exception()  # nobody may have waited to the end

    def _keep(self, key: tuple[Any, ...], found: Drawn | Row) -> None:
        self._known[key] = found
        while self.held > self._room:
            self._known.popitem(last=False)

    def _forget(self, path: Path) -> None:
        for key in [key for key in self._known if key[0] == path]:
            del self._known[key]


async def patiently(work: Awaitable[T], seconds: float) -> T:
    """Raises BusinessException when it takes longer; it goes on, for who asks again."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError:
        sentence = "The file is still being read. Load this page again in a moment."
        raise refusal("still-read", sentence) from None
