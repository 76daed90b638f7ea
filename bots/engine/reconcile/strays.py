"""Asks a target what it holds under our own sign-in, and compares it with our receipts.

A store and a home that were put back together show nothing that is amiss: only the targets know what the bots
saved meanwhile. So they are asked at the start, and whenever nobody gave a sign of life for a while.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ..core.item import State, WorkItem
from ..core.process import Process
from ..core.queue import Queue, scopes_of
from ..core.step import Step
from ..core.stray import Stray
from ..core.systems import Systems
from ..core.value import Format, Found, Value, canonical
from ..keying.entry_values import half_alike
from ..store.audit.restores import StoreRestores
from .target import Target

_SETTLING = (State.IN_DOUBT, State.IN_PROGRESS)


def can_be_asked(step: Step[Any]) -> bool:
    """Whether the target lists what such steps made, with the sign-in that made it."""
    return bool(step.hand) and step.lists


class Strays:
    """Finds entries of ours that the store forgot. Only reads the targets."""

    def __init__(
        self,
        *,
        queue: Queue,
        restores: StoreRestores,
        systems: Systems,
        worker: str,
        sign_ins: Mapping[str, Collection[str]],
        processes: Collection[Process[Any]] = (),
    ) -> None:
        """`sign_ins`: by system the names under which our bots sign in, and have signed in. `processes`: all
        of this installation; several may key into one list."""
        self._processes = processes
        self._queue = queue
        self._restores = restores
        self._systems = systems
        self._holder = f"{worker}/strays"
        self._sign_ins = sign_ins

    async def look(self, process: Process[Any]) -> None:
        """Ask every target of a process that was not asked yet; hold the system in which something is found.

        Raises what a target raises that cannot be listed now: nothing may be keyed before it was asked.
        """
        askable = {step.name: step for step in process.steps if can_be_asked(step)}
        try:
            for name in await self._restores.to_ask(process.name, list(askable)):
                await self._ask(process, askable[name])
        finally:
            await self._systems.leave_all(self._holder)

    async def _ask(self, process: Process[Any], step: Step[Any]) -> None:
        holds = await self._queue.holds(scopes_of(process.name, step.system))
        if any(hold.cause is None for hold in holds):
            return  # a person lets it go, and nothing is keyed before; the brake lets single items through
        since = await self._restores.now()
        # The list first, the store after it: what is keyed meanwhile has its receipt, or its intent.
        listed = await Target(step=step, systems=self._systems, holder=self._holder).listing()
        known = await self._restores.known(step.system, step.name)
        hands = await self._hands(step, listed)
        left = [one for one in listed.values() if one.reference not in known and _hand(step, one) in hands]
        if left:
            left = await self._unexplained(process, step, left, since)
        if left:
            await self._restores.stray(
                [_stray(process, step, one, since) for one in left],
                f"system:{step.system}",
                f"{self._systems.title(step.system)} has {_entries(len(left))} under the bot's sign-in, and "
                "the store has no receipt for them. It may be a backup (runbook: restore).",
            )
        await self._restores.answered(process.name, step.name, since)

    async def _hands(self, step: Step[Any], listed: Mapping[str, Found]) -> set[str]:
        """Under which names the list shows what we saved: as a rule the sign-ins. A list that shows none of
        our own entries under one of them has another name for it, such as the one that people call it by."""
        hands = {hand.casefold() for hand in self._sign_ins.get(step.system, ())}
        keyed = await self._restores.keyed(step.system, step.name)
        shown = Counter(filter(None, (_hand(step, listed[one]) for one in keyed if one in listed)))
        return hands if not shown or hands & set(shown) else hands | {shown.most_common(1)[0][0]}

    async def _unexplained(
        self, process: Process[Any], step: Step[Any], left: Sequence[Found], since: float
    ) -> list[Found]:
        """Without those that items in work or in doubt may have made, those that history names, because what
        people were told of was not forgotten, and those that other steps of other processes made."""
        told = defaultdict[str, list[_Values]](list)
        meant = list[_Meant]()
        for other in self._beside(process):
            for detail in await self._restores.told(other.name):
                for reference, values in _named(detail, step.name, own=other is process):
                    told[reference].append(values)
            items = await self._queue.items(other.name, _SETTLING, limit=100_000)
            steps = [one for one in other.steps if one.system == step.system]
            meant += [_Meant(one, other, item) for item in items for one in steps]
        beside = await self._restores.beside(step.system, step.name, process.name)
        left = [one for one in left if not _is_any(one, beside.get(one.reference, ()))]
        named = [one for one in left if _is_any(one, told[one.reference])]
        await self._restores.note([_stray(process, step, one, since) for one in named])
        told_of = {one.reference for one in named}
        left = [one for one in left if one.reference not in told_of]
        explained = _explained(left, meant)
        return [one for one in left if one.reference not in explained]

    def _beside(self, process: Process[Any]) -> list[Process[Any]]:
        """It, and the others that key into its systems."""
        others = (one for one in self._processes if one.name != process.name)
        return [process, *(one for one in others if set(one.systems) & set(process.systems))]


class _Meant:
    """What an item in work or in doubt may have saved."""

    def __init__(self, step: Step[Any], process: Process[Any], item: WorkItem) -> None:
        self.item = item.id
        self._case = step.case
        self._values = _values(process, step, item)

    def like(self, entry: Found) -> bool:
        """Half of what is known of a record that is not completed yet agrees. Cases of one kind are so much
        alike that its key must agree as well, where it is known and shown."""
        key = [name for name in self._case if self._values.get(name) is not None and name in entry.values]
        return half_alike(self._values, entry.values) and all(self._agrees(name, entry) for name in key)

    def _agrees(self, name: str, entry: Found) -> bool:
        shown, value = entry.values[name], self._values[name]
        return shown.equals(value) or _folded(shown.text) == _folded(value)


def _explained(left: Sequence[Found], meant: Sequence[_Meant]) -> set[str]:
    """References of entries that items in work or in doubt may have made: of each item one."""
    may = {one.reference: [like.item for like in meant if like.like(one)] for one in left}
    explained, free = set[str](), {one.item for one in meant}
    for reference in sorted(may, key=lambda one: len(may[one])):
        item = next((one for one in may[reference] if one in free), None)
        if item is not None:
            free.remove(item)
            explained.add(reference)
    return explained


def _folded(value: Value) -> str:
    return canonical(Format.TEXT, "" if value is None else str(value)).casefold()


def _values(process: Process[Any], step: Step[Any], item: WorkItem) -> Mapping[str, Any]:
    try:
        return step.values(process.record.model_validate(dict(item.data)))
    except ValidationError:
        return {}


_Values = Mapping[str, Any] | None
"""What was seen of an entry; None: its reference alone says which it is."""


def _named(detail: Mapping[str, Any], step: str, *, own: bool) -> list[tuple[str, _Values]]:
    """Entries of the target that a row of history names, such as one that was saved with other values. What
    another step made may have the same number."""
    mine = detail.get("step", step if own else None) == step
    found = [
        (str(one["reference"]), None if mine else one.get("values", {}))
        for one in detail.get("found", ())
        if "reference" in one
    ]
    return [*found, (str(detail.get("reference", "")), None)] if mine else found


def _is_any(entry: Found, seen: Collection[_Values]) -> bool:
    return any(values is None or half_alike(values, entry.values) for values in seen)


def _hand(step: Step[Any], entry: Found) -> str:
    shown = entry.values.get(step.hand)
    return str(shown).casefold() if shown is not None else ""


def _stray(process: Process[Any], step: Step[Any], entry: Found, at: float) -> Stray:
    return Stray(system=step.system, process=process.name, step=step.name, reference=entry.reference, at=at)


def _entries(number: int) -> str:
    return "1 entry" if number == 1 else f"{number} entries"
