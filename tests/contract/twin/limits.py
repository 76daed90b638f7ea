"""The limits of the in-memory queue: so much a day, and the first items one by one."""

from __future__ import annotations

from bots.engine.core.item import Lease, State
from bots.engine.core.limits import Leave, Limits, Spent, check, day_of

from .book import Book, Entry

_ON_ITS_WAY = (State.NEW, State.IN_PROGRESS, State.AWAITING_APPROVAL)


class MemoryLimits:
    """The part of the queue that says what a person allows a bot."""

    book: Book

    def __init__(self) -> None:
        self._limits: dict[str, tuple[Limits, float]] = {}  # by process, and since when
        self._begun: dict[tuple[str, str, str], int] = {}  # (process, day, item) -> pence
        # (item, digest of its data) -> when a person was asked, when he agreed
        self._asked: dict[tuple[str, str], tuple[float, float | None]] = {}

    async def limits(self, process: str) -> Limits:
        return self._of_process(process)[0]

    def _of_process(self, process: str) -> tuple[Limits, float]:
        return self._limits.get(process, (Limits(), 0.0))

    async def set_limits(self, process: str, wanted: Limits, who: str, why: str) -> None:
        self._limits[process] = (wanted, self.book.now())

    async def spent(self, process: str) -> Spent:
        return self._spent(process)

    def _spent(self, process: str) -> Spent:
        today = day_of(self.book.now())
        mine = [pence for (of, day, _), pence in self._begun.items() if (of, day) == (process, today)]
        return Spent(items=len(mine), pence=sum(mine))

    def spend(self, entry: Entry, pence: int) -> None:
        found, _ = self._of_process(entry.process)
        begun = (entry.process, day_of(self.book.now()), entry.id)
        if (found.daily_items is None and found.daily_pence is None) or begun in self._begun:
            return
        check(found, self._spent(entry.process), pence)
        self._begun[begun] = pence

    async def leave(self, lease: Lease, pence: int = 0) -> Leave:
        item = lease.item
        found, since = self._of_process(item.process)
        large = found.approve_over is not None and pence > found.approve_over
        if not found.approve_first and not large:
            return Leave.GIVEN
        key = (item.id, item.digest)
        if key in self._asked:
            wanted = Leave.LARGE if large else Leave.WANTED
            return wanted if self._asked[key][1] is None else Leave.GIVEN
        if large:
            self._asked[key] = (self.book.now(), None)
            return Leave.LARGE
        mine = [
            (self.book.items[of], agreed)
            for (of, mark), (asked, agreed) in self._asked.items()
            if self.book.items[of].process == item.process
            and self.book.items[of].digest == mark
            and asked >= since
        ]
        given = sum(agreed is not None for _, agreed in mine)
        waiting = sum(agreed is None and entry.state in _ON_ITS_WAY for entry, agreed in mine)
        if given >= found.approve_first:
            return Leave.GIVEN
        if given + waiting >= found.approve_first:
            return Leave.FULL
        self._asked[key] = (self.book.now(), None)
        return Leave.WANTED

    def agree(self, entry: Entry) -> None:
        """A person agrees to this item with these very data."""
        asked, _ = self._asked.get((entry.id, entry.digest), (self.book.now(), None))
        self._asked[entry.id, entry.digest] = (asked, self.book.now())
