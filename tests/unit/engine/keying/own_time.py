"""Time that passes only when everything waits: a test that takes ten minutes of it costs no time at all."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar
from unittest.mock import patch

from bots.engine.keying import clock_watch, committing, run, runner, trying

T = TypeVar("T")
_TURNS = 50_000
"""Of a loop, at most: no test needs a tenth of them."""


class OwnTime:
    """The one clock of a test: of the store, of the workers and of their event loop."""

    def __init__(self) -> None:
        self.passed = 0.0
        """Seconds since it began: few enough for a loop, which must tell apart what is very close."""

    @property
    def now(self) -> float:
        return 1_800_000_000.0 + self.passed

    def __call__(self, _connection: object = None) -> float:
        return self.now

    time = monotonic = __call__

    def forward(self, seconds: float) -> None:
        self.passed += seconds

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Until it has ended. What never ends, fails."""
        loop = _Loop(self)
        try:
            with self._lent():
                return loop.run_until_complete(work)
        finally:
            _end(loop)

    @contextmanager
    def _lent(self) -> Iterator[None]:
        """In place of the clocks of this machine."""
        with ExitStack() as stack:
            for module in (committing, run, runner, trying):
                stack.enter_context(patch.object(module, "time", self))
            watch = partial(clock_watch.ClockWatch, monotonic=self)
            stack.enter_context(patch.object(committing, "ClockWatch", watch))
            stack.enter_context(patch.object(runner, "Run", self.a_run))
            yield

    def a_run(self, **given: Any) -> run.Run:
        return run.Run(**given, began=self.now, last_move=self.now)


def _end(loop: asyncio.AbstractEventLoop) -> None:
    """As `asyncio.run` does."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.wait(left) if left else asyncio.sleep(0))
    loop.close()


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: OwnTime) -> None:
        self.clock = clock
        super().__init__(_Leaping(clock.forward))

    def time(self) -> float:
        return self.clock.passed


class _Leaping(selectors.SelectSelector):
    """Waits for nothing: the clock leaps to the moment for which it would have waited."""

    def __init__(self, forward: Callable[[float], None]) -> None:
        super().__init__()
        self._forward = forward
        self._turns = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._turns += 1
        if self._turns > _TURNS:
            self._turns = 0  # so that what is left may still end
            raise AssertionError("it never ends")
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        assert timeout is not None, "everything waits for ever"
        self._forward(timeout)
        return ready


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """What comes of something that waits for nothing, as the queue in memory does."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("it waits for something")
