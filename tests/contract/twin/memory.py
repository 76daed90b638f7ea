"""The queue in memory: the twin of the SQL queue for unit tests of what uses it.

It has the same meaning and passes the same tests, but lasts no longer than its process. No method awaits
anything, so each is one transaction as far as a single event loop can tell.
"""

from __future__ import annotations

import copy
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bots.engine.core.absence import Absence
from bots.engine.core.brake import Let
from bots.engine.core.errors import Busy, Held, LeaseLost
from bots.engine.core.item import (
    SENT_BACK,
    URGENT,
    WITHHELD,
    AddOutcome,
    Batch,
    Ending,
    Intent,
    IntentStatus,
    Lease,
    NewItem,
    Receipt,
    State,
    Store,
)
from bots.engine.core.queue import HELD, NEVER, SameCase, any_case, scopes_of
from bots.engine.core.record import digest
from bots.engine.core.sent import Sent
from bots.engine.store.database.rows import new_id
from bots.engine.store.work.rules import (
    CHANGED_SENTENCE,
    CORRECTED,
    CORRECTED_SENTENCE,
    LOST,
    RIVAL,
    RIVAL_SENTENCE,
    SETTLED,
    SLACK,
    UNSEEN,
    UNSEEN_SENTENCE,
    WAITING,
    begun_otherwise,
    changed,
    check_closing,
    check_confirm,
    check_done,
    check_receipt,
    check_retract,
    first,
    left_behind,
    takes_correction,
    true_ending,
)

from .book import Book, Entry
from .decisions import MemoryDecisions
from .guards import MemoryGuards
from .looks import MemoryLooks


