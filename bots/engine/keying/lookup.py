"""Looking up for a person what a target's own search shows for an item now. Nothing is filled in or saved."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any

from pydantic import ValidationError

from ..core.errors import ConfigurationError, RekeyError, SystemClosed, SystemException
from ..core.item import Intent, IntentStatus, WorkItem
from ..core.lookup import Lookups, Sight, Sighted, Whose
from ..core.process import Process
from ..core.queue import Queue
from ..core.record import Record
from ..core.screens import Screens
from ..core.step import Step
from ..core.systems import Systems
from ..core.value import Found, as_people_write, differences
from .boundary import unexpected

_OPENED = 5
ERASED = "The item's data was erased meanwhile."
_HANGS = "The system or the browser did not answer in time. Ask again in a while."
_UNREADABLE = "The record is not as this process needs it: correct it first, then look again."


class LookingUp:
    """Answers one request at a time, with the holder's own session."""

    def __init__(
        self,
        *,
        process: Process[Any],
        queue: Queue,
        systems: Systems,
        lookups: Lookups,
        seconds: float,
        longest: float = 300.0,
    ) -> None:
        """`seconds`: how long a request is this worker's; after that another one looks. `longest`: how long
        looking may take at all."""
        self._process = process
        self._queue = queue
        self._systems = systems
        self._lookups = lookups
        self._seconds = seconds
        self._longest = longest

    async def one(self, holder: str) -> bool:
        """Answer the oldest request; False when there is none. Raises SystemClosed or ConfigurationError when
        a system cannot be worked at all: the request then waits on."""
        asked = await self._lookups.take(self._process.name, holder, self._seconds)
        if asked is None:
            return False
        item = await self._queue.item(asked.item)
        if item is None or not item.data:
            await self._lookups.answer(asked, holder, 0, Sight(step="", sentence=ERASED))
            return True
        sight = await self._in_time(holder, item)
        await self._lookups.answer(asked, holder, item.version, sight)
        return True

    async def _in_time(self, holder: str, item: WorkItem) -> Sight:
        """A browser that hangs is given up."""
        try:
            async with asyncio.timeout(self._longest):
                return await self._beating(holder, self._sight(item, holder))
        except TimeoutError:
            await self._systems.leave_all(holder)
            return Sight(step="", sentence=_HANGS)

    async def _beating(self, holder: str, work: Awaitable[Sight]) -> Sight:
        """A slow target must not outlast the licence of the session that searches it."""
        beat = asyncio.ensure_future(self._beat(holder))
        try:
            return await work
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)

    async def _beat(self, holder: str) -> None:
        while True:
            await asyncio.sleep(self._seconds / 3)
            await self._systems.beat(holder)

    async def _sight(self, item: WorkItem, holder: str) -> Sight:
        step, intent = await self._step(item)
        if step.not_searchable_because:
            return Sight(step=step.name, sentence=f"It cannot be searched for: {step.not_searchable_because}")
        try:
            record = self._process.record.model_validate(dict(item.data))
            return await self._search(step, intent, item, record, holder)
        except ValidationError:
            return Sight(step=step.name, sentence=_UNREADABLE)
        except (SystemClosed, ConfigurationError):
            raise
        except RekeyError as error:
            if isinstance(error, SystemException):
                await self._systems.leave_all(holder)
            return Sight(step=step.name, sentence=error.sentence)
        except Exception as error:
            await self._systems.leave_all(holder)
            return Sight(step=step.name, sentence=unexpected(error).sentence)

    async def _step(self, item: WorkItem) -> tuple[Step[Any], Intent | None]:
        """The step in doubt, or the first that is not in its target yet; with all of them there, the last."""
        steps = self._process.steps
        intents = await self._queue.intents(item.id)
        opened = next((one for one in intents if one.status is IntentStatus.OPEN), None)
        if opened is not None:
            doubted = next((step for step in steps if step.name == opened.step), steps[0])
            return doubted, opened
        proven = {receipt.step for receipt in await self._queue.receipts_of(item.id)}
        return next((step for step in steps if step.name not in proven), steps[-1]), None

    async def _search(
        self, step: Step[Any], intent: Intent | None, item: WorkItem, record: Record, holder: str
    ) -> Sight:
        screens = await self._systems.enter(step.system, holder)
        matched = await step.match(screens, record)
        meant = step.values(matched)
        entries = [
            Sighted(
                reference=found.reference,
                values={name: shown.text for name, shown in found.values.items()},
                differs=differences(meant, found.values),
                whose=await self._whose(step, intent, item, found),
            )
            for found in await self._whole(step, screens, await step.find(screens, matched))
        ]
        would = {name: as_people_write(value) for name, value in meant.items()}
        return Sight(step=step.name, meant=would, entries=entries)

    async def _whole(self, step: Step[Any], screens: Screens, listed: Sequence[Found]) -> list[Found]:
        """Each entry with all its values: a list shows some of them. Of many, the first are opened."""
        if step.not_reopened_because:
            return list(listed)
        opened = [await step.reopen(screens, one.reference) for one in listed[:_OPENED]]
        return [*opened, *listed[_OPENED:]]

    async def _whose(self, step: Step[Any], intent: Intent | None, item: WorkItem, found: Found) -> Whose:
        owner = await self._queue.owner(step.system, step.name, found.reference)
        if owner not in (None, item.id):
            return Whose.OTHERS
        return Whose.BEFORE if intent is not None and found.reference in intent.seen else Whose.NOBODYS
