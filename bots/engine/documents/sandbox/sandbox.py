"""Reading what people hand in at a distance: in a process that may take so much time and memory, and no more.

    async with Sandbox() as sandbox:
        reading = await sandbox.read(path, process.record, process.sheets, process.papers)
        async for items in reading.items: ...

The process stays warm from file to file, and reads on while the items are put into the queue: reading so is
quicker than in our own process. A file that ends its reader is refused; the next one gets a new reader.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import psutil

from ...core.column import Sheets
from ...core.errors import BusinessException, SystemException
from ...core.item import NewItem
from ...core.papers import Papers
from ...core.record import Record
from ..answers.answer import Answer
from ..mail.attached import Attached
from ..refusals import BREAKS, DAMAGED, FAR_APART, TOO_LARGE, breaks_the_reader, too_large, too_slow
from .frames import SIZE, framed, unframed

_START_WITHIN = 60.0  # seconds; it takes a third of one
_WATCH_EVERY = 0.05  # seconds between two looks at what the reader takes, for which there is no event
_AHEAD = 4 << 20  # bytes of answers that may wait for us: the reader works ahead
_LONGEST = 1 << 28  # bytes of one answer
_FULL = 0.7  # of the memory; models that read pictures take 0.6, and are kept
_RESERVED = 3  # times as much address space as memory: libraries reserve much that they never use
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONUTF8")
"""Of our own environment: no address, no password, no key."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one file may take until the next part of it has been read."""

    seconds: float = 120.0  # of a processor: a machine that has much else to do makes no file too slow
    patience: float = 1200.0  # seconds by the clock, for a reader that waits for what never comes
    megabytes: int = 1000


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A file that can be read. `items`: once, in parts, in the order of the rows. What there is to say of all
    of them stands among the `warnings` when they have ended."""

    sheet: str
    header_row: int
    warnings: Sequence[str]
    items: AsyncGenerator[list[NewItem]]


class Sandbox:
    """One reader, for one file after the other."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._reader: asyncio.subprocess.Process | None = None
        self._too_large = self._too_slow = False
        self._worked: float | None = None  # seconds of a processor, when the next part was asked for
        self._reads = False
        self.seconds, self.megabytes = 0.0, 0.0
        """What the last file took, at most; our own work between its parts counts as well."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._end()

    async def read(
        self,
        path: Path,
        record: type[Record],
        sheets: Sheets | None,
        papers: Papers | None = None,
        keep: Path | None = None,
    ) -> Reading:
        """`keep`: where the pages of each case on paper are put. Raises a BusinessException for a file that
        cannot be taken; `items` may, too, in the middle."""
        frames = self._frames(
            {
                "path": str(path.absolute()),
                "record": _named(record),
                "sheets": sheets.plain() if sheets else None,
                "papers": vars(papers) if papers else None,
                "keep": str(keep.absolute()) if keep else "",
            }
        )
        sheet, header_row, warnings = (await anext(frames))["reading"]
        items = _items(frames, warnings)
        return Reading(sheet=sheet, header_row=header_row, warnings=warnings, items=items)

    async def look(self, path: Path, folder: Path | None = None) -> AsyncIterator[dict[str, Any]]:
        """What is in any document, as `preview.look` gives it. Raises a BusinessException."""
        job = {"path": str(path.absolute()), "look": str(folder.absolute()) if folder else ""}
        async with aclosing(self._frames(job)) as frames:
            async for frame in frames:
                yield frame

    async def draft(self, path: Path, name: str, class_name: str, title: str) -> dict[str, Any]:
        """A first draft of a record and a layout, as `draft.drafting` gives it. Raises a
        BusinessException."""
        job = {"path": str(path.absolute()), "draft": name, "class": class_name, "title": title}
        async with aclosing(self._frames(job)) as frames:
            [drafted] = [frame["drafted"] async for frame in frames if "drafted" in frame]
            found: dict[str, Any] = drafted
            return found

    async def try_layout(
        self, path: Path, layout: Path, record: type[Record] | None = None, folder: Path | None = None
    ) -> list[dict[str, Any]]:
        """What one layout, which must be a good one, takes from a document, as `trying.tried` gives it.
        Raises a BusinessException."""
        job = {
            "path": str(path.absolute()),
            "try": str(layout.absolute()),
            "record": _named(record) if record else "",
            "pictures": str(folder.absolute()) if folder else "",
        }
        async with aclosing(self._frames(job)) as frames:
            return [frame["case"] async for frame in frames]

    async def draw(
        self,
        path: Path,
        numbers: Sequence[int],
        places: Mapping[int, Mapping[str, tuple[Sequence[float], bool]]],
        scanned: bool,
    ) -> list[dict[str, Any]]:
        """Pages as `page_picture.draw_pages` gives them, with pictures as bytes. `places`: by page and field
        the box of a value, and whether there was one. Raises a BusinessException."""
        told = {str(page): dict(fields) for page, fields in places.items()}
        job = {"path": str(path.absolute()), "draw": list(numbers), "places": told, "scanned": scanned}
        async with aclosing(self._frames(job)) as frames:
            return [_unpacked(frame["picture"]) async for frame in frames]

    async def row(self, path: Path, record: type[Record], sheets: Sheets, number: int) -> dict[str, Any]:
        """One row of a sheet, as `preview.look_at_row` gives it. Raises a BusinessException."""
        job = {
            "path": str(path.absolute()),
            "row": number,
            "record": _named(record),
            "sheets": sheets.plain(),
        }
        async with aclosing(self._frames(job)) as frames:
            [row] = [frame["row"] async for frame in frames]
            found: dict[str, Any] = row
            return found

    async def unpack(self, path: Path, folder: Path, stem: str) -> list[Attached] | None:
        """The documents that a file holds, as files in `folder`; None: it is a document itself. Raises a
        BusinessException."""
        job = {"path": str(path.absolute()), "unpack": str(folder.absolute()), "stem": stem}
        async with aclosing(self._frames(job)) as frames:
            found = [frame async for frame in frames]
        return None if {"itself": True} in found else [Attached(**frame["attached"]) for frame in found]

    async def answer(
        self, original: Path, target: Path, header: Mapping[str, int], answers: Sequence[Answer]
    ) -> Path:
        """Write a return workbook, as `returned.write_return` does. Raises a BusinessException."""
        job = {
            "path": str(original.absolute()),
            "answer": str(target.absolute()),
            "header": dict(header),
            "answers": [one.plain() for one in answers],
        }
        async with aclosing(self._frames(job)) as frames:
            [written] = [frame["written"] async for frame in frames]
        return Path(written)

    async def _frames(self, job: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        try:
            async with aclosing(self._twice(job)) as frames:
                async for frame in frames:
                    yield frame
        except BusinessException as refusal:
            if refusal.code in (TOO_LARGE, BREAKS):
                await self._say_if_far_apart(job["path"])
            raise

    async def _say_if_far_apart(self, path: str) -> None:
        """The commonest reason why a workbook of a usual size cannot be held, and one that staff can mend."""
        measured = self.seconds, self.megabytes
        try:
            async with aclosing(self._once({"spread": path})) as frames:
                assert [frame async for frame in frames] == []
        except BusinessException as refusal:
            if refusal.code in (FAR_APART, DAMAGED):
                raise
        finally:
            self.seconds, self.megabytes = measured

    async def _twice(self, job: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        if self._reads or self._is_full():  # the rest of a file that nobody wanted, or its memory
            await self._end()
        fresh, told = self._is_gone(), False
        try:
            async with aclosing(self._once(job)) as frames:
                async for frame in frames:
                    told = True
                    yield frame
                return
        except BusinessException as refusal:
            if refusal.code != TOO_LARGE or fresh or told:
                raise
        # What earlier files left behind was counted against this one: once more, by a reader of its own.
        await self._end()
        async with aclosing(self._once(job)) as frames:
            async for frame in frames:
                yield frame

    async def _once(self, job: dict[str, Any]) -> AsyncGenerator[dict[str, Any]]:
        began = time.monotonic()
        reader, self._reads, ended = await self._started(), True, False
        watch = asyncio.create_task(self._watch(reader))
        try:
            await _send(reader, job)
            while True:
                self._worked = _seconds_of(reader.pid)
                frame = await self._next(reader, self._limits.patience)
                self._worked = None  # what it reads ahead meanwhile nobody waits for
                ended = frame.keys() <= {"end", "refused", "broken"}
                if "refused" in frame:
                    raise BusinessException(*frame["refused"])
                if "broken" in frame:
                    raise breaks_the_reader(frame["broken"])
                if ended:
                    return
                yield frame
        finally:
            watch.cancel()
            if reader is self._reader:
                self.seconds, self._reads = time.monotonic() - began, False
                if not ended:
                    await self._end()

    def _is_full(self) -> bool:
        """Whether what earlier files left behind would be counted against the next one."""
        if self._reader is None or self._is_gone():
            return False
        with contextlib.suppress(psutil.Error):
            size: float = psutil.Process(self._reader.pid).memory_info().rss / 1e6
            return size > _FULL * self._limits.megabytes
        return False

    def _is_gone(self) -> bool:
        return self._reader is None or self._reader.returncode is not None

    async def _next(self, reader: asyncio.subprocess.Process, seconds: float) -> dict[str, Any]:
        assert reader.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                size = int.from_bytes(await reader.stdout.readexactly(SIZE), "big")
                if size > _LONGEST:
                    raise breaks_the_reader("an answer without end")
                found: dict[str, Any] = unframed(await reader.stdout.readexactly(size))
                return found
        except TimeoutError:
            raise too_slow(self._limits.seconds) from None
        except asyncio.IncompleteReadError:
            status = await reader.wait()
            if self._too_slow:
                raise too_slow(self._limits.seconds) from None
            raise (too_large() if self._too_large else breaks_the_reader(f"status {status}")) from None

    async def _watch(self, reader: asyncio.subprocess.Process) -> None:
        self.megabytes = 0.0
        with contextlib.suppress(psutil.Error):
            process = psutil.Process(reader.pid)
            while True:
                size = process.memory_info().rss / 1e6
                self.megabytes = max(self.megabytes, size)
                self._too_large = size > self._limits.megabytes
                if self._worked is not None:
                    self._too_slow = _seconds_of(reader.pid) > self._worked + self._limits.seconds
                if self._too_large or self._too_slow:
                    process.kill()
                    return
                await asyncio.sleep(_WATCH_EVERY)

    async def _started(self) -> asyncio.subprocess.Process:
        if self._reader is None or self._is_gone():
            self._too_large = self._too_slow = False
            self._reader = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bots.engine.documents.sandbox.reader"),
                str(self._limits.megabytes * _RESERVED),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # a library's message may quote the file
                env={name: os.environ[name] for name in _KEPT if name in os.environ},
                limit=_AHEAD,
            )
            try:
                await self._next(self._reader, _START_WITHIN)
            except BusinessException:  # no file is to blame
                await self._end()
                sentence = "The program that reads files did not start. Nothing was read; try again."
                raise SystemException("reader-did-not-start", sentence) from None
        return self._reader

    async def _end(self) -> None:
        if self._reader is not None:
            with contextlib.suppress(ProcessLookupError):
                self._reader.kill()
            await self._reader.communicate()
            self._reader = None


def _named(record: type[Record]) -> str:
    return f"{record.__module__}:{record.__qualname__}"


def _unpacked(picture: dict[str, Any]) -> dict[str, Any]:
    cuts = {name: base64.b64decode(cut) for name, cut in picture["cuts"].items()}
    return picture | {"content": base64.b64decode(picture["content"]), "cuts": cuts}


def _seconds_of(pid: int) -> float:
    """Of a processor that a process has used."""
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0


async def _send(reader: asyncio.subprocess.Process, job: dict[str, Any]) -> None:
    assert reader.stdin is not None
    with contextlib.suppress(ConnectionError):  # it is gone: that there is no answer will tell
        reader.stdin.write(framed(job))
        await reader.stdin.drain()


async def _items(
    frames: AsyncGenerator[dict[str, Any]], warnings: list[str]
) -> AsyncGenerator[list[NewItem]]:
    async with aclosing(frames):
        async for frame in frames:
            if "said" in frame:
                warnings += frame["said"]
                continue
            yield [
                NewItem(
                    reference=reference,
                    data=data,
                    origin=origin,
                    code=code,
                    sentence=sentence,
                    detail=detail,
                    item=item,
                )
                for reference, data, origin, code, sentence, detail, item in frame["items"]
            ]
