"""What a holder may do while the brake holds its process or one of its systems."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..core.brake import BRAKE
from ..core.item import Hold
from ..core.process import Process
from ..core.queue import RESTORED, Queue, scopes_of
from .run import Run


@dataclass(frozen=True, kw_only=True)
class May:
    """`doubts`: items in doubt may be looked up; `new`: new ones may be keyed; `held`: in the words of a
    run, why not all of it; `again`: seconds until it is worth asking again."""

    doubts: bool = True
    new: bool = True
    held: str = ""
    again: float | None = None

    @property
    def probes(self) -> bool:
        """Whether one item was let through to see whether it is over."""
        return bool(self.held) and self.new


class Braking:
    """Asks the store before each item."""

    def __init__(self, *, process: Process[Any], queue: Queue, seconds: float) -> None:
        """`seconds`: how long an item may take that is let through to see whether it is over."""
        self._queue = queue
        self._seconds = seconds
        self._scopes = sorted({one for name in process.systems for one in scopes_of(process.name, name)})

    async def may(self, run: Run, holder: str) -> May | None:
        """None: a person holds it, and the run ends."""
        holds = await self._queue.holds(self._scopes)
        if _stops(run, holds):
            return None
        return await self._probing(holds, holder) if holds else May()

    async def stopped(self, run: Run) -> bool:
        """Whether the run ends for a hold that nothing but a person lets go."""
        return _stops(run, await self._queue.holds(self._scopes))

    async def end(self, holder: str) -> None:
        """There was nothing to let through."""
        await self._queue.end_probe(holder)

    async def _probing(self, holds: Collection[Hold], holder: str) -> May:
        first = next(iter(holds))
        held = f"held: {first.scope}: {first.why}"
        causes = [hold.cause for hold in holds if hold.cause is not None]
        stops = [one for one in causes if not one.looks]
        if not stops:
            return May(new=False, held=held)
        if len(stops) < len(causes):
            # What a person must release stands beside it.
            return May(doubts=False, new=False, held=held, again=math.inf)
        if await self._queue.probe(self._scopes, holder, self._seconds):
            return May(held=held)
        latest = max(one.probe or 0.0 for one in stops)
        again = max(latest - await self._queue.now(), 0.0)
        return May(doubts=False, new=False, held=held, again=again)


def _stops(run: Run, holds: Collection[Hold]) -> bool:
    others = [hold for hold in holds if hold.cause is None]
    if others:
        # Who and why may name people: they stay in the store.
        run.halt(f"held: {others[0].scope}", blocked=any(hold.who in (RESTORED, BRAKE) for hold in others))
    return bool(others)
