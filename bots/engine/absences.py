"""Proving that a save is not in its target. A page's word and an empty search prove nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .core.absence import Absence, ListRead, Witness
from .core.errors import Unclear, Unresolved
from .core.item import Intent, Lease
from .core.process import Process
from .core.queue import Queue
from .core.record import Record
from .core.screens import TargetScreens
from .core.step import Step
from .core.value import Found, Value
from .keying import unequal
from .reconcile_values import half_alike

NOT_PROVABLE = (
    "absence-not-provable",
    "The search does not show it, and this target has no list or mark that would prove that it is not there.",
)
_TOO_LITTLE = (
    "list-tells-too-little",
    "The search does not show it, and the list does not show the values by which a case is known.",
)
_OURS = (
    "may-be-ours",
    "The list shows an entry under the bot's own sign-in that may be this one, with other values.",
)
_NO_LATER = (
    "search-not-proven",
    "Nothing shows it, and no case that was keyed later proves yet that the target shows all there is.",
)
_NOT_ALIVE = (
    "search-not-alive",
    "The target does not show a case that was keyed later either: it cannot be trusted now.",
)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """A save that may or may not be there, and the session in which that is looked up."""

    step: Step[Any]
    lease: Lease
    intent: Intent
    screens: TargetScreens
    record: Record


class Absences:
    """Looks for a save where it would show for certain."""

    def __init__(self, *, process: Process[Any], queue: Queue) -> None:
        self._process = process
        self._queue = queue

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
        for _ in range(2):  # a search that comes and goes proves nothing: the later one stands between
            if found := await step.find_stamped(doubt.screens, doubt.record.stamp):
                return found
            shown = await step.find_stamped(doubt.screens, later.item)
            if later.reference not in [entry.reference for entry in shown]:
                raise Unresolved(*_NOT_ALIVE)
        seen = {"scope": "all that carries its mark", "counted": len(shown), "alive": later.reference}
        return await self._made(doubt, Witness.STAMP, asked=asked, **seen)

    # ---- a whole list --------------------------------------------------------------------------
    async def _by_list(self, doubt: Doubt) -> Absence | Sequence[Found]:
        step, screens, asked = doubt.step, doubt.screens, await self._queue.now()
        later = await self._later(doubt)
        screens.lists()
        listed = await step.listing_since(screens, datetime.fromtimestamp(doubt.intent.recorded, UTC))
        read = screens.lists()
        if not read or not all(one.covers for one in read):
            raise Unclear(*NOT_PROVABLE)
        if found := await self._alike(doubt, listed):
            return found
        if later.reference not in [entry.reference for entry in listed]:
            raise Unresolved(*_NOT_ALIVE)
        seen = {"scope": _scope(read), "counted": len(listed), "alive": later.reference}
        return await self._made(doubt, Witness.LIST, asked=asked, **seen)

    async def _alike(self, doubt: Doubt, listed: Sequence[Found]) -> list[Found]:
        """Entries of this very case that are nobody else's. Raises where one may be it and is not like it."""
        step, values = doubt.step, doubt.step.values(doubt.record)
        names = set(step.case or (name for name in values if name != step.stamp))
        found: list[Found] = []
        for entry in listed:
            if not names <= set(entry.values):
                raise Unclear(*_TOO_LITTLE)
            case = {name: values[name] for name in names}
            if not unequal(case, entry.values):
                found += await self._left([entry], doubt)
            elif self._perhaps(doubt, entry, values) and await self._left([entry], doubt):
                raise Unresolved(*_OURS)
        return found

    async def _left(self, entries: Sequence[Found], doubt: Doubt) -> list[Found]:
        """Those that were not there before, and are no other item's."""
        ours, mine = (doubt.step.system, doubt.step.name), (None, doubt.lease.item.id)
        new = [entry for entry in entries if entry.reference not in doubt.intent.seen]
        return [entry for entry in new if await self._queue.owner(*ours, entry.reference) in mine]

    @staticmethod
    def _perhaps(doubt: Doubt, entry: Found, values: Mapping[str, Value]) -> bool:
        """Whether it was saved under our sign-in and half of it agrees."""
        hand = entry.values.get(doubt.step.hand)
        ours = hand is not None and str(hand).casefold() == doubt.intent.account.casefold()
        return ours and half_alike(values, entry.values)

    # ---- that it is alive ----------------------------------------------------------------------
    async def _later(self, doubt: Doubt) -> Any:
        """The receipt of a save that began when ours could no longer land."""
        step, intent = doubt.step, doubt.intent
        proof = await self._queue.keyed_after(step.name, step.system, intent.settled, doubt.lease.item.id)
        if proof is None:
            raise Unresolved(*_NO_LATER)
        return proof[1]


def _scope(read: Sequence[ListRead]) -> str:
    return "; ".join(dict.fromkeys(one.covers for one in read))