class MemoryQueue(MemoryLooks, MemoryDecisions, MemoryGuards):
    """The queue without a database."""

    def __init__(
        self,
        *,
        environment: str = "test",
        versions: Mapping[str, str] | None = None,
        steps: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        second: Mapping[str, Collection[str]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        MemoryGuards.__init__(self, clock)
        MemoryDecisions.__init__(self)
        self.book = Book(now=clock, versions=dict(versions or {}))
        self._steps = dict(steps or {})
        self._second = dict(second or {})
        self._store = Store(id=new_id("store"), environment=environment, created=clock())
        self._trusts: dict[str, float] = {}

    async def close(self) -> None:
        """Nothing is held."""

    async def store(self) -> Store:
        return self._store

    async def last_entry(self) -> int:
        return sum(len(rows) for rows in self.book.history.values())

    async def note_restored(self) -> None:
        self._store = replace(self._store, restored=self.book.now())
        self._trusts.clear()

    async def clock_was_set(self) -> None:
        now = self.book.now()
        for intent in list(self.book.intents.values()):
            if intent.status is IntentStatus.OPEN or intent.recorded >= now:
                self.book.intents[intent.id] = replace(intent, unsteady=now)

    async def trust(self, process: str, clean: bool) -> None:
        if clean:
            self._trusts.setdefault(process, self.book.now())
        else:
            self._trusts.pop(process, None)

    async def trusted(self, process: str) -> float | None:
        return self._trusts.get(process)

    # ---- intake -----------------------------------------------------------------------------
    async def open_batch(
        self, process: str, source: str, who: str, detail: Mapping[str, Any] | None = None
    ) -> str:
        batch = new_id("b")
        now = self.book.now()
        self.book.batches[batch] = Batch(
            id=batch, process=process, source=source, who=who, received=now, detail=dict(detail or {})
        )
        return batch

    async def add(
        self, process: str, batch: str, rows: Sequence[NewItem], same_case: SameCase = any_case
    ) -> list[tuple[AddOutcome, str]]:
        shown = Counter(row.item for row in rows if row.item)
        return [self._add(process, batch, row, shown, same_case) for row in copy.deepcopy(rows)]

    def _add(
        self, process: str, batch: str, row: NewItem, shown: Counter[str], same_case: SameCase
    ) -> tuple[AddOutcome, str]:
        who, mark = self.book.batches[batch].who, digest(row.data)
        known = self.book.of_id(process, row.item)
        if known is None or (shown[known.id] > 1 and row.reference != known.reference):
            known = self.book.known(process, row.reference)
        if known is None:
            outcome, item = AddOutcome.ADDED, self._insert(process, batch, who, row, mark)
        else:
            item = known.id
            same = mark in (known.digest, known.source_digest)
            news = known.code in WITHHELD and row.code not in WITHHELD  # it is no longer hidden
            agrees = row.item == known.id or same_case(known.data, row.data)
            same = same and not news
            outcome = AddOutcome.SAME if same else self._correct(known, batch, who, row, mark, agrees)
        self.book.rows.append((batch, outcome, dict(row.origin), item, mark))
        return outcome, item

    def _correct(
        self, known: Entry, batch: str, who: str, row: NewItem, mark: str, agrees: bool
    ) -> AddOutcome:
        seen = mark in known.versions
        known.versions[mark] = dict(row.data)
        renamed = row.reference != known.reference
        takes = takes_correction(
            state=known.state,
            code=known.code,
            touched=bool(self.book.receipts_of(known.id)),
            own=known.digest == known.source_digest,
            seen=seen,
            twice=any((each[0], each[3]) == (batch, known.id) for each in self.book.rows),
            renamed=renamed,
            agrees=agrees,
            taken=renamed and self.book.known(known.process, row.reference) is not None,
        )
        if takes:
            known.versions[known.digest] = dict(known.data)
            known.data, known.digest, known.source_digest = dict(row.data), mark, mark
            known.origin, known.version, known.reference = dict(row.origin), known.version + 1, row.reference
            known.priority = max(known.priority, URGENT) if row.urgent else known.priority
            if known.code == SENT_BACK:
                known.due = row.due if row.due is not None else NEVER
            before, ending = known.state, first(row)
            self.book.become(known, ending)
            self.book.note(known, before, who, CORRECTED_SENTENCE, CORRECTED, ending.detail)
            known.attempts = 0
            return AddOutcome.UPDATED
        known.source_digest, known.source, known.updated = mark, dict(row.data), self.book.now()
        told = changed(known.data, known.source, **({"problem": row.sentence} if row.sentence else {}))
        if known.state in WAITING:
            self.book.move(known, told, who, CHANGED_SENTENCE)
        else:
            known.changed = True
            self.book.note(known, known.state, who, CHANGED_SENTENCE, told.code, told.detail)
        return AddOutcome.CHANGED

    async def answered(self, batch: str, at: float) -> None:
        self.book.batches[batch] = replace(self.book.batches[batch], returned=at)

    async def begin(self, batch: str, at: float | None, who: str, *, seen: float | None) -> None:
        known = self.book.batches.get(batch)
        if known is None or known.begins != seen:
            raise begun_otherwise()
        self.book.batches[batch] = replace(known, begins=at)

    async def now(self) -> float:
        return self.book.now()

    def _insert(self, process: str, batch: str, who: str, row: NewItem, mark: str) -> str:
        now = self.book.now()
        entry = Entry(
            id=new_id(process),
            process=process,
            reference=row.reference,
            data=dict(row.data),
            digest=mark,
            source_digest=mark,
            batch=batch,
            origin=dict(row.origin),
            created=now + len(self.book.items) * 1e-6,
            updated=now,
            priority=URGENT if row.urgent else 0,
            due=row.due if row.due is not None else NEVER,
        )
        self.book.items[entry.id] = entry
        self.book.become(entry, first(row))
        self.book.note(entry, None, who, row.sentence or "handed in", row.code)
        return entry.id

    # ---- work -------------------------------------------------------------------------------
    async def take(self, process: str, worker: str, seconds: float) -> Lease | None:
        await self.expire(process)
        now = self.book.now()
        ready = [e for e in self._due(process) if e.state is State.NEW and self.book.begins(e) <= now]
        if not ready:
            return None
        entry = min(ready, key=lambda e: (-e.priority, e.due, e.created, e.id))
        return self._lease(entry, worker, seconds, "taken")

    async def take_in_doubt(self, process: str, worker: str, seconds: float) -> Lease | None:
        await self.expire(process)
        now = self.book.now()
        doubtful = [(self.book.open_intent(e.id), e) for e in self._due(process) if e.state is State.IN_DOUBT]
        ready = [(i.recorded, e.created, e) for i, e in doubtful if i is not None and i.settled <= now]
        if not ready:
            return None
        entry = min(ready, key=lambda each: each[:2])[2]
        return self._lease(entry, worker, seconds, "taken to find out whether it was saved")

    def _due(self, process: str) -> list[Entry]:
        now = self.book.now()
        return [e for e in self.book.items.values() if e.process == process and e.not_before <= now]

    def _lease(self, entry: Entry, worker: str, seconds: float, why: str) -> Lease:
        now, before = self.book.now(), entry.state
        entry.state, entry.token, entry.attempts = State.IN_PROGRESS, entry.token + 1, entry.attempts + 1
        entry.worker, entry.expires, entry.updated = worker, now + seconds, now
        entry.lease_seconds = seconds
        self.book.note(entry, before, worker, why)
        return Lease(
            item=entry.shown(),
            worker=worker,
            token=entry.token,
            expires=entry.expires,
            receipts=self.book.receipts_of(entry.id),
            intent=self.book.open_intent(entry.id),
        )

    async def extend(self, lease: Lease, seconds: float) -> Lease:
        entry = self.book.fence(lease)
        entry.expires, entry.lease_seconds = self.book.now() + seconds, seconds
        return replace(lease, expires=entry.expires)

    async def intend(
        self,
        lease: Lease,
        *,
        step: str,
        system: str,
        digest: str,
        seen: Sequence[str],
        window: float,
        settle: float,
        writer: str,
        account: str = "",
        pence: int = 0,
        at_risk: int | None = None,
    ) -> Intent:
        entry, now = self.book.fence(lease), self.book.now()
        deadline = now + window
        if (
            entry.expires < deadline
            or entry.changed
            or entry.digest != lease.item.digest
            or self.book.open_intent(entry.id)
            or step in self.book.receipts_of(entry.id)
        ):
            raise LeaseLost("lease-lost", LOST)
        self._check_holds(entry, system, lease.worker)
        if at_risk is not None:
            self.brake.check_begin(system, step, self._in_flight(system, step), at_risk)
        self.spend(entry, pence)
        if await self.rivals(step, system, digest, entry.id):
            raise Busy(RIVAL, RIVAL_SENTENCE)
        if self.book.saved_unseen(step, system, digest, entry.id, seen):
            raise Busy(UNSEEN, UNSEEN_SENTENCE)
        intent = Intent(
            id=new_id("intent"),
            item=entry.id,
            step=step,
            system=system,
            token=lease.token,
            digest=digest,
            seen=tuple(seen),
            recorded=now,
            deadline=deadline,
            resolvable=deadline + settle,
            writer=writer,
            status=IntentStatus.OPEN,
            account=account,
        )
        self.book.intents[intent.id] = intent
        return intent

    def _check_holds(self, entry: Entry, system: str, worker: str) -> None:
        for held in self.brake.held(scopes_of(entry.process, system)):
            if not self.brake.passes(held, worker):
                raise Held(HELD, f"{held.scope} is held.")

    def _in_flight(self, system: str, step: str) -> int:
        """Saves of a step whose own worker has not proven them yet."""
        now, found = self.book.now(), 0
        for intent in self.book.intents.values():
            entry = self.book.items[intent.item]
            mine = (intent.system, intent.step, intent.status) == (system, step, IntentStatus.OPEN)
            at_work = entry.state is State.IN_PROGRESS and entry.expires > now
            found += mine and at_work and entry.token == intent.token
        return found

    async def note_left(self, lease: Lease, sent: Sent) -> None:
        entry, now = self.book.fence(lease), self.book.now()
        intent = self.book.open_intent(entry.id)
        if intent is None or intent.id != sent.intent or intent.deadline < now:
            raise LeaseLost("intent-closed", SETTLED)
        self._check_holds(entry, intent.system, lease.worker)
        self.book.sent[sent.intent, sent.number] = replace(sent, left=now)

    async def note_ended(self, lease: Lease, sent: Sent) -> None:
        self.book.fence(lease)
        key = sent.intent, sent.number
        self.book.sent[key] = replace(self.book.sent[key], ended=self.book.now(), status=sent.status)

    async def note_said(self, lease: Lease, intent: Intent, reference: str) -> None:
        self.book.fence(lease)
        self.book.said.setdefault(intent.id, reference)

    async def close_intent(
        self,
        lease: Lease,
        intent: Intent,
        status: IntentStatus,
        why: str,
        absence: Absence | None = None,
    ) -> None:
        entry = self.book.fence(lease)
        check_closing(self.book.open_intent(entry.id) or intent, status, self.book.now(), absence)
        self.book.shut(lease.item.id, intent.id, status)
        self.book.whys[intent.id] = why
        self.book.refusals.add((intent.system, intent.step, status, why))
        self.brake.settled(entry.id, intent.system, intent.step, Let.ABSENT)

    async def record_receipt(self, lease: Lease, receipt: Receipt, intent: Intent | None) -> Receipt:
        check_receipt(lease, receipt, intent)
        self.book.fence(lease)
        again = self.book.may_keep(receipt) is not None
        if intent is not None and not (
            again and self.book.intents[intent.id].status is not IntentStatus.OPEN
        ):
            self.book.shut(receipt.item, intent.id, IntentStatus.RECEIPTED)
        kept = self.book.keep(receipt)
        of = (receipt.item, lease.item.process, receipt.system, receipt.step)
        self.brake.proven(*of, saved=not receipt.adopted)
        return kept

    async def confirm(self, lease: Lease, step: str, values: Mapping[str, str]) -> None:
        entry = self.book.fence(lease)
        check_confirm(self.book.receipts_of(entry.id).get(step), values)
        self.book.receipts = [
            replace(r, values=dict(values)) if (r.item, r.step) == (entry.id, step) else r
            for r in self.book.receipts
        ]

    async def retract(self, lease: Lease, step: str, why: str) -> None:
        entry = self.book.fence(lease)
        kept = self.book.receipts_of(entry.id).get(step)
        check_retract(kept)
        self.book.receipts = [r for r in self.book.receipts if (r.item, r.step) != (entry.id, step)]
        detail = {"step": step, "reference": kept.reference if kept else None}
        self.book.note(entry, entry.state, lease.worker, why, "receipt-retracted", detail)

    async def finish(self, lease: Lease, ending: Ending, steps: Sequence[str]) -> State:
        entry = self.book.fence(lease)
        doubtful = self.book.open_intent(entry.id) is not None
        ending = true_ending(entry.id, ending, doubtful)
        if ending.state is State.DONE:
            check_done(entry.id, steps, self.book.receipts_of(entry.id))
        ending = self.brake.note(lease.worker, entry.id, entry.process, ending, self._steps)
        ending = ending if doubtful else entry.told(ending, self.book.in_target(entry.id))
        if ending.writer_closed:
            self.book.forget_writer(entry.id)
        self._let_go(entry, self.book.now() + ending.delay if ending.delay else 0.0)
        self.book.move(entry, ending, lease.worker, ending.sentence or ending.state.value)
        entry.attempts -= 0 if ending.count_attempt else 1
        return ending.state

    async def expire(self, process: str) -> int:
        now = self.book.now()
        mine = [e for e in self.book.items.values() if e.process == process]
        # Also a lease that ends later than it ever could: the clock was set back.
        stale = [
            e
            for e in mine
            if e.state is State.IN_PROGRESS and not now < e.expires <= now + e.lease_seconds + SLACK
        ]
        for entry in stale:
            self._run_out(entry)
        return len(stale)

    def _run_out(self, entry: Entry) -> None:
        doubtful = self.book.open_intent(entry.id) is not None
        ending = (
            Ending(state=State.IN_DOUBT)
            if doubtful
            else entry.told(left_behind(self._refusal_in(entry)), self.book.in_target(entry.id))
        )
        why = "the lease ran out with an open intent" if doubtful else "the lease ran out"
        worker = entry.worker
        self._let_go(entry, 0.0)
        detail = {**ending.detail, "worker": worker}
        self.book.move(entry, ending, "store", why, detail, "lease-ran-out")
        entry.token += 1

    def _refusal_in(self, entry: Entry) -> str | None:
        left = {intent for intent, _ in self.book.sent}
        refused = [
            one
            for one in self.book.intents.values()
            if (one.item, one.token, one.status) == (entry.id, entry.token, IntentStatus.REFUSED)
        ]
        return next((self.book.whys[one.id] for one in reversed(refused) if one.id in left), None)

    def _let_go(self, entry: Entry, not_before: float) -> None:
        entry.worker, entry.expires, entry.not_before = None, 0.0, not_before
