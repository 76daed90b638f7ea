"""What the in-memory queue shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bots.engine.core.item import (
    AddOutcome,
    Batch,
    BatchRow,
    Intent,
    IntentStatus,
    Receipt,
    State,
    Transition,
    WorkItem,
)
from bots.engine.core.queue import NEVER
from bots.engine.core.sent import Sent
from bots.engine.store.work.rules import SLACK

from .book import Book, Entry

_TAKEN = (AddOutcome.ADDED, AddOutcome.UPDATED)


class MemoryLooks:
    """The part of the queue that changes nothing."""

    book: Book

    def _of(self, process: str | None) -> list[Entry]:
        entries = sorted(self.book.items.values(), key=lambda e: (e.created, e.id))
        return [entry for entry in entries if process in (None, entry.process)]

    async def batches(self, process: str) -> list[Batch]:
        return [batch for batch in self.book.batches.values() if batch.process == process]

    async def batch(self, batch: str) -> Batch | None:
        return self.book.batches.get(batch)

    async def batch_rows(self, batch: str) -> list[BatchRow]:
        mine = [row for row in self.book.rows if row[0] == batch]
        return [
            BatchRow(
                row=number,
                outcome=outcome,
                origin=origin,
                digest=mark,
                item=self.book.items[item].shown(),
                receipts=self.book.receipts_of(item),
                said=self._put_right(self.book.items[item], mark),
            )
            for number, (_, outcome, origin, item, mark) in enumerate(mine, start=1)
        ]

    def _put_right(self, entry: Entry, mark: str) -> Mapping[str, Any] | None:
        taken = any(row[1] in _TAKEN and (row[3], row[4]) == (entry.id, mark) for row in self.book.rows)
        if not taken or mark != entry.source_digest or mark == entry.digest:
            return None
        return entry.versions[mark]

    async def unanswered(self, process: str) -> list[Batch]:
        found = []
        for batch in await self.batches(process):
            items = [row.item for row in await self.batch_rows(batch.id)]
            at_work = any(item.state in (State.NEW, State.IN_PROGRESS) for item in items)
            if not at_work and any(item.updated > (batch.returned or 0.0) for item in items):
                found.append(batch)
        return found

    async def owner(self, system: str, step: str, reference: str) -> str | None:
        return self.book.owner(system, step, reference)

    async def keyed_after(
        self, step: str, system: str, moment: float, but: str
    ) -> tuple[WorkItem, Receipt] | None:
        def proves(receipt: Receipt) -> bool:
            intent = self.book.intents.get(receipt.intent or "")
            ours = not receipt.adopted and intent is not None and intent.recorded > moment
            if intent is not None and intent.unsteady is not None:
                return False  # its moment is of another clock
            return ours and (receipt.step, receipt.system) == (step, system) and receipt.item != but

        latest = max(filter(proves, self.book.receipts), key=lambda receipt: receipt.at, default=None)
        return (self.book.items[latest.item].shown(), latest) if latest else None

    async def refused_before(self, system: str, step: str, code: str) -> bool:
        return (system, step, IntentStatus.REFUSED, code) in self.book.refusals

    async def begun(self, process: str, step: str) -> frozenset[str]:
        mine = {entry.id for entry in self._of(process)}
        found = self.book.intents.values()
        return frozenset(one.item for one in found if one.step == step and one.item in mine)

    async def said(self, intent: Intent) -> str | None:
        return self.book.said.get(intent.id)

    async def rivals(self, step: str, system: str, digest: str, but: str) -> int:
        same = (step, system, digest, IntentStatus.OPEN)
        found = [i for i in self.book.intents.values() if (i.step, i.system, i.digest, i.status) == same]
        return len([intent for intent in found if intent.item != but])

    async def due_in(self, process: str, *, doubts: bool = False) -> float | None:
        mine = [one for one in self._of(process) if not doubts or one.state is State.IN_DOUBT]
        moments = [moment for entry in mine if (moment := self._due_at(entry)) is not None]
        return max(0.0, min(moments) - self.book.now()) if moments else None

    def _due_at(self, entry: Entry) -> float | None:
        if entry.state is State.NEW:
            return max(entry.not_before, self.book.begins(entry))
        if entry.state is State.IN_PROGRESS:
            longest = self.book.now() + entry.lease_seconds
            return entry.expires if entry.expires <= longest + SLACK else self.book.now()
        intent = self.book.open_intent(entry.id) if entry.state is State.IN_DOUBT else None
        if intent is None or entry.not_before >= NEVER:
            return None
        return max(entry.not_before, intent.settled)

    async def item(self, item: str) -> WorkItem | None:
        entry = self.book.items.get(item)
        return entry.shown() if entry else None

    async def items(
        self, process: str | None = None, states: Sequence[State] = (), limit: int = 1000
    ) -> list[WorkItem]:
        wanted = [entry for entry in self._of(process) if not states or entry.state in states]
        return [entry.shown() for entry in wanted[:limit]]

    async def references(self, process: str) -> Mapping[str, str]:
        return {entry.reference: entry.id for entry in self._of(process)}

    async def receipts(self, process: str) -> list[Receipt]:
        mine = {entry.id for entry in self._of(process)}
        return sorted((r for r in self.book.receipts if r.item in mine), key=lambda receipt: receipt.at)

    async def receipts_of(self, item: str) -> list[Receipt]:
        return list(self.book.receipts_of(item).values())

    async def intents(self, item: str) -> list[Intent]:
        return [intent for intent in self.book.intents.values() if intent.item == item]

    async def sent(self, item: str) -> list[Sent]:
        return [one for one in self.book.sent.values() if self.book.intents[one.intent].item == item]

    async def history(self, item: str) -> list[Transition]:
        return list(self.book.history.get(item, ()))

    async def counts(self, process: str) -> Mapping[State, int]:
        found = Counter(entry.state for entry in self._of(process))
        return {state: found[state] for state in State}

    async def reasons(self, process: str) -> Mapping[str, int]:
        waiting = [entry for entry in self._of(process) if entry.state is State.EXCEPTION]
        return dict(sorted(Counter(entry.code or "unknown" for entry in waiting).items()))
