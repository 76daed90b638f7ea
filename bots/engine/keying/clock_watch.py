"""Notices that the store's clock was set, by the worker's own clock that nobody can set."""

from __future__ import annotations

import time
from collections.abc import Callable

from ..core.queue import Queue

TOLERANCE = 2.0
"""Seconds: clocks are slewed, and a question takes its time."""


class ClockWatch:
    """Compares how far both clocks came between two looks. The monotonic clock only ever goes on."""

    def __init__(self, queue: Queue, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._monotonic = monotonic
        self._last: tuple[float, float] | None = None  # store's, own

    async def saw(self, now: float) -> None:
        """`now`: what the store's clock said a moment ago."""
        own = self._monotonic()
        last, self._last = self._last, (now, own)
        if last is not None and abs((now - last[0]) - (own - last[1])) > TOLERANCE:
            await self._queue.clock_was_set()
