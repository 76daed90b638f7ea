"""What one run counts and when it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.item import State
from ..core.summary import OnProgress, Progress, Raised, WorkSummary


@dataclass(kw_only=True)
class Run:
    """The shared state of a run's workers."""

    process: str
    most: int | None
    shadow: bool
    total: int
    stop: asyncio.Event
    on_progress: OnProgress | None
    taken: int = 0
    in_hand: int = 0  # items that are worked now
    doubt_last: bool = (
        True  # a new one has its turn: what is keyed now proves the search for what is in doubt
    )
    done: int = 0
    keyed: int = 0
    adopted: int = 0
    longest: float = 0.0  # seconds that an item took
    retried: int = 0
    stopped: str = ""
    blocked: bool = False
    raised: dict[str, Raised] = field(default_factory=dict)
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # an item ended since somebody rested
    began: float = field(default_factory=time.monotonic)
    last_move: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        if self.stop.is_set() and not self.stopped:
            self.stopped = "asked to stop"
        return bool(self.stopped) or (self.most is not None and self.taken >= self.most)

    def halt(self, why: str, *, blocked: bool) -> None:
        """End the run after the items in hand. `blocked`: it could not do its work."""
        self.stopped = self.stopped or why
        self.blocked = self.blocked or blocked
        self.moved.set()  # who rests, looks again

    @property
    def quiet(self) -> float:
        """Seconds since the run last got an item on."""
        return time.monotonic() - self.last_move

    async def rest(self, seconds: float | None) -> None:
        """Wait until an item or a holder's work ends, the run is stopped or the seconds are over."""
        self.moved.clear()
        waits = [asyncio.ensure_future(event.wait()) for event in (self.stop, self.moved)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()

    async def ended(self, item: str, raised: Raised | None, state: State, *, moved: bool) -> None:
        self.moved.set()
        self.raised.pop(item, None)  # what was in doubt earlier in this run may be settled now
        if moved:
            self.last_move = time.monotonic()
        if state is State.DONE:
            self.done += 1
        elif raised is not None:
            self.raised[raised.item] = raised
        else:
            self.retried += 1
        if self.on_progress is not None:
            await self.on_progress(self.progress())

    def progress(self) -> Progress:
        handled = self.done + len(self.raised)
        return Progress(
            process=self.process,
            done=self.done,
            exceptions=len(self.raised),
            total=max(self.total, handled),
        )

    def summary(self, waiting: Mapping[State, int], drift: Mapping[str, int], given_back: int) -> WorkSummary:
        return WorkSummary(
            process=self.process,
            taken=self.taken,
            done=self.done,
            keyed=self.keyed,
            adopted=self.adopted,
            raised=tuple(self.raised.values()),
            retried=self.retried,
            waiting={state.value: count for state, count in waiting.items()},
            stopped=self.stopped,
            blocked=self.blocked,
            shadow=self.shadow,
            drift=drift,
            given_back=given_back,
            seconds=round(time.monotonic() - self.began, 3),
        )
