"""Source, queue and target, compared. The target is read by its own list, search and entries."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Any

from ..core.item import Receipt, State, WorkItem
from ..core.process import Process
from ..core.queue import Queue
from ..core.step import Step
from ..core.summary import OnProgress, Progress, Reconciliation, Why
from ..core.systems import Systems
from ..core.value import Found
from .case import Findings, cases_of
from .source import compare_source
from .step import StepSide
from .target import Target

SignIns = Mapping[str, Collection[str]]
"""By system: the names under which our bots sign in, and have signed in."""


class Reconcile:
    """Reads the source and every target again and says what does not agree. Writes only the store's trust."""

    def __init__(self, *, queue: Queue, systems: Systems, worker: str, sign_ins: SignIns) -> None:
        self._queue = queue
        self._systems = systems
        self._holder = f"{worker}/reconcile"
        self._sign_ins = sign_ins

    async def compare(self, process: Process[Any], on_progress: OnProgress | None = None) -> Reconciliation:
        began = time.monotonic()
        try:
            source = await compare_source(process, self._queue, self._systems, self._holder)
            steps = await self._steps(process, on_progress)
        finally:
            await self._systems.leave_all(self._holder)
        counts = await self._queue.counts(process.name)
        result = Reconciliation(
            process=process.name,
            source=source.rows,
            in_target=sum(step.in_target for step in steps),
            missing=(*source.missing, *chain.from_iterable(step.missing for step in steps)),
            twice=tuple(chain.from_iterable(step.twice for step in steps)),
            different=(*source.different, *chain.from_iterable(step.different for step in steps)),
            unknown=tuple(chain.from_iterable(step.unknown for step in steps)),
            in_doubt=counts[State.IN_DOUBT],
            waiting=sum(step.waiting for step in steps),
            seconds=round(time.monotonic() - began, 3),
        )
        await self._queue.trust(process.name, result.clean)
        return result

    async def _steps(self, process: Process[Any], on_progress: OnProgress | None) -> list[Findings]:
        """The lists first, the store after them: what is keyed meanwhile has its receipt, or its intent."""
        targets = [Target(step=step, systems=self._systems, holder=self._holder) for step in process.steps]
        began = await self._queue.now()
        lists = [await target.listing() for target in targets]
        items = await self._queue.items(process.name, limit=1_000_000)
        receipts = await self._queue.receipts(process.name)
        fired = {step.name: await self._queue.begun(process.name, step.name) for step in process.steps}
        after_each = _counted(process, len(receipts), on_progress)
        sides = [
            self._side(process, target, listed, items, receipts, fired, began)
            for target, listed in zip(targets, lists, strict=True)
        ]
        return [await side.compare(after_each) for side in sides]

    def _side(
        self,
        process: Process[Any],
        target: Target,
        listed: Mapping[str, Found],
        items: Sequence[WorkItem],
        receipts: Sequence[Receipt],
        fired: Mapping[str, Collection[str]],
        began: float,
    ) -> StepSide:
        step: Step[Any] = target.step
        side = StepSide(
            target=target,
            cases=cases_of(process, step, items, receipts, fired[step.name]),
            listed=listed,
            hands=self._sign_ins.get(step.system, ()),
            aside={one.hand for one in process.steps},
            began=began - self._systems.timing(step.system).settle,
        )
        if not target.whole:
            side.findings.unfinished(Why.UNFINISHED)
        return side


def _counted(
    process: Process[Any], total: int, on_progress: OnProgress | None
) -> Callable[[], Awaitable[None]]:
    done = 0

    async def after_each() -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            await on_progress(Progress(process=process.name, done=done, exceptions=0, total=total))

    return after_each
