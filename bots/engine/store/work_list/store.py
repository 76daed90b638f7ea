"""The work list of a store: each method is one transaction of the modules beside this one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...core.item import NewItem
from ...core.work_list import (
    ASSIGNED_FOR,
    TAKEN_FOR,
    AgeBand,
    Comment,
    Counts,
    DayFigures,
    Entry,
    Holding,
    Keyed,
    Listing,
    PutOff,
    Question,
    Remark,
    SavedFilter,
    Search,
    Wanted,
)
from ..database.database import Clock, Database, database_clock
from ..database.transaction import Door
from . import closed, daily_figures, keyed
from . import comments as work_comments
from . import counts as work_counts
from . import holders as work_holders
from . import pages as work_pages

PART = 1000
"""Items of one part of an export."""


class StoreWorkList(Door):
    """What waits for people. Whose work a person may see, the caller says in every filter; whether they may
    do something with an item, the caller asks before."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        super().__init__(database, clock)
        self._recent = work_counts.Recent()

    # Looking
    async def page(self, wanted: Wanted, after: str | None = None) -> Listing:
        """One page; `after`: the `next` of the page before."""
        return await self._at(work_pages.page, wanted, after)

    async def counts(self, wanted: Wanted, person: str | None = None, age: float = 0.0) -> Counts:
        """How many fit; `person`: whose are counted as mine; `age`: how many seconds old it may be, but for
        who has what."""
        return await self._at(work_counts.counts, wanted, person, self._recent, age)

    async def around(self, wanted: Wanted, item: str) -> tuple[str | None, str | None]:
        """The item before and the one behind, also of an item that has just left the list."""
        return await self._at(work_pages.around, wanted, item)

    async def entry(self, item: str) -> Entry | None:
        """One item as the list shows it, in whatever state."""
        return await self._at(work_pages.entry, item)

    async def called(self, text: str, processes: Sequence[str]) -> list[Entry]:
        """Items of these processes that wait for nobody: by their whole reference, or their id."""
        return await self._at(closed.called, text, processes)

    async def known(self, process: str, rows: Sequence[NewItem]) -> int:
        """Of how many of these rows the case is here already."""
        return await self._see(closed.known, process, rows)

    async def said_by_source(self, item: str) -> Mapping[str, Any] | None:
        """The data that the item's source gave last, whatever staff made of it; None: not kept, or erased."""
        return await self._see(work_pages.said_by_source, item)

    # Desks
    async def take(self, item: str, person: str, *, over: bool = False, life: float = TAKEN_FOR) -> Holding:
        """Take an item; `over`: also from the colleague who has it. Refused: `taken-already`."""
        return await self._at(work_holders.take, item, person, over, life)

    async def still_here(self, item: str, person: str, life: float = TAKEN_FOR) -> bool:
        """A sign of life of its holder. False: the item is not theirs any more."""
        return await self._at(work_holders.still_here, item, person, life)

    async def give_back(self, item: str, person: str, note: str = "") -> None:
        await self._at(work_holders.give_back, item, person, note)

    async def assign(
        self,
        item: str,
        to: str,
        by: str,
        life: float = ASSIGNED_FOR,
        *,
        note: str = "",
        seen: str | None = None,
    ) -> Holding:
        """Give it to a colleague. `seen`: who had it when that was decided (NOBODY, or a person's id): if a
        third one has it by now, it is refused (`taken-already`). None: not asked."""
        return await self._at(work_holders.assign, item, to, by, life, note, seen)

    async def holder(self, item: str) -> Holding | None:
        return await self._at(work_holders.holder, item)

    async def lapsed(self, item: str) -> Holding | None:
        """Who had it last, if it went back to the list by itself."""
        return await self._at(work_holders.lapsed, item)

    async def snooze(self, item: str, until: float, by: str, why: str) -> None:
        """Out of the list, for a year at most (`too-far`); back earlier when anything happens to it."""
        await self._at(work_holders.snooze, item, until, by, why)

    async def put_off(self, item: str) -> PutOff | None:
        """Whether it is out of the list now."""
        return await self._at(work_holders.put_off, item)

    async def wake(self, item: str) -> None:
        await self._see(work_holders.wake, item)

    async def set_due(self, item: str, due: float | None) -> None:
        """When it should be answered; None: no such date."""
        await self._see(work_holders.set_due, item, due)

    # Words
    async def comment(self, item: str, who: str, text: str, kind: Remark = Remark.COMMENT) -> Comment:
        return await self._at(work_comments.remark, item, who, text, kind)

    async def ask(self, item: str, who: str, to: str, text: str) -> Comment:
        """A question to a colleague."""
        return await self._at(work_comments.ask, item, who, to, text)

    async def answer(self, item: str, who: str, question: int, text: str) -> Comment:
        return await self._at(work_comments.answer, item, who, question, text)

    async def questions(self, person: str, processes: Sequence[str]) -> list[Question]:
        """What colleagues asked a person, and nobody answered yet; of items of these processes."""
        return await self._at(work_comments.questions, person, processes)

    async def comments(self, item: str) -> list[Comment]:
        return await self._see(work_comments.comments_of, item)

    async def save_filter(self, person: str, name: str, query: str) -> None:
        """Keep a filter. No search text belongs in it: a reference may be personal data, and nothing erases
        a filter."""
        await self._see(work_comments.save_filter, person, name, query)

    async def filters(self, person: str) -> list[SavedFilter]:
        return await self._see(work_comments.filters_of, person)

    async def delete_filter(self, person: str, name: str) -> bool:
        return await self._see(work_comments.delete_filter, person, name)

    # Afterwards
    async def after_done(self, search: Search) -> AsyncIterator[list[Keyed]]:
        """Items with something in a target, in parts of 1,000. Each part is of its own moment."""
        batches = await self._see(keyed.hand_ins, search)
        kept: list[Keyed] = []
        after: keyed.Mark | None = ("", 0)
        while after is not None:
            part = await self._database.run(partial(keyed.part, search=search, batches=batches, after=after))
            kept += part.found
            after = part.next
            while len(kept) >= PART:
                yield kept[:PART]
                kept = kept[PART:]
        if kept:
            yield kept

    async def figures(self, processes: Sequence[str], since: float, before: float) -> list[DayFigures]:
        """By process and day in London, from a moment on and before another."""
        return await self._see(daily_figures.figures, processes, since, before)

    async def ages(self, processes: Sequence[str]) -> list[AgeBand]:
        """How old what waits for people is now."""
        return await self._at(lambda c, now: list(daily_figures.ages(c, now, processes)))
