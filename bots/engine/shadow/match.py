"""Looking up, for every item that a shadow run noted, what staff keyed meanwhile. It reads only."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..core.errors import ConfigurationError, RekeyError, SystemClosed, SystemException
from ..core.item import Receipt, State, WorkItem
from ..core.process import Process
from ..core.queue import Queue
from ..core.record import Record
from ..core.screens import TargetScreens
from ..core.shadowed import Seen, ShadowMatch, StepMatch
from ..core.step import Step
from ..core.summary import OnProgress, Progress
from ..core.systems import Systems
from ..core.value import Found, differences
from .notes import Note, Notes


class Matching:
    """Compares the newest note of every item with the target, in a session of its own."""

    def __init__(
        self, *, process: Process[Any], queue: Queue, systems: Systems, worker: str, notes: Notes
    ) -> None:
        self._process = process
        self._queue = queue
        self._systems = systems
        self._holder = f"{worker}/shadow-match"
        self._notes = notes

    async def compare(self, on_progress: OnProgress | None = None) -> ShadowMatch:
        began = time.monotonic()
        noted = self._notes.newest(self._process.name)
        receipts = await self._queue.receipts(self._process.name)
        ours = {(receipt.item, receipt.step) for receipt in receipts if _by_a_bot(receipt)}
        found: list[StepMatch] = []
        try:
            for number, (item, note) in enumerate(noted.items(), start=1):
                found += await self._item(item, note, ours)
                if on_progress is not None:
                    await on_progress(_progress(self._process.name, number, len(noted)))
        finally:
            await self._systems.leave_all(self._holder)
        seconds = round(time.monotonic() - began, 3)
        return ShadowMatch(process=self._process.name, noted=len(noted), steps=found, seconds=seconds)

    async def _item(self, item: str, note: Note, ours: set[tuple[str, str]]) -> list[StepMatch]:
        held = await self._queue.item(item)
        matched = []
        for step in self._process.steps:
            would = note.get("steps", {}).get(step.name)
            if held is None or would is None:
                code = note.get("code") or "unknown-item"
                matched.append(StepMatch(item=item, step=step.name, seen=Seen.NOT_REHEARSED, code=code))
            elif (item, step.name) in ours or held.state in (State.IN_PROGRESS, State.IN_DOUBT):
                matched.append(StepMatch(item=item, step=step.name, seen=Seen.BY_THE_BOT))
            else:
                matched.append(await self._step(step, held, would))
        return matched

    async def _step(self, step: Step[Any], held: WorkItem, would: Mapping[str, Any]) -> StepMatch:
        try:
            record = self._process.record.model_validate(dict(held.data))
            screens = await self._systems.enter(step.system, self._holder)
            return await self._looked_up(step, held.id, would, screens, record)
        except (SystemClosed, ConfigurationError):
            raise
        except RekeyError as error:
            if isinstance(error, SystemException):
                await self._systems.leave_all(self._holder)
            return StepMatch(item=held.id, step=step.name, seen=Seen.NOT_LOOKED_UP, code=error.code)
        except ValidationError:
            return StepMatch(item=held.id, step=step.name, seen=Seen.NOT_LOOKED_UP, code="invalid-record")

    async def _looked_up(
        self, step: Step[Any], item: str, would: Mapping[str, Any], screens: TargetScreens, record: Record
    ) -> StepMatch:
        if step.not_searchable_because:
            code = "cannot-be-searched"
            return StepMatch(item=item, step=step.name, seen=Seen.NOT_LOOKED_UP, code=code)
        found = await step.find(screens, await step.match(screens, record))
        # What stood there before the shadow run counts only where nothing came since.
        entries = [entry for entry in found if entry.reference not in would["in_target"]] or list(found)
        if len(entries) != 1:
            seen = Seen.SEVERAL if entries else Seen.NOT_FOUND
            return StepMatch(item=item, step=step.name, seen=seen)
        entry = entries[0]
        if not step.not_reopened_because:
            entry = await step.reopen(screens, entry.reference)
        return _compared(step, item, would["would_save"], entry)


def _by_a_bot(receipt: Receipt) -> bool:
    """Not an entry of staff that a bot found and took as the proof, or that a person named."""
    return receipt.proven and not (receipt.adopted and receipt.intent is None)


def _compared(step: Step[Any], item: str, would: Mapping[str, str], entry: Found) -> StepMatch:
    both: Sequence[str] = [name for name in would if name in entry.values]
    wrong = differences(would, entry.values)
    return StepMatch(
        item=item,
        step=step.name,
        seen=Seen.DIFFERENT if wrong else Seen.EQUAL,
        fields={name: name not in wrong for name in both},
    )


def _progress(process: str, done: int, total: int) -> Progress:
    return Progress(process=process, done=done, exceptions=0, total=total)
