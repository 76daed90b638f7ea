"""A store with its queue and its work list, and the few moves that tests of the list begin with."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.work_list import Entry, Wanted
from bots.engine.store.database.database import Database
from bots.engine.store.work_list.store import StoreWorkList

from .desk import PROCESS, Clock, Desk, row

OTHER = "council-tax-moves"
ALL = Wanted(processes=(PROCESS, OTHER), by_reference=(PROCESS, OTHER))


@dataclass(frozen=True, kw_only=True)
class Office:
    """A store with its queue, its work list, and the clock that both go by."""

    desk: Desk
    work: StoreWorkList
    database: Database
    clock: Clock

    async def raised(self, reference: str, process: str = PROCESS, code: str = "too-long") -> str:
        [(_, item)] = await self.desk.hand_in(
            row(reference, code=code, sentence="A person must look."), process=process
        )
        self.clock.forward(1)
        return item

    async def many(self, count: int, process: str = PROCESS) -> list[str]:
        rows = [row(f"{process}-{n:04}", code="too-long", sentence="Look.") for n in range(count)]
        return [item for _, item in await self.desk.hand_in(*rows, process=process)]

    async def shown(self, wanted: Wanted = ALL) -> list[str]:
        return [entry.item for entry in await self.entries(wanted)]

    async def entries(self, wanted: Wanted) -> list[Entry]:
        found: list[Entry] = []
        after: str | None = None
        while True:
            page = await self.work.page(wanted, after)
            assert len(page.entries) <= wanted.size
            found += page.entries
            if page.next is None:
                return found
            assert page.entries, "a page with a next one shows something"
            after = page.next


async def refused(deed: Awaitable[object]) -> BusinessException:
    with pytest.raises(BusinessException) as refusal:
        await deed
    assert refusal.value.sentence.endswith(".")
    return refusal.value
