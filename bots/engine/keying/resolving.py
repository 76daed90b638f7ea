"""Finding out what became of an item in doubt, under a lease of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.absence import Absence
from ..core.errors import BusinessException, Unclear, Unresolved
from ..core.item import Intent, IntentStatus
from ..core.queue import Queue
from ..core.step import Step
from ..core.systems import Systems
from ..core.value import Found
from .absences import Absences
from .proving import OPENS_EMPTY, Keyed, Proving
from .task import Doubt, Task

SAID = (
    "said-saved",
    "The target said that it saved this, and does not show it under the reference that it gave.",
)


class Resolving:
    """Settles an open intent: adopted, proved absent, or a person's."""

    def __init__(self, *, queue: Queue, systems: Systems, proving: Proving) -> None:
        self._queue = queue
        self._systems = systems
        self._proving = proving
        self._absences = Absences(queue)

    async def resolve(self, task: Task, intent: Intent) -> Keyed | None:
        """The receipt when the change is in the target, None when it is proved that it is not.

        Raises Unclear when only a person can tell, Unresolved when it may be told later.
        """
        doubt = Doubt.about(await _matched(task), intent)
        said = await self._queue.said(intent)
        if said is not None:
            return await self._as_said(doubt, said)
        found = await doubt.step.find(doubt.screens, doubt.record)
        if not found:
            proof = await self._absences.prove(doubt)
            if isinstance(proof, Absence):
                why = f"proved by {proof.witness.value}"
                await self._queue.close_intent(doubt.lease, intent, IntentStatus.ABSENT, why, proof)
                return None
            found = proof
        return await self._adopt(doubt, found)

    async def _as_said(self, doubt: Doubt, reference: str) -> Keyed:
        """The target said that it saved it, and under which reference: it is that entry or a person's."""
        step, screens, record = doubt.step, doubt.screens, doubt.record
        if step.not_reopened_because:
            found = [one for one in await step.find(screens, record) if one.reference == reference]
        else:
            found = [Found(reference=reference, values={})]
        if not found:
            raise Unclear(*SAID, {"reference": reference})
        try:
            return await self._proving.adopt(doubt, found[0], doubt.intent)
        except BusinessException as error:
            code, sentence = SAID if _is_another(doubt, error) else (error.code, error.sentence)
            raise Unclear(code, sentence, {**error.detail, "reference": reference}) from None

    async def _adopt(self, doubt: Doubt, found: Sequence[Found]) -> Keyed:
        try:
            entry = await self._proving.only(doubt, found)
            if entry.reference in doubt.intent.seen:
                raise BusinessException("not-new", "The entry was there before this item was keyed.")
            return await self._proving.adopt(doubt, entry, doubt.intent)
        except BusinessException as error:
            raise Unclear(error.code, error.sentence, error.detail) from None

    async def can_begin(self, step: Step[Any], intent: Intent) -> None:
        """Raise unless this intent may be looked up by a machine now."""
        if step.not_searchable_because or step.not_looked_first_because:
            raise Unclear("cannot-be-searched", "This target cannot tell whether it was saved.")
        if self._systems.requests(step.system, step.commit) > 1:
            sentence = "This save has several parts. What a search shows of one does not show the others."
            raise Unclear("commit-half", sentence)
        if not await self._systems.gone(step.system, intent.writer):
            raise Unresolved(
                "browser-not-gone",
                "Nobody can tell from here whether the browser that was to save is gone: it may still act.",
            )


async def _matched(task: Task) -> Task:
    try:
        return await task.matched()
    except BusinessException as error:
        # The search that matches may be what fails now: another look may tell. A person is told meanwhile.
        raise Unresolved(error.code, error.sentence, error.detail) from None


def _is_another(doubt: Doubt, error: BusinessException) -> bool:
    """Whether what opens under a reference is not this case: nothing, another item's entry, or one that
    differs in that by which a case is known. A save that was taken back leaves its number to the next."""
    case = doubt.step.case or doubt.step.values(doubt.record)
    fields = error.detail.get("fields", ())
    return error.sentence == OPENS_EMPTY or "item" in error.detail or bool(set(case) & set(fields))
