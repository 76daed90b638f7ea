"""Finding out what became of an item in doubt, under a lease of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .core.errors import BusinessException, RekeyError, SystemException, Unclear, Unresolved
from .core.item import Intent, IntentStatus, Lease
from .core.process import Process
from .core.queue import Queue
from .core.record import Record
from .core.screens import TargetScreens
from .core.step import Step
from .core.systems import Systems
from .core.value import Found
from .keying import Keyed, Keying


class Resolving:
    """Settles an open intent: adopted, proved absent, or a person's."""

    def __init__(self, *, process: Process[Any], queue: Queue, systems: Systems, keying: Keying) -> None:
        self._process = process
        self._queue = queue
        self._systems = systems
        self._keying = keying

    async def resolve(
        self, step: Step[Any], lease: Lease, intent: Intent, screens: TargetScreens, record: Record
    ) -> Keyed | None:
        """The receipt when the change is in the target, None when it is proved that it is not.

        Raises Unclear when only a person can tell, Unresolved when it may be told later.
        """
        record = await self._matched(step, screens, record)
        for _ in range(2):
            found = await step.find(screens, record)
            if found:
                return await self._adopt(step, lease, intent, screens, record, found)
            # Before and after the second look: a search that comes and goes proves nothing.
            await self._prove_alive(step, lease, intent, screens)
        await self._queue.close_intent(lease, intent, IntentStatus.ABSENT, "a live search does not show it")
        return None

    async def _matched(self, step: Step[Any], screens: TargetScreens, record: Record) -> Record:
        try:
            matched: Record = await step.match(screens, record)
        except BusinessException as error:
            # The search that matches may be what fails now: another look may tell, and a person is told
            # meanwhile.
            raise Unresolved(error.code, error.sentence, error.detail) from None
        return matched

    async def _adopt(
        self,
        step: Step[Any],
        lease: Lease,
        intent: Intent,
        screens: TargetScreens,
        record: Record,
        found: Sequence[Found],
    ) -> Keyed:
        try:
            entry = await self._keying.only(step, lease, record, found)
            if entry.reference in intent.seen:
                raise BusinessException("not-new", "The entry was there before this item was keyed.")
            return await self._keying.adopt(step, lease, screens, record, entry, intent)
        except BusinessException as error:
            raise Unclear(error.code, error.sentence, error.detail) from None

    async def _prove_alive(
        self, step: Step[Any], lease: Lease, intent: Intent, screens: TargetScreens
    ) -> None:
        """The same search must show a record whose commit began when ours could no longer land."""
        proof = await self._queue.keyed_after(step.name, step.system, intent.settled, lease.item.id)
        if proof is None:
            raise Unresolved(
                "search-not-proven",
                "The search shows nothing, and no case keyed later proves yet that the search is alive.",
            )
        item, receipt = proof
        try:
            other = self._process.record.model_validate(item.data)
            found = await step.find(screens, await step.match(screens, other))
        except SystemException:
            raise
        except (RekeyError, ValueError):
            found = ()
        if receipt.reference not in [entry.reference for entry in found]:
            raise Unresolved(
                "search-not-alive", "The search does not show a later case either: it cannot be trusted now."
            )

    async def can_begin(self, step: Step[Any], intent: Intent) -> None:
        """Raise unless this intent may be looked up by a machine now."""
        if step.not_searchable_because or step.not_looked_first_because:
            raise Unclear("cannot-be-searched", "This target cannot tell whether it was saved.")
        if self._systems.requests(step.system, step.commit) > 1:
            sentence = "This save has several parts. What a search shows of one does not show the others."
            raise Unclear("commit-half", sentence)
        if not await self._systems.gone(intent.browser):
            raise Unresolved(
                "browser-not-gone",
                "Nobody can tell from here whether the browser that was to save is gone: it may still act.",
            )
