"""A step's target as a reconciliation reads it: its list, its search, its entries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core.errors import BusinessException, SystemClosed, SystemException
from ..core.record import Record
from ..core.screens import TargetScreens
from ..core.step import Step
from ..core.systems import Systems
from ..core.value import Found
from .case import Case

T = TypeVar("T")
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class Matched:
    """A record as far as it is complete. `whole`: the target itself completed it, or nothing was lacking."""

    record: Record
    whole: bool


class Target:
    """Only reads. A session that ends is begun again."""

    def __init__(self, *, step: Step[Any], systems: Systems, holder: str) -> None:
        self.step = step
        self._systems = systems
        self._holder = holder
        self.whole = True

    async def listing(self) -> dict[str, Found]:
        """`whole` tells afterwards whether every list that was read says how it ends."""

        async def read(screens: TargetScreens) -> dict[str, Found]:
            screens.lists()
            found = {entry.reference: entry for entry in await self.step.listing(screens)}
            self.whole = all(one.ends for one in screens.lists())
            return found

        return await self._ask(read)

    async def match(self, case: Case) -> Matched | None:
        """The case's record, completed by the target where it lacks something; else by the receipt."""
        if case.record is None:
            return None
        record, kept = case.record, case.proof
        lacking = [n for n, value in self.step.values(record).items() if value is None]
        if kept and not any(kept.get(name) for name in lacking):
            return Matched(record=record, whole=True)
        try:
            found = await self._ask(lambda screens: self.step.match(screens, record))
            return Matched(record=found, whole=True)
        except BusinessException:
            known = {n: kept[n] for n in lacking if kept.get(n) and n in type(record).model_fields}
            return Matched(record=record.model_copy(update=known), whole=False)

    async def search(self, case: Case, matched: Matched | None) -> dict[str, Found] | None:
        """What the target's own search shows for the case, by reference; None when it cannot be asked."""
        if matched is None or not (matched.whole or case.proof) or self.step.not_searchable_because:
            return None
        record = matched.record
        try:
            found = await self._ask(lambda screens: self.step.find(screens, record))
        except BusinessException:
            return None
        return {entry.reference: entry for entry in found}

    async def reopen(self, reference: str, *, seen: bool) -> Found | None:
        """The entry as it stands now; None when there is none. `seen`: a list or a search shows it."""

        async def read(screens: TargetScreens) -> Found | None:
            try:
                entry = await self.step.reopen(screens, reference)
            except BusinessException:
                return None
            except SystemException as error:
                if seen or error.code not in ("not-ready", "screen-changed"):
                    raise
                return None
            return entry if entry.reference == reference and not entry.empty else None

        return await self._ask(read)

    async def _ask(self, act: Callable[[TargetScreens], Awaitable[T]]) -> T:
        for left in range(_TRIES - 1, -1, -1):
            screens = await self._systems.enter(self.step.system, self._holder)
            try:
                return await act(screens)
            except SystemClosed:
                raise
            except SystemException as error:
                if not error.retriable or not left:
                    raise
                await self._systems.leave(self.step.system, self._holder)
        raise AssertionError("the last try returns or raises")
