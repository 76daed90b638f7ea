"""What the in-memory queue remembers, and the few changes from which all its methods are made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bots.engine.core.errors import BusinessException, LeaseLost
from bots.engine.core.item import (
    AddOutcome,
    Batch,
    Ending,
    Intent,
    IntentStatus,
    Kind,
    Lease,
    Receipt,
    State,
    Transition,
    WorkItem,
)
from bots.engine.core.queue import NEVER
from bots.engine.core.sent import Sent
from bots.engine.store.work.rules import LOST, OWNED, SECOND, SETTLED, changed_instead, no


@dataclass(kw_only=True)
class Entry:
    """An item's row."""

    id: str
    process: str
    reference: str
    data: Mapping[str, Any]
    digest: str
    source_digest: str
    batch: str
    origin: Mapping[str, Any]
    created: float
    updated: float
    version: int = 1
    state: State = State.NEW
    kind: Kind | None = None
    code: str | None = None
    sentence: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    not_before: float = 0.0
    priority: int = 0
    due: float = NEVER
    changed: bool = False
    versions: dict[str, Mapping[str, Any]] = field(
        default_factory=dict
    )  # corrections, and what they replaced
    source: Mapping[str, Any] = field(default_factory=dict)  # the latest correction
    token: int = 0
    worker: str | None = None
    expires: float = 0.0
    lease_seconds: float = 0.0

    def shown(self) -> WorkItem:
        """A copy, as a database would give it: later changes do not reach it, nor its changes us."""
        names = [each.name for each in fields(WorkItem)]
        return WorkItem(**copy.deepcopy({name: getattr(self, name) for name in names}))

    def told(self, instead: Ending, in_target: Mapping[str, str]) -> Ending:
        """How it ends in truth when a correction waits; `in_target`: references by step."""
        return changed_instead(instead, self.data, self.source, in_target) if self.changed else instead


@dataclass(kw_only=True)
class Book:
    """All rows. Every method changes everything that belongs together, or raises and changes nothing."""

    now: Callable[[], float]
    versions: Mapping[str, str]
    items: dict[str, Entry] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    rows: list[tuple[str, AddOutcome, dict[str, Any], str, str]] = field(default_factory=list)
    """Of all hand-ins: batch, outcome, origin, item, digest."""
    intents: dict[str, Intent] = field(default_factory=dict)
    sent: dict[tuple[str, int], Sent] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)  # the target's word, by intent
    whys: dict[str, str] = field(default_factory=dict)  # with which they were closed, by intent
    refusals: set[tuple[str, str, IntentStatus, str]] = field(default_factory=set)
    receipts: list[Receipt] = field(default_factory=list)
    history: dict[str, list[Transition]] = field(default_factory=dict)

    def known(self, process: str, reference: str) -> Entry | None:
        same = (e for e in self.items.values() if (e.process, e.reference) == (process, reference))
        return next(same, None)

    def of_id(self, process: str, item: str | None) -> Entry | None:
        entry = self.items.get(item or "")
        return entry if entry is not None and entry.process == process else None

    def begins(self, entry: Entry) -> float:
        """When the hand-in begins with which it came."""
        return self.batches[entry.batch].begins or 0.0

    def open_intent(self, item: str) -> Intent | None:
        mine = (i for i in self.intents.values() if i.item == item and i.status is IntentStatus.OPEN)
        return next(mine, None)

    def receipts_of(self, item: str) -> dict[str, Receipt]:
        return {receipt.step: receipt for receipt in self.receipts if receipt.item == item}

    def in_target(self, item: str) -> dict[str, str]:
        return {step: receipt.reference for step, receipt in self.receipts_of(item).items()}

    def owner(self, system: str, step: str, reference: str) -> str | None:
        entry = (system, step, reference)
        holders = (r.item for r in self.receipts if (r.system, r.step, r.reference) == entry)
        return next(holders, None)

    def saved_unseen(self, step: str, system: str, digest: str, but: str, seen: Collection[str]) -> bool:
        """Whether the target holds an entry of the same case, saved for another item and not seen."""
        same = {
            intent.item
            for intent in self.intents.values()
            if (intent.step, intent.system, intent.digest) == (step, system, digest) and intent.item != but
        }
        mine = ((r.item, r.step) for r in self.receipts if r.reference not in seen)
        return any(item in same and kept == step for item, kept in mine)

    def fence(self, lease: Lease) -> Entry:
        entry = self.items.get(lease.item.id)
        if (
            entry is None
            or entry.token != lease.token
            or entry.state is not State.IN_PROGRESS
            or entry.expires <= self.now()
        ):
            raise LeaseLost("lease-lost", LOST)
        return entry

    def move(
        self,
        entry: Entry,
        ending: Ending,
        who: str,
        why: str,
        detail: Mapping[str, Any] | None = None,
        code: str | None = None,
    ) -> None:
        """Put an item into another state, with its row of history."""
        before = entry.state
        self.become(entry, ending)
        self.note(entry, before, who, why, code or ending.code, ending.detail if detail is None else detail)

    def story(self, item: str) -> list[tuple[str, str | None, str, Mapping[str, Any]]]:
        """As `core.decision.Story`."""
        return [(one.who, one.before, one.after, one.detail) for one in reversed(self.history[item])]

    def become(self, entry: Entry, ending: Ending) -> None:
        entry.state, entry.kind, entry.code = ending.state, ending.kind, ending.code
        entry.sentence, entry.detail, entry.updated = ending.sentence, dict(ending.detail), self.now()
        if ending.state is not State.IN_DOUBT:
            entry.changed = False  # told by now

    def note(
        self,
        entry: Entry,
        before: State | None,
        who: str,
        why: str,
        code: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        row = Transition(
            at=self.now(),
            who=who,
            before=before,
            after=entry.state,
            why=why,
            code=code,
            attempt=entry.attempts,
            token=entry.token,
            versions=dict(self.versions),
            detail=copy.deepcopy(dict(detail or {})),
        )
        self.history.setdefault(entry.id, []).append(row)

    def shut(self, item: str, intent: str, status: IntentStatus) -> None:
        kept = self.intents.get(intent)
        if kept is None or kept.item != item or kept.status is not IntentStatus.OPEN:
            raise LeaseLost("intent-closed", SETTLED)
        self.intents[intent] = replace(kept, status=status)

    def forget_writer(self, item: str) -> None:
        intent = self.open_intent(item)
        if intent is not None:
            self.intents[intent.id] = replace(intent, writer="")

    def may_keep(self, receipt: Receipt) -> Receipt | None:
        """The same proof when it is kept already; raises when it can not be kept."""
        holder = self.owner(receipt.system, receipt.step, receipt.reference)
        if holder is not None and holder != receipt.item:
            raise BusinessException("already-in-target", OWNED, {"item": holder})
        kept = self.receipts_of(receipt.item).get(receipt.step)
        if kept is not None and holder is None:
            raise no("second-receipt", SECOND)
        return kept

    def keep_word(self, receipt: Receipt) -> Receipt:
        """The same for what a person named: written in other letters it is the same reference."""
        wanted = (receipt.system, receipt.step, receipt.reference.lower())
        for kept in self.receipts:
            like = (kept.system, kept.step, kept.reference.lower()) == wanted
            if like and kept.item != receipt.item:
                raise BusinessException("already-in-target", OWNED, {"item": kept.item})
        return self.keep(receipt)

    def keep(self, receipt: Receipt) -> Receipt:
        kept = self.may_keep(receipt)
        if kept is None:
            kept = replace(receipt, at=self.now(), values=dict(receipt.values))
            self.receipts.append(kept)
        return kept
