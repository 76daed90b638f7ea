"""Reading a process's source into the queue. Every row gets an outcome; reading twice adds once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from ..core.errors import ConfigurationError, SignedOut
from ..core.hours import Clock, wall_clock
from ..core.item import AddOutcome, NewItem
from ..core.process import Process, Source, SourceRow
from ..core.queue import Queue
from ..core.summary import IntakeSummary, OnProgress, Progress
from ..core.systems import Systems
from ..core.working_days import WorkingDays
from ..keying.opening import Opening
from .deadlines import dated

_CHUNK = 20
_TRIES = 3


class Intake:
    """Reads sources through their screens, in a session of its own."""

    def __init__(
        self,
        *,
        queue: Queue,
        systems: Systems,
        worker: str,
        clock: Clock = wall_clock,
        working_days: WorkingDays | None = None,
    ) -> None:
        self._queue = queue
        self._systems = systems
        self._holder = f"{worker}/intake"
        self._clock = clock
        self._days = working_days or WorkingDays()

    async def read(self, process: Process[Any], on_progress: OnProgress | None = None) -> IntakeSummary:
        """Queue every row that the source shows. A session that ends is begun again from the top."""
        if process.source is None:
            raise ConfigurationError("no-source", f"The process {process.name} has no source to read.")
        began = time.monotonic()
        seen = self._begin(process.source)
        if seen.closing():
            return _summary(process, "", seen, began)
        batch = await self._queue.open_batch(process.name, process.source.system, self._holder)
        try:
            for attempt in range(1, _TRIES + 1):
                try:
                    await self._read_once(process, batch, seen, on_progress)
                    break
                except SignedOut:
                    await self._systems.leave(process.source.system, self._holder)
                    if attempt == _TRIES:
                        raise
        finally:
            await self._systems.leave_all(self._holder)
        return _summary(process, batch, seen, began)

    def _begin(self, source: Source) -> Seen:
        opening = Opening(systems=self._systems, names=[source.system], clock=self._clock)
        return Seen(opening=opening, margin=self._systems.timing(source.system).window)

    async def _read_once(
        self, process: Process[Any], batch: str, seen: Seen, on_progress: OnProgress | None
    ) -> None:
        assert process.source is not None
        screens = await self._systems.enter(process.source.system, self._holder)
        waiting: list[NewItem] = []
        try:
            async for row in process.source.rows(screens):
                if row.failed is not None:
                    seen.unread.add(row.reference)
                else:
                    waiting.append(new_item(process, row))
                if len(waiting) == _CHUNK:
                    chunk, waiting = waiting, []
                    await self._add(process, batch, chunk, seen, on_progress)
                if seen.closing():
                    break
        finally:
            # Also when the source ends in an error: what was read is kept.
            await self._add(process, batch, waiting, seen, on_progress)

    async def _add(
        self,
        process: Process[Any],
        batch: str,
        rows: Sequence[NewItem],
        seen: Seen,
        on_progress: OnProgress | None,
    ) -> None:
        dues = dated(process, rows, await self._queue.now(), self._days)
        outcomes = await self._queue.add(process.name, batch, dues)
        for row, (outcome, item) in zip(rows, outcomes, strict=True):
            seen.outcomes.setdefault(item, outcome)  # read again after a sign-in, it is still new
            seen.unread.discard(row.reference)
            if row.code:
                seen.refused.add(item)
        if on_progress is not None:
            read = len(seen.outcomes)
            await on_progress(Progress(process=process.name, done=read, exceptions=0, total=read))


@dataclass(kw_only=True)
class Seen:
    """What one intake has seen so far, over its sign-ins."""

    opening: Opening
    margin: float  # seconds in which a row is read
    stopped: str = ""  # why nothing more is read
    outcomes: dict[str, AddOutcome] = field(default_factory=dict)  # by item
    unread: set[str] = field(default_factory=set)  # references
    refused: set[str] = field(default_factory=set)  # items

    def closing(self) -> bool:
        """Whether the source does not stay open for one more row."""
        shut = self.opening.shut(self.margin)
        self.stopped = shut.sentence() if shut is not None else ""
        return shut is not None


def _summary(process: Process[Any], batch: str, seen: Seen, began: float) -> IntakeSummary:
    counts = Counter(seen.outcomes.values())
    return IntakeSummary(
        process=process.name,
        batch=batch,
        source=len(seen.outcomes) + len(seen.unread),
        added=counts[AddOutcome.ADDED],
        same=counts[AddOutcome.SAME],
        changed=counts[AddOutcome.CHANGED],
        updated=counts[AddOutcome.UPDATED],
        refused=len(seen.refused),
        unread=len(seen.unread),
        stopped=seen.stopped,
        seconds=round(time.monotonic() - began, 3),
    )


def new_item(process: Process[Any], row: SourceRow) -> NewItem:
    """A row as an item; one that is no valid record is an exception from the start, never dropped."""
    try:
        record = process.record.model_validate(dict(row.data))
    except ValidationError as error:
        wrong = {".".join(str(p) for p in e["loc"]) or "record": e["msg"] for e in error.errors()}
        sentence = f"The source's data is not as this process needs it ({', '.join(sorted(wrong))})."
        return NewItem(
            reference=row.reference,
            data=row.data,
            origin=row.origin,
            code="invalid-record",
            sentence=sentence,
            detail={"fields": wrong},
        )
    return NewItem(reference=record.reference, data=record.data(), origin=row.origin)
