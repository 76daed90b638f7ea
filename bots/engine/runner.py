"""The one place where an exception becomes an item's state: takes items, works them, ends their leases."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from . import part_done
from .core.errors import (
    BusinessException,
    Busy,
    ConfigurationError,
    Held,
    LeaseLost,
    RekeyError,
    SignedOut,
    SystemClosed,
    SystemException,
    Unclear,
    Unresolved,
)
from .core.item import Ending, IntentStatus, Kind, Lease, Receipt, State
from .core.points import OnPoint, Point, pass_by
from .core.process import Process
from .core.queue import BREAKER, NEVER, Queue, scopes_of
from .core.record import Record
from .core.screens import TargetScreens
from .core.step import Step
from .core.summary import OnProgress, Raised, WorkSummary
from .core.systems import Systems
from .evidence import Evidence
from .keying import Keying
from .resolving import Resolving
from .run import Run

BREAKER_LIMIT = 5
"""System exceptions in a row after which a system is held."""
Work = Callable[[Run, Lease, str], Awaitable[Ending]]


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
        lease_seconds: float = 60.0,
        patience: float = 60.0,
        look_again: float = 10.0,
        on_point: OnPoint = pass_by,
    ) -> None:
        """Seconds: `patience`, how long a run waits for items that are due later before it ends;
        `look_again`, until an item whose search could not settle it is looked up again.
        """
        self._process = process
        self._queue = queue
        self._systems = systems
        self._evidence = evidence
        self._worker = worker
        self._lease_seconds = lease_seconds
        self._patience = patience
        self._look_again = look_again
        self._on_point = on_point
        self._keying = Keying(queue=queue, systems=systems, lease_seconds=lease_seconds, on_point=on_point)
        self._resolving = Resolving(process=process, queue=queue, systems=systems, keying=self._keying)
        self._steps = {step.name: step for step in process.steps}
        self._most_takes = 4 * process.retry.attempts
        self._where: dict[str, str] = {}  # the system that a holder works on
        self._proven: dict[str, dict[str, Receipt]] = {}  # what is in the targets of a holder's item

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
        try:
            async with asyncio.TaskGroup() as group:
                for holder in holders:
                    group.create_task(self._hold(run, holder))
        except* RekeyError as errors:
            raise _first(errors) from None
        return run.summary(await self._queue.counts(self._process.name), self._systems.drift())

    # ---- one holder -------------------------------------------------------------------------
    async def _hold(self, run: Run, holder: str) -> None:
        try:
            while not run.over and not await self._held(run):
                if await self._one(run, holder):
                    continue
                due = await self._queue.due_in(self._process.name)
                if due is None or run.quiet + due > self._patience:
                    return
                if due > self._lease_seconds / 3:
                    await self._systems.leave_all(holder)  # a session that rests is somebody else's to use
                await run.rest(max(due, 0.05))
        finally:
            await self._systems.leave_all(holder)

    async def _held(self, run: Run) -> bool:
        scopes = {scope for name in self._process.systems for scope in scopes_of(self._process.name, name)}
        holds = await self._queue.holds(sorted(scopes))
        if holds:
            # Who and why may name people: they stay in the store.
            run.halt(f"held: {holds[0].scope}", blocked=any(hold.who == BREAKER for hold in holds))
        return bool(holds)

    async def _one(self, run: Run, holder: str) -> bool:
        """Take and work one item; False when there is none now."""
        work: Work = self._resolve
        lease = await self._queue.take_in_doubt(self._process.name, holder, self._lease_seconds)
        if lease is None:
            work = self._key
            lease = await self._queue.take(self._process.name, holder, self._lease_seconds)
        if lease is None:
            return False
        run.taken += 1
        self._on_point(Point.TAKEN)
        await self._handle(run, lease, holder, work)
        return True

    # ---- the boundary -----------------------------------------------------------------------
    async def _handle(self, run: Run, lease: Lease, holder: str, work: Work) -> None:
        """Work an item while its lease is renewed, and write how it ended."""
        lost = asyncio.Event()
        task = asyncio.ensure_future(self._attempt(run, lease, holder, work))
        beat = asyncio.ensure_future(self._beat(lease, holder, task, lost))
        try:
            ending = await task
        except asyncio.CancelledError:
            await self._systems.leave_all(holder)
            if lost.is_set():
                return  # the item is not ours any more: nothing may be written
            await self._give_back(lease)
            raise
        finally:
            beat.cancel()
            await asyncio.gather(beat, return_exceptions=True)
        await self._finish(run, lease, ending)

    async def _give_back(self, lease: Lease) -> None:
        ending = Ending(
            state=State.NEW,
            code="cancelled",
            sentence="The run was cancelled.",
            count_attempt=False,
            browser_closed=True,
        )
        with contextlib.suppress(RekeyError):
            await self._queue.finish(lease, ending, list(self._steps))

    async def _beat(
        self, lease: Lease, holder: str, task: asyncio.Future[Ending | None], lost: asyncio.Event
    ) -> None:
        """Renew the lease while the item is worked; without it, stop the work at once."""
        try:
            while not task.done():
                await asyncio.sleep(self._lease_seconds / 3)
                await self._queue.extend(lease, self._lease_seconds)
                await self._systems.beat(holder)
        except RekeyError:
            lost.set()
            task.cancel()

    async def _finish(self, run: Run, lease: Lease, ending: Ending | None) -> None:
        if ending is None:
            return
        try:
            state = await self._queue.finish(lease, ending, list(self._steps))
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

    async def _attempt(self, run: Run, lease: Lease, holder: str, work: Work) -> Ending | None:
        """Everything that can happen to an item, as the state that it leads to."""
        self._where.pop(holder, None)
        self._proven[holder] = dict(lease.receipts)
        try:
            return await work(run, lease, holder)
        except BusinessException as error:
            return await self._raised(lease, holder, error, State.EXCEPTION, Kind.BUSINESS)
        except Unclear as error:
            return await self._doubtful(lease, holder, error, NEVER)
        except Unresolved as error:
            return await self._doubtful(lease, holder, error, self._look_again if lease.intent else 0.0)
        except LeaseLost:
            await self._systems.leave_all(holder)
            return None
        except Held as error:
            run.halt(error.sentence, blocked=False)
            return self._back(lease, error, count=False)
        except (SystemClosed, ConfigurationError) as error:
            await self._systems.leave_all(holder)
            run.halt(error.sentence, blocked=True)
            return self._back(lease, error, count=False)
        except SystemException as error:
            return await self._failed(lease, holder, error)
        except Exception as error:
            return await self._failed(lease, holder, _unexpected(error))

    async def _raised(self, lease: Lease, holder: str, error: RekeyError, state: State, kind: Kind) -> Ending:
        evidence = await self._picture(lease, holder, error.code)
        steps, proven = self._process.steps, self._proven[holder]
        detail = {**error.detail, **part_done.facts(steps, proven), "evidence": evidence}
        sentence = " ".join(filter(None, (error.sentence, part_done.words(steps, proven, error))))
        return Ending(state=state, kind=kind, code=error.code, sentence=sentence, detail=detail)

    async def _doubtful(self, lease: Lease, holder: str, error: RekeyError, delay: float) -> Ending:
        ending = await self._raised(lease, holder, error, State.IN_DOUBT, Kind.SYSTEM)
        await self._systems.leave_all(holder)  # nothing of this browser context may fire later
        ours = lease.intent is None  # it was this very session that was to commit
        return replace(ending, delay=delay, browser_closed=ours, count_attempt=ours)

    async def _failed(self, lease: Lease, holder: str, error: SystemException) -> Ending:
        ending = await self._raised(lease, holder, error, State.EXCEPTION, Kind.SYSTEM)
        system, well = self._where.get(holder), isinstance(error, Busy)
        if not well:
            await self._systems.leave_all(holder)
        # One item counts once, however often it is tried: two awkward records are not a broken system.
        if system is not None and lease.item.attempts <= 1 and not well:
            await self._queue.system_failed(system, error.code, BREAKER_LIMIT)
        if lease.intent is not None:
            return replace(ending, state=State.IN_DOUBT, delay=self._look_again, count_attempt=False)
        retry = self._process.retry
        ending = replace(ending, browser_closed=True)
        # A session that ended says nothing of the item: it may try for as long as an item is taken at all.
        most = self._most_takes if isinstance(error, SignedOut) else retry.attempts
        if not error.retriable or lease.item.attempts >= most:
            return ending
        delay = 0.0 if isinstance(error, SignedOut) else retry.wait * 2 ** (lease.item.attempts - 1)
        return replace(ending, state=State.NEW, delay=delay)

    @staticmethod
    def _back(lease: Lease, error: RekeyError, *, count: bool) -> Ending:
        state = State.IN_DOUBT if lease.intent is not None else State.NEW
        return Ending(state=state, code=error.code, sentence=error.sentence, count_attempt=count)

    async def _picture(self, lease: Lease, holder: str, code: str) -> str | None:
        """Evidence of the screen that this very item was on; without a screen, or room to keep it, none."""
        system = self._where.get(holder)
        screens = self._systems.current(system, holder) if system else None
        if screens is None:
            return None
        try:
            return self._evidence.keep(lease.item.id, code, await screens.evidence())
        except (OSError, ValueError):
            return None

    async def _enter(self, system: str, holder: str) -> TargetScreens:
        self._where[holder] = system
        return await self._systems.enter(system, holder)

    # ---- the work ---------------------------------------------------------------------------
    async def _key(self, run: Run, lease: Lease, holder: str) -> Ending:
        """Key every step that has no receipt yet, in order."""
        if lease.item.attempts > self._most_takes:  # looks while in doubt count too
            raise _final("attempts-exhausted", "Every attempt at this item ended without a result.")
        record = self._record(lease)
        for rule in self._process.rules:
            rule(record)
        if not lease.receipts:
            for step in self._process.steps[1:]:
                await self._keying.foresee(step, lease, await self._enter(step.system, holder), record)
        for step in self._process.steps:
            receipt = lease.receipts.get(step.name)
            if receipt is not None and receipt.proven:
                continue
            if receipt is not None:
                await self._verify(step, lease, holder, record, receipt)
                continue
            screens = await self._enter(step.system, holder)
            keyed = await self._keying.step(step, lease, screens, record)
            self._proven[holder][step.name] = keyed.receipt
            run.adopted += keyed.adopted
            run.keyed += not keyed.adopted
        return Ending(state=State.DONE)

    async def _verify(
        self, step: Step[Any], lease: Lease, holder: str, record: Record, receipt: Receipt
    ) -> None:
        """See that what a person said is in the target is there."""
        proven = self._proven[holder]
        try:
            values = await self._keying.verify(
                step, lease, await self._enter(step.system, holder), record, receipt
            )
        except BusinessException:
            del proven[step.name]
            raise
        proven[step.name] = replace(receipt, values=values)

    async def _resolve(self, run: Run, lease: Lease, holder: str) -> Ending:
        """Find out what became of an open intent; with a receipt the item goes on to its next step."""
        intent = lease.intent
        if intent is None or intent.step not in self._steps:
            raise Unclear("unknown-step", "The step in doubt is no longer part of this process.")
        step = self._steps[intent.step]
        await self._resolving.can_begin(step, intent)
        screens = await self._enter(step.system, holder)
        keyed = await self._resolving.resolve(step, lease, intent, screens, self._record(lease))
        if keyed is None:
            return await self._absent(lease)
        run.adopted += 1
        sentence = "The saved entry was found and taken as the receipt."
        if len(self._steps) == 1:
            return Ending(state=State.DONE, sentence=sentence)
        return Ending(state=State.NEW, code="adopted", sentence=sentence, count_attempt=False)

    async def _absent(self, lease: Lease) -> Ending:
        """Proved not to be there: to be keyed again, unless that was tried often enough."""
        intents = await self._queue.intents(lease.item.id)
        absent = sum(intent.status is IntentStatus.ABSENT for intent in intents)
        if absent < self._process.retry.attempts:
            sentence = "It is proved that nothing was saved: to be keyed again."
            return Ending(state=State.NEW, code="proved-absent", sentence=sentence, count_attempt=False)
        sentence = f"It was saved {absent} times and is not there: the target does not keep it."
        return Ending(state=State.EXCEPTION, kind=Kind.SYSTEM, code="not-kept", sentence=sentence)

    def _record(self, lease: Lease) -> Record:
        try:
            record: Record = self._process.record.model_validate(dict(lease.item.data))
        except ValidationError as error:
            fields = sorted({str(part["loc"][0]) if part["loc"] else "record" for part in error.errors()})
            sentence = f"The record is not as this process needs it ({', '.join(fields)})."
            raise BusinessException("invalid-record", sentence, {"fields": fields}) from None
        return record


def _first(errors: BaseExceptionGroup[Any]) -> RekeyError:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


def _unexpected(error: Exception) -> SystemException:
    """A mistake in our own code: where it was, without its message, which may quote the record."""
    places = [f"{Path(f.filename).name}:{f.lineno}" for f in traceback.extract_tb(error.__traceback__)]
    sentence = f"The bot itself failed ({type(error).__name__}). The automation team has to look at it."
    return _final("unexpected", sentence, {"places": places})


def _final(code: str, sentence: str, detail: Mapping[str, Any] | None = None) -> SystemException:
    """A system exception that trying again does not mend."""
    failed = SystemException(code, sentence, detail)
    failed.retriable = False
    return failed
