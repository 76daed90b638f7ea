"""Takes items, works them, ends their leases. What an error makes of an item: see boundary.py."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ..core.errors import ConfigurationError, LeaseLost, RekeyError, SystemClosed, SystemException
from ..core.hours import Clock, wall_clock
from ..core.item import Ending, Lease, State
from ..core.lookup import Lookups
from ..core.points import OnPoint, Point, pass_by
from ..core.process import Process
from ..core.queue import Queue
from ..core.summary import OnProgress, Raised, WorkSummary
from ..core.systems import Systems
from ..evidence import Evidence
from .attempt import Attempt, Handling
from .boundary import Boundary, Work
from .braking import Braking, May
from .crew import Crew
from .lookup import LookingUp
from .opening import Opening
from .protocol import Keying
from .run import Run

_ENDING = 15.0
"""Seconds in which work that was stopped puts away what it holds."""


ASKING = 1800.0
"""Seconds within which every system must have said what it holds: the longest lists take minutes."""
_NOT_ASKED = "Nothing was keyed, because a system could not be asked what it holds."


class Runner:
    """Works one process's queue with N holders, each with one session per system."""

    def __init__(
        self,
        *,
        process: Process[Any],
        queue: Queue,
        systems: Systems,
        evidence: Evidence,
        worker: str,
        lookups: Lookups | None = None,
        lease_seconds: float = 60.0,
        patience: float = 60.0,
        look_again: float = 10.0,
        ask_first: Callable[[], Awaitable[None]] | None = None,
        longest: float | None = None,
        on_point: OnPoint = pass_by,
        clock: Clock = wall_clock,
    ) -> None:
        """`lookups`: what people ask to be looked up, which goes before items. Seconds: `patience`, how long
        a run waits for items that are due later before it ends; `look_again`, until an item whose search
        could not settle it is looked up again; `longest`, that an item may take (None: from the maps).
        `ask_first`: what must be known before anything is keyed.
        """
        self._ask_first = ask_first
        self._process = process
        self._queue = queue
        self._systems = systems
        self._worker = worker
        self._lease_seconds = lease_seconds
        self._patience = patience
        self._on_point = on_point
        self._longest = longest or self._from_maps()
        keying = Keying(
            queue=queue,
            systems=systems,
            lease_seconds=lease_seconds,
            on_point=on_point,
            pence=process.pence,
        )
        self._handling = Handling(process=process, queue=queue, systems=systems, keying=keying)
        self._boundary = Boundary(
            process=process,
            queue=queue,
            systems=systems,
            evidence=evidence,
            look_again=look_again,
            most_takes=self._handling.most_takes,
        )
        self._looking_up = (
            LookingUp(
                process=process,
                queue=queue,
                systems=systems,
                lookups=lookups,
                seconds=lease_seconds,
                longest=self._longest,
            )
            if lookups is not None
            else None
        )
        self._steps = [step.name for step in process.steps]
        self._braking = Braking(process=process, queue=queue, seconds=self._longest + lease_seconds)
        self._opening = Opening(systems=systems, names=process.systems, clock=clock)

    async def run(
        self,
        *,
        sessions: int = 2,
        max_items: int | None = None,
        on_progress: OnProgress | None = None,
        stop: asyncio.Event | None = None,
    ) -> WorkSummary:
        """Drain the queue. Ends when nothing can be taken, when `stop` is set, held, or closed out."""
        await self._queue.expire(self._process.name)
        counts = await self._queue.counts(self._process.name)
        run = Run(
            process=self._process.name,
            most=max_items,
            shadow=False,
            total=counts[State.NEW] + counts[State.IN_DOUBT],
            stop=stop or asyncio.Event(),
            on_progress=on_progress,
        )
        limit = min([sessions, *(self._systems.limit(name) for name in self._process.systems)])
        holders = [f"{self._worker}/{number}" for number in range(1, limit + 1)]
        crew = Crew(holders, {name: self._systems.pace(name) for name in self._process.systems})
        try:
            await self._asked(run)
            async with asyncio.TaskGroup() as group:
                for holder in holders:
                    group.create_task(self._hold(run, crew, holder))
        except BaseExceptionGroup as errors:
            # Not `except*`: what is raised in it comes out in another group with Python 3.11.2 (Debian 12).
            if errors.split(RekeyError)[1] is not None:
                raise
            raise _first(errors) from None
        finally:
            await self._queue.note_drift(self._systems.drift())
        await self._queue.expire(self._process.name)  # also what this run had to let go of
        counts = await self._queue.counts(self._process.name)
        return run.summary(counts, self._systems.drift(), crew.given_back)

    async def _asked(self, run: Run) -> None:
        """Whatever keeps that from being known ends the run before it takes anything."""
        if self._ask_first is None or await self._shut(run) or await self._braking.stopped(run):
            return
        asking, stop = asyncio.ensure_future(self._ask_first()), asyncio.ensure_future(run.stop.wait())
        try:
            first = asyncio.FIRST_COMPLETED
            done, _ = await asyncio.wait({asking, stop}, timeout=ASKING, return_when=first)
        finally:  # also of a run that is cancelled: nobody may ask on when its systems are closed
            stop.cancel()
            await _cancelled(asking)
        if asking not in done:
            if not run.stop.is_set():
                run.halt(f"{_NOT_ASKED} It did not answer in time.", blocked=True)
            return
        try:
            asking.result()
            run.last_move = time.monotonic()  # a long list is no reason to wait for items less long
        except (SystemException, ConfigurationError) as error:
            run.halt(f"{_NOT_ASKED} {error.sentence}", blocked=True)

    def _from_maps(self) -> float:
        """Twice a lease is for what is waited for besides the targets: a free session, a turn to save."""
        steps = [self._systems.timing(step.system).step for step in self._process.steps]
        return sum(steps) + 2 * self._lease_seconds

    # ---- one holder -------------------------------------------------------------------------
    async def _hold(self, run: Run, crew: Crew, holder: str) -> None:
        try:
            while not run.over and not await self._shut(run):
                if crew.gives_back(holder):
                    await self._rest(run, crew, holder)
                    continue
                may = await self._braking.may(run, holder)
                if may is None or await self._works(run, holder, may):
                    continue
                if may.held and run.in_hand:
                    await run.rest(None)  # what is in hand may let it go
                    continue
                due = await self._due(may)
                if due is None or run.quiet + due > self._patience:
                    if may.held:
                        run.halt(may.held, blocked=True)
                    return
                if due > self._lease_seconds / 3:
                    await self._systems.leave_all(holder)  # a session that rests is somebody else's to use
                await run.rest(max(min(due, self._opening.left() - self._needed(run)), 0.05))
        finally:
            crew.ended(holder)
            run.moved.set()
            await self._systems.leave_all(holder)

    async def _due(self, may: May) -> float | None:
        """Seconds until something may be done."""
        if may.again is not None:
            return may.again
        return await self._queue.due_in(self._process.name, doubts=not may.new)

    async def _works(self, run: Run, holder: str, may: May) -> bool:
        """Do one thing that may be done; False when there is none now."""
        if may.doubts and await self._looked_up(run, holder):
            return True
        if await self._one(run, holder, may):
            return True
        if may.probes:
            await self._braking.end(holder)
        return False

    async def _rest(self, run: Run, crew: Crew, holder: str) -> None:
        """Leave the systems to others until they answer quickly again, or nobody else works."""
        await self._systems.leave_all(holder)
        while not run.over and crew.rests_on(holder):
            await run.rest(None)

    def _needed(self, run: Run) -> float:
        """Seconds that an item may take: the longest of this run, and never less than saving may take."""
        timings = [self._systems.timing(step.system) for step in self._process.steps]
        return max(run.longest, sum(timing.window + timing.save for timing in timings))

    async def _shut(self, run: Run) -> bool:
        """Whether a system does not stay open for one more item. If any waits, the run says until when."""
        shut = self._opening.shut(self._needed(run))
        if shut is None:
            return False
        counts = await self._queue.counts(self._process.name)
        due = await self._queue.due_in(self._process.name)
        if counts[State.NEW] or (counts[State.IN_DOUBT] and due is not None):
            run.halt(shut.sentence(counts[State.NEW]), blocked=False)
        return True

    async def _looked_up(self, run: Run, holder: str) -> bool:
        """Answer one request of a person, who waits for it; False when there is none."""
        try:
            return self._looking_up is not None and await self._looking_up.one(holder)
        except (SystemClosed, ConfigurationError) as error:
            await self._systems.leave_all(holder)
            run.halt(error.sentence, blocked=True)
            return True

    async def _one(self, run: Run, holder: str, may: May) -> bool:
        """Take and work one item; False when there is none now."""
        if run.over:
            return False
        run.taken += 1  # before the store is asked: no other session may take one too many meanwhile
        found = await self._take(run, holder, may)
        if found is None:
            run.taken -= 1
            return False
        lease, work = found
        self._on_point(Point.TAKEN)
        taken = lease.expires - self._lease_seconds
        began = time.monotonic()
        run.in_hand += 1
        try:
            await self._handle(run, Attempt(lease=lease, holder=holder, began=taken), work)
        finally:
            run.in_hand -= 1
            run.moved.set()
        run.longest = max(run.longest, time.monotonic() - began)
        return True

    async def _take(self, run: Run, holder: str, may: May) -> tuple[Lease, Work] | None:
        """By turns what is in doubt and what is new: neither may starve the other. A run that gets nothing on
        any more leaves what is in doubt to the next."""
        doubts = (self._queue.take_in_doubt, self._handling.resolve)
        new = (self._queue.take, self._handling.key)
        ways = [doubts] if may.doubts and run.quiet <= self._patience else []
        if may.new:
            ways = [new, *ways] if run.doubt_last else [*ways, new]
        for take, work in ways:
            lease = await take(self._process.name, holder, self._lease_seconds)
            if lease is not None:
                run.doubt_last = lease.intent is not None
                return lease, work
        return None

    # ---- one item ---------------------------------------------------------------------------
    async def _handle(self, run: Run, attempt: Attempt, work: Work) -> None:
        """Work an item while its lease is renewed, and write how it ended."""
        lease, holder = attempt.lease, attempt.holder
        lost = asyncio.Event()
        task = asyncio.ensure_future(self._boundary.ending(run, attempt, work))
        beat = asyncio.ensure_future(self._beat(run, attempt, task, lost))
        try:
            done, _ = await asyncio.wait({task}, timeout=self._longest)
            ending = task.result() if done else await self._overran(run, attempt, task, beat)
        except asyncio.CancelledError:
            await _cancelled(task)
            await self._systems.leave_all(holder)
            if lost.is_set():
                return  # the item is not ours any more: nothing may be written
            await self._give_back(lease)
            raise
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
        await self._finish(run, lease, ending)

    async def _overran(
        self, run: Run, attempt: Attempt, task: asyncio.Future[Any], beat: asyncio.Future[None]
    ) -> Ending:
        """An item took longer than any may: its lease is not renewed, nothing of it goes on, the run ends."""
        beat.cancel()
        sentence = (
            f"An item took longer than the {self._longest:.0f} seconds that one may take, and was stopped."
        )
        run.halt(f"{sentence} A browser, the system or the store does not answer.", blocked=True)
        ending = self._boundary.overran(attempt, sentence)
        await _cancelled(task)
        await self._systems.leave_all(attempt.holder)
        return ending

    async def _give_back(self, lease: Lease) -> None:
        ending = Ending(
            state=State.NEW,
            code="cancelled",
            sentence="The run was cancelled.",
            count_attempt=False,
            writer_closed=True,
        )
        with contextlib.suppress(RekeyError):
            await self._queue.finish(lease, ending, self._steps)

    async def _beat(
        self, run: Run, attempt: Attempt, task: asyncio.Future[Ending | None], lost: asyncio.Event
    ) -> None:
        """Renew the lease while the item is worked; without it, stop the work at once."""
        try:
            while not task.done():
                await asyncio.sleep(self._lease_seconds / 3)
                await self._queue.extend(attempt.lease, self._lease_seconds)
                await self._systems.beat(attempt.holder)
        except RekeyError as error:
            if isinstance(error, SystemException):  # the store does not answer: somebody has to see to it
                run.halt(error.sentence, blocked=True)
            lost.set()
            task.cancel()

    async def _finish(self, run: Run, lease: Lease, ending: Ending | None) -> None:
        if ending is None:
            return
        try:
            state = await self._queue.finish(lease, ending, self._steps)
        except LeaseLost:
            return
        self._on_point(Point.FINISHED)
        raised = None
        if state not in (State.DONE, State.NEW):
            raised = Raised(
                item=lease.item.id,
                code=ending.code or state.value,
                state=state.value,
                sentence=ending.sentence or "",
            )
        # An item that is looked up again and again must not keep the run alive.
        moved = not (lease.intent is not None and state is State.IN_DOUBT)
        await run.ended(lease.item.id, raised, state, moved=moved)


async def _cancelled(task: asyncio.Future[Any]) -> None:
    """Wait until it has ended; not for ever, because what it waits for may hang."""
    task.cancel()
    await asyncio.wait({task}, timeout=_ENDING)


def _first(errors: BaseExceptionGroup[Any]) -> RekeyError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
