"""A queue in memory, targets in memory, and workers that come and go."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from bots.engine.core.item import Hold, Intent, Lease, NewItem, Receipt, State, Transition, WorkItem
from bots.engine.core.points import Point
from bots.engine.core.process import Process, Retry
from bots.engine.core.step import Step
from bots.engine.core.summary import WorkSummary
from bots.engine.evidence import Evidence
from bots.engine.keying.runner import Runner
from tests.contract.twin.memory import MemoryQueue

from .own_time import OwnTime, at_once
from .small_screens import Killed, Life
from .small_systems import SmallSystems
from .small_target import POST, SYSTEM, Case, Listed, Target

PROCESS = "small"
RETRY = Retry(attempts=3, wait=30.0)
LEASE = 60.0


class Reach:
    """What a worker reaches of the queue: nothing once it is dead. `fails`: what a method raises, call by
    call, before it does anything."""

    def __init__(
        self, queue: MemoryQueue, life: Life, fails: Mapping[str, Iterator[Exception | None]]
    ) -> None:
        self._queue = queue
        self._life = life
        self._fails = fails

    def __getattr__(self, name: str) -> Any:
        self._life.check()
        trouble = next(self._fails.get(name, iter(())), None)
        if trouble is not None:
            raise trouble
        return getattr(self._queue, name)


@dataclass(kw_only=True)
class Office:
    """`at`: what happens when a worker passes a point, each time; `process`: changes of the small process."""

    folder: Path
    steps: Sequence[Step[Case]] = (Listed(),)
    process: Mapping[str, Any] = field(default_factory=dict)
    clock: OwnTime = field(default_factory=OwnTime)
    target: Target = field(default_factory=Target)
    post: Target = field(default_factory=Target)
    at: dict[Point, Callable[[], Any]] = field(default_factory=dict)
    fails: dict[str, Iterator[Exception | None]] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)
    workers: int = 0

    def __post_init__(self) -> None:
        pairs = {PROCESS: [(step.name, step.system) for step in self.steps]}
        self.queue = MemoryQueue(steps=pairs, clock=self.clock)
        self.batch = at_once(self.queue.open_batch(PROCESS, "by hand", "tester"))

    # ---- people ---------------------------------------------------------------------------------
    def hand_in(self, *keys: str, **more: Any) -> None:
        rows = [NewItem(reference=key, data={"key": key} | more) for key in keys]
        at_once(self.queue.add(PROCESS, self.batch, rows))

    def hold(self, scope: str = f"process:{PROCESS}", who: str = "Ann") -> None:
        self.queue.brake.holds.append(Hold(scope=scope, who=who, why="a test", since=self.clock.now))

    def takes_over(self) -> None:
        """Another worker has every item that is in work from now on."""
        for entry in self.queue.book.items.values():
            if entry.state is State.IN_PROGRESS:
                entry.token, entry.worker = entry.token + 1, "another"
                entry.expires, entry.lease_seconds = self.clock.now + 1000.0, 1000.0

    # ---- workers --------------------------------------------------------------------------------
    def systems(self, life: Life, passed: Callable[[Point], None], **more: Any) -> SmallSystems:
        return SmallSystems(
            targets={SYSTEM: self.target, POST: self.post},
            clock=self.clock,
            life=life,
            queue=Reach(self.queue, life, self.fails),  # type: ignore[arg-type]
            on_point=passed,
            **more,
        )

    def a_process(self) -> Process[Case]:
        facts: dict[str, Any] = {
            "name": PROCESS,
            "title": "Small",
            "owner": "Tests",
            "record": Case,
            "retry": RETRY,
            "pounds": lambda case: Decimal(case.pounds),
        }
        return Process(steps=self.steps, **facts | dict(self.process))

    def runner(
        self,
        life: Life,
        passed: Callable[[Point], None] | None = None,
        *,
        systems: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> tuple[Runner, SmallSystems]:
        on_point = passed or self._passed
        reached = self.systems(life, on_point, **systems or {})
        runner = Runner(
            process=self.a_process(),
            queue=Reach(self.queue, life, self.fails),  # type: ignore[arg-type]
            systems=reached,
            evidence=Evidence(self.folder),
            worker=life.worker,
            on_point=on_point,
            **{"lease_seconds": LEASE} | more,
        )
        return runner, reached

    def a_life(self) -> Life:
        self.workers += 1
        return Life(worker=f"w{self.workers}")

    def work(
        self, sessions: int = 1, *, max_items: int | None = None, on_progress: Any = None, **more: Any
    ) -> WorkSummary:
        """One run to its end, by a worker of its own."""
        return self.worked(sessions, max_items=max_items, on_progress=on_progress, **more)[0]

    def worked(
        self, sessions: int = 1, *, max_items: int | None = None, on_progress: Any = None, **more: Any
    ) -> tuple[WorkSummary, SmallSystems]:
        """The same, with the sessions that it had."""
        runner, systems = self.runner(self.a_life(), **more)
        run = runner.run(sessions=sessions, max_items=max_items, on_progress=on_progress)
        return self.clock.run(run), systems

    def killed(self, point: Point, number: int = 1, sessions: int = 1) -> bool:
        """A run whose process is killed when it passes a point so often; False: it ended before."""
        life, passed = self.a_life(), Counter[Point]()

        def pass_on(here: Point) -> None:
            life.check()
            self._passed(here)
            passed[here] += 1
            if here is point and passed[here] == number:
                life.end()

        runner, _ = self.runner(life, pass_on)
        with contextlib.suppress(BaseExceptionGroup, Killed):
            self.clock.run(runner.run(sessions=sessions))
        return not life.alive

    def stopped_at(self, point: Point, sessions: int = 1) -> None:
        """A run that is asked to cancel when it comes to a point."""

        async def cancelled() -> None:
            task = asyncio.ensure_future(runner.run(sessions=sessions))
            self.at[point] = task.cancel
            await asyncio.wait({task})
            assert task.cancelled()

        runner, _ = self.runner(self.a_life())
        self.clock.run(cancelled())
        del self.at[point]

    def _passed(self, point: Point) -> None:
        self.points.append(point)
        if point in self.at:
            self.at[point]()

    # ---- what came of it --------------------------------------------------------------------------
    def item(self, key: str) -> WorkItem:
        entry = self.queue.book.known(PROCESS, key)
        assert entry is not None
        return entry.shown()

    def items(self) -> list[WorkItem]:
        return at_once(self.queue.items(PROCESS))

    def told(self, key: str) -> tuple[State, str | None]:
        item = self.item(key)
        return item.state, item.code

    def states(self) -> Counter[State]:
        return Counter(item.state for item in self.items())

    def intents(self, key: str) -> list[Intent]:
        return at_once(self.queue.intents(self.item(key).id))

    def receipts(self, key: str) -> dict[str, Receipt]:
        return self.queue.book.receipts_of(self.item(key).id)

    def history(self, key: str) -> list[Transition]:
        return at_once(self.queue.history(self.item(key).id))

    def lease(self, worker: str = "w/1") -> Lease:
        """Of the next new item."""
        lease = at_once(self.queue.take(PROCESS, worker, LEASE))
        assert lease is not None
        return lease

    def doubt(self, worker: str = "w/1") -> Lease:
        """Of the next item in doubt, as soon as it may be looked up."""
        lease = at_once(self.queue.take_in_doubt(PROCESS, worker, LEASE))
        assert lease is not None
        return lease

    def doubted(self, key: str, point: Point = Point.INTENT) -> None:
        """An item whose worker was killed with an open intent, when nothing of it can arrive any more."""
        self.hand_in(key)
        assert self.killed(point)
        self.clock.forward(2 * LEASE)
        at_once(self.queue.expire(PROCESS))
        assert self.told(key) == (State.IN_DOUBT, None)
