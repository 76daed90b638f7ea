"""The second half of keying: the intent of a save, and the save itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..core.errors import (
    BusinessException,
    Crowded,
    Held,
    NotFired,
    RequestStopped,
    SystemException,
    Unresolved,
)
from ..core.item import Intent, IntentStatus, Lease
from ..core.queue import Queue
from ..core.record import digest
from ..core.screens import Ended, Outcome, Permit
from ..core.sent import Sent
from ..core.systems import Systems
from ..core.value import folded
from .clock_watch import ClockWatch
from .task import Task

_POLL = 0.2
"""Seconds between two looks whether a save may begin."""


@dataclass(frozen=True, kw_only=True)
class _Ledger:
    """Of one lease: what it may not write, may not leave."""

    queue: Queue
    lease: Lease

    async def left(self, sent: Sent) -> None:
        await self.queue.note_left(self.lease, sent)

    async def ended(self, sent: Sent) -> None:
        await self.queue.note_ended(self.lease, sent)


class Committing:
    def __init__(
        self, *, queue: Queue, systems: Systems, lease_seconds: float, pence: Callable[[Any], int]
    ) -> None:
        """`pence`: the money that a record moves."""
        self._queue = queue
        self._systems = systems
        self._lease_seconds = lease_seconds
        self._pence = pence
        self._watch = ClockWatch(queue)

    async def in_turn(
        self, task: Task, seen: Sequence[str], unchanged: Callable[[Task], Awaitable[object]]
    ) -> tuple[Intent, Permit]:
        """Write the intent as soon as few enough other saves of this step are unproven.

        `seen`: references that the search showed; `unchanged`: raises when what is to be saved is not what
        was read.
        """
        timing = self._systems.timing(task.step.system)
        end = time.monotonic() + timing.window + timing.save
        while True:
            try:
                return await self._intend(task, seen)
            except Crowded:
                if time.monotonic() > end:
                    raise  # to be looked up anew: what was seen is of too long ago
            await asyncio.sleep(_POLL)
            await unchanged(task)  # what is saved is what was read last

    async def _intend(self, task: Task, seen: Sequence[str]) -> tuple[Intent, Permit]:
        step, screens, timing = task.step, task.screens, self._systems.timing(task.step.system)
        window = min(timing.window, self._lease_seconds / 2)
        lease = await self._queue.extend(task.lease, self._lease_seconds)
        await self._watch.saw(lease.expires - self._lease_seconds)
        # Our own clocks are read before the store's, so that our deadline is never the later one.
        wall, monotonic = time.time(), time.monotonic()
        intent = await self._queue.intend(
            lease,
            step=step.name,
            system=step.system,
            digest=mark_of(task),
            seen=seen,
            window=window,
            settle=timing.settle,
            writer=screens.writer,
            account=screens.account,
            pence=self._pence(task.record),
            at_risk=timing.at_risk,
        )
        permit = Permit(
            intent=intent.id,
            deadline=wall + window,
            monotonic_deadline=monotonic + window,
            ledger=_Ledger(queue=self._queue, lease=lease),
        )
        return intent, permit

    async def commit(self, task: Task, intent: Intent, permit: Permit) -> Outcome:
        """Raises Unresolved where nobody knows whether it was saved; the intent is closed where it provably
        was not."""
        action = task.step.commit.partition(".")[2]
        try:
            outcome = await task.screens.commit(action, permit)
        except (NotFired, RequestStopped, Held, BusinessException) as refusal:
            await self._queue.close_intent(task.lease, intent, IntentStatus.REFUSED, refusal.code)
            if not isinstance(refusal, NotFired):
                raise
            raise SystemException(refusal.code, refusal.sentence) from None
        if outcome.ended not in (Ended.SUCCESS, Ended.UNTOLD) and outcome.saved:
            sentence = "The target showed an error and did not say that nothing was saved."
            raise Unresolved(outcome.code, sentence)
        return outcome


def mark_of(task: Task) -> str:
    """Equal for records of one case, however they are written."""
    values = task.step.values(task.record)
    names = task.step.case or [name for name in values if name != task.step.stamp]
    return digest({name: folded(str(values[name])) for name in names})
