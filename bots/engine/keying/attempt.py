"""One attempt at one item: its steps keyed in order, or its doubt settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from ..core.errors import BusinessException, Held, NeedsApproval, SystemException, Unclear
from ..core.item import Ending, IntentStatus, Kind, Lease, Receipt, State
from ..core.limits import FIRST_ITEMS, LARGE_CASE, Leave
from ..core.process import Process
from ..core.queue import Queue
from ..core.record import Record
from ..core.step import Step
from ..core.systems import Systems
from .protocol import Keying
from .resolving import Resolving
from .run import Run
from .task import Task

_ASKED = {
    Leave.WANTED: (
        FIRST_ITEMS,
        "One of the first items of this bot: a person must agree to what it would save.",
    ),
    Leave.LARGE: (LARGE_CASE, "This case moves much money: a person must agree to what would be saved."),
}
_ON_A_WORD = "A person said that it is saved, and the target cannot show it again: their word is the proof."


@dataclass(kw_only=True)
class Attempt:
    """A holder's hands on an item: where it is, and what is in the targets by now."""

    lease: Lease
    holder: str
    began: float  # when the item was taken, by the store's clock
    system: str | None = None  # on which it works
    step: str = ""  # which it keys
    on_a_word: bool = False  # a step is taken as saved because a person said so
    proven: dict[str, Receipt] = field(init=False)

    def __post_init__(self) -> None:
        self.proven = dict(self.lease.receipts)


class Handling:
    """Does what an attempt is for. Raises what went wrong; the runner decides what that means."""

    def __init__(self, *, process: Process[Any], queue: Queue, systems: Systems, keying: Keying) -> None:
        self.most_takes = 4 * process.retry.attempts
        self._process = process
        self._queue = queue
        self._systems = systems
        self._keying = keying
        self._resolving = Resolving(queue=queue, systems=systems, proving=keying.proving)
        self._steps = {step.name: step for step in process.steps}

    async def _task(self, attempt: Attempt, step: Step[Any], record: Record) -> Task:
        attempt.system = step.system
        screens = await self._systems.enter(step.system, attempt.holder)
        return Task(step=step, lease=attempt.lease, screens=screens, record=record)

    async def key(self, run: Run, attempt: Attempt) -> Ending:
        """Key every step that has no receipt yet, in order."""
        lease = attempt.lease
        if lease.item.attempts > self.most_takes:  # looks while in doubt count too
            raise final("attempts-exhausted", "Every attempt at this item ended without a result.")
        record = self._record(lease)
        for rule in self._process.rules:
            rule(record)
        leave = await self._queue.leave(lease, self._process.pence(record))
        if leave is Leave.FULL:
            raise Held(FIRST_ITEMS, "The first items of this bot wait until a person has agreed to them.")
        if not lease.receipts:
            for step in self._process.steps[1:]:
                await self._keying.foresee(await self._task(attempt, step, record))
        if leave in _ASKED:
            await self._show(attempt, record, *_ASKED[leave])
        for step in self._process.steps:
            receipt = lease.receipts.get(step.name)
            if receipt is not None and receipt.proven:
                continue
            if receipt is not None:
                await self._verify(step, attempt, record, receipt)
                continue
            attempt.step = step.name
            keyed = await self._keying.step(await self._task(attempt, step, record))
            attempt.proven[step.name] = keyed.receipt
            run.adopted += keyed.adopted
            run.keyed += not keyed.adopted
        return Ending(state=State.DONE, sentence=_ON_A_WORD if attempt.on_a_word else None)

    async def _show(self, attempt: Attempt, record: Record, code: str, sentence: str) -> None:
        """Raise NeedsApproval with what the next step would save, unless the target has it already."""
        left = [step for step in self._process.steps if step.name not in attempt.lease.receipts]
        if not left:
            return
        shown = await self._keying.rehearse(await self._task(attempt, left[0], record))
        if shown is not None:
            would = {name: value.text for name, value in shown.items()}
            raise NeedsApproval(code, sentence, {"step": left[0].name, "would_save": would})

    async def _verify(self, step: Step[Any], attempt: Attempt, record: Record, receipt: Receipt) -> None:
        """See that what a person said is in the target is there. Where its entry cannot be read again, the
        person's word stays the receipt."""
        task = await self._task(attempt, step, record)
        try:
            values = await self._keying.proving.verify(task, receipt)
        except BusinessException:
            del attempt.proven[step.name]
            raise
        attempt.on_a_word = attempt.on_a_word or not values
        attempt.proven[step.name] = replace(receipt, values=values)

    async def resolve(self, run: Run, attempt: Attempt) -> Ending:
        """Find out what became of an open intent; with a receipt the item goes on to its next step."""
        lease = attempt.lease
        intent = lease.intent
        if intent is None or intent.step not in self._steps:
            raise Unclear("unknown-step", "The step in doubt is no longer part of this process.")
        step = self._steps[intent.step]
        await self._resolving.can_begin(step, intent)
        task = await self._task(attempt, step, self._record(lease))
        keyed = await self._resolving.resolve(task, intent)
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
            record: Record = self._process.record.model_validate(dict(lease.item.data)).stamped(lease.item.id)
        except ValidationError as error:
            fields = sorted({str(part["loc"][0]) if part["loc"] else "record" for part in error.errors()})
            sentence = f"The record is not as this process needs it ({', '.join(fields)})."
            raise BusinessException("invalid-record", sentence, {"fields": fields}) from None
        return record


def final(code: str, sentence: str, detail: Mapping[str, Any] | None = None) -> SystemException:
    """A system exception that trying again does not mend."""
    failed = SystemException(code, sentence, detail)
    failed.retriable = False
    return failed
