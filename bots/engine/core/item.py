"""A work item: one record on its way through one process, with its state, leases, intents and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .brake import Cause, Seen


class State(StrEnum):
    NEW = "new"  # waits for a worker; with a not-before time it is deferred
    IN_PROGRESS = "in_progress"  # a worker holds its lease
    DONE = "done"  # every step has its receipt
    AWAITING_APPROVAL = "awaiting_approval"  # a second person must agree first
    IN_DOUBT = "in_doubt"  # an intent is open and no worker is on it
    EXCEPTION = "exception"  # waits for a person, who is told why
    WITHDRAWN = "withdrawn"  # a person closed it: not needed, or keyed by hand


class IntentStatus(StrEnum):
    OPEN = "open"  # the change may or may not be in the target
    RECEIPTED = "receipted"  # it is there, with proof
    REFUSED = "refused"  # nothing was saved: the target said no, or the commit was provably not fired
    ABSENT = "absent"  # it is proved not to be there: see `Absence`


class Kind(StrEnum):
    BUSINESS = "business"  # the data or the rules
    SYSTEM = "system"  # the machinery


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """A source row on its way into the queue. With a `code` it is an exception from the start.

    `item`: the id that the row carries, when it comes back in a returned workbook; it says better than the
    reference which case is meant. `due`: when it should be answered, in seconds since 1970; None: no such
    date. `urgent`: it goes before the others.
    """

    reference: str
    data: Mapping[str, Any]
    origin: Mapping[str, Any] = field(default_factory=dict)
    code: str | None = None
    sentence: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    item: str | None = None
    due: float | None = None
    urgent: bool = False


URGENT = 1
"""The priority of an urgent item; that of the others is 0."""
SENT_BACK = "sent-back"
"""The code of an item that is closed here because whoever sent it in must put it right first."""
HIDDEN = "hidden-row"
"""The code of a row that is whole, and hidden in its workbook: shown and handed in again, it is worked."""
STRUCK = "struck-out-row"
"""The same of a row that somebody struck through."""
NO_RECORD = "no-record"
"""The same of a row that looks like totals or a remark."""
WITHHELD = frozenset({HIDDEN, STRUCK, NO_RECORD})


class AddOutcome(StrEnum):
    ADDED = "added"  # a new item
    SAME = "same"  # known, with the same data: nothing was written
    UPDATED = "updated"  # a correction of what is in no target yet: the item's next version
    CHANGED = "changed"  # other data where a person must say which is right: both are kept


@dataclass(frozen=True, kw_only=True)
class WorkItem:
    """An item as the store holds it. Times are seconds since 1970 on the database's clock."""

    id: str
    process: str
    reference: str
    version: int
    data: Mapping[str, Any]
    digest: str
    state: State
    kind: Kind | None
    code: str | None
    sentence: str | None
    detail: Mapping[str, Any]
    attempts: int
    not_before: float
    priority: int
    batch: str
    origin: Mapping[str, Any]
    token: int
    created: float
    updated: float


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """Proof that a step is in the target: its own reference and the values read back."""

    item: str
    step: str
    system: str
    reference: str
    values: Mapping[str, str]
    at: float = 0.0
    adopted: bool = False  # found in the target, not committed by us
    intent: str | None = None
    evidence: str | None = None
    account: str = ""  # the user name under which the session was signed in

    @property
    def proven(self) -> bool:
        """Whether the target's own values stand behind it, and not a person's word alone."""
        return bool(self.values)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """The durable note "about to commit this step of this item under this lease"."""

    id: str
    item: str
    step: str
    system: str
    token: int
    digest: str
    seen: tuple[str, ...]  # references that the search showed before
    recorded: float
    deadline: float  # after this the commit is not fired
    resolvable: float  # from here on the outcome may be looked up
    writer: str  # what was to save it, such as a browser: its worker and its mark
    status: IntentStatus
    unsteady: float | None = None  # when the store's clock was seen to have been set, while this was open
    account: str = ""  # the user name under which the session was signed in

    @property
    def settled(self) -> float:
        """When nothing of its commit can arrive any more. A clock that was set begins the wait anew."""
        if self.unsteady is None:
            return self.resolvable
        return self.unsteady + (self.resolvable - self.recorded)


@dataclass(frozen=True, kw_only=True)
class Lease:
    """A time-limited hold on an item; `token` grows at every lease and fences every write."""

    item: WorkItem
    worker: str
    token: int
    expires: float
    receipts: Mapping[str, Receipt]
    intent: Intent | None = None  # the open intent, when the lease is for its resolution


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a lease ends: the item's next state and why."""

    state: State
    kind: Kind | None = None
    code: str | None = None
    sentence: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    delay: float = 0.0  # seconds until it may be taken again
    count_attempt: bool = True
    writer_closed: bool = False  # nothing of an open intent's writer can act any more
    trouble: Seen | None = None  # what it tells of the target, for the brake


@dataclass(frozen=True, kw_only=True)
class Transition:
    """One row of an item's history."""

    at: float
    who: str
    before: State | None
    after: State
    why: str
    code: str | None
    attempt: int
    token: int
    versions: Mapping[str, str]
    detail: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One hand-in: a reading of a source, or one file. `detail` says how the file was read."""

    id: str
    process: str
    source: str
    who: str
    received: float
    detail: Mapping[str, Any]
    returned: float | None = None  # when its answers were last given back
    begins: float | None = None  # nothing that came new with it is keyed before this moment


@dataclass(frozen=True, kw_only=True)
class BatchRow:
    """One row of a hand-in, with what became of it and of its item."""

    row: int
    outcome: AddOutcome
    origin: Mapping[str, Any]
    digest: str  # of what this very row said
    item: WorkItem
    receipts: Mapping[str, Receipt]
    said: Mapping[str, Any] | None = (
        None  # where staff put it right, and nothing has come from the source since
    )


@dataclass(frozen=True, kw_only=True)
class Hold:
    """A durable stop of a process, a system or everything. `cause`: of the brake's."""

    scope: str
    who: str
    why: str
    since: float
    cause: Cause | None = None


@dataclass(frozen=True, kw_only=True)
class Store:
    """Which store this is."""

    id: str
    environment: str
    created: float
    restored: float | None = None  # when it was found to be older than it had been: a backup
