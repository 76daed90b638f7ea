"""Proving that a save is not in its target. A page's word and an empty search prove nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.absence import Absence, Witness
from ..core.errors import Unclear, Unresolved
from ..core.item import Receipt
from ..core.queue import Queue
from ..core.value import Found
from .seeking import Seeking
from .task import Doubt

NOT_PROVABLE = (
    "absence-not-provable",
    "The search does not show it, and this target has no list or mark that would prove that it is not there.",
)
_TOO_LITTLE = (
    "list-tells-too-little",
    "The search does not show it, and the list does not show the values by which a case is known.",
)
MAY_BE_OURS = (
    "may-be-ours",
    "The list shows an entry that may be this one, with a value that is cut off or spelt otherwise.",
)
_NO_LATER = (
    "search-not-proven",
    "Nothing shows it, and no case that was keyed later proves yet that the target shows all there is.",
)
_NOT_ALIVE = (
    "search-not-alive",
    "The target does not show a case that was keyed later either: it cannot be trusted now.",
)


class Absences:
    """Looks for a save where it would show for certain."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._seeking = Seeking(queue)

    async def prove(self, doubt: Doubt) -> Absence | Sequence[Found]:
        """The proof, or the entries that are there after all.

        Raises Unclear where nothing can prove it, Unresolved where a later look may.
        """
        step = doubt.step
        if step.refuses_duplicates and await self._queue.refused_before(
            step.system, step.name, step.refuses_duplicates
        ):
            return await self._made(doubt, Witness.REFUSES, scope="whatever it holds", counted=0)
        if step.stamp:
            return await self._by_stamp(doubt)
        if step.lists:
            return await self._by_list(doubt)
        raise Unclear(*NOT_PROVABLE)

    async def _made(self, doubt: Doubt, witness: Witness, **seen: Any) -> Absence:
        asked = seen.pop("asked", None) or await self._queue.now()
        return Absence(step=doubt.step.name, key=doubt.intent.digest, witness=witness, asked=asked, **seen)

    # ---- a search by the item's own mark ------------------------------------------------------
    async def _by_stamp(self, doubt: Doubt) -> Absence | Sequence[Found]:
        step, asked = doubt.step, await self._queue.now()
        later = await self._later(doubt)
        if found := await step.find_stamped(doubt.screens, doubt.record.stamp):
            return found
        if later is None:
            raise Unresolved(*_NO_LATER)
        shown = await step.find_stamped(doubt.screens, later.item)
        if later.reference not in [entry.reference for entry in shown]:
            raise Unresolved(*_NOT_ALIVE)
        # A search that comes and goes proves nothing: the later one stands between.
        if found := await step.find_stamped(doubt.screens, doubt.record.stamp):
            return found
        seen = {"scope": "all that carries its mark", "counted": len(shown), "alive": later.reference}
        return await self._made(doubt, Witness.STAMP, asked=asked, **seen)

    # ---- a whole list --------------------------------------------------------------------------
    async def _by_list(self, doubt: Doubt) -> Absence | Sequence[Found]:
        asked, later = await self._queue.now(), await self._later(doubt)
        listed = await self._seeking.seek(doubt)  # what is there needs no later save beside it
        if listed.found:
            return listed.found
        if not listed.whole:
            raise Unclear(*NOT_PROVABLE)
        if not listed.told:
            raise Unclear(*_TOO_LITTLE)
        if listed.perhaps:
            raise Unresolved(*MAY_BE_OURS)
        if later is None:
            raise Unresolved(*_NO_LATER)
        if later.reference not in listed.references:
            raise Unresolved(*_NOT_ALIVE)
        seen = {"scope": listed.scope, "counted": len(listed.references), "alive": later.reference}
        return await self._made(doubt, Witness.LIST, asked=asked, **seen)

    # ---- that it is alive ----------------------------------------------------------------------
    async def _later(self, doubt: Doubt) -> Receipt | None:
        """Of a save that began when ours could no longer land."""
        step, intent = doubt.step, doubt.intent
        proof = await self._queue.keyed_after(step.name, step.system, intent.settled, doubt.lease.item.id)
        return proof[1] if proof is not None else None
