"""What the engine asks of the durable queue. Every change is one transaction on the store's own clock.

Methods that take a `Lease` are fenced: when its token is no longer the item's, or it ran out, they
raise `LeaseLost` and change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

from .absence import Absence
from .decision import Answers, Rule
from .item import (
    AddOutcome,
    Batch,
    BatchRow,
    Ending,
    Hold,
    Intent,
    IntentStatus,
    Lease,
    NewItem,
    Receipt,
    State,
    Store,
    Transition,
    WorkItem,
)
from .limits import Leave, Limits, Spent
from .operations import Drift
from .sent import Sent

NEVER = 9e12
"""A not-before time that no clock reaches: only a person moves the item on."""


SameCase = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
"""Whether two versions of data can be of one case: a correction must not hit somebody else's."""


def any_case(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """For processes with one key alone: it was equal already."""
    return True


class Queue(Protocol):
    """The store of what is true."""

    async def store(self) -> Store: ...

    async def trust(self, process: str, clean: bool) -> None:
        """Note whether the latest reconciliation of a process was clean."""

    async def trusted(self, process: str) -> float | None:
        """Since when its reconciliations are clean; None: the last was not, or there was none since the store
        was created or restored."""

    # Intake
    async def open_batch(
        self, process: str, source: str, who: str, detail: Mapping[str, Any] | None = None
    ) -> str: ...

    async def add(
        self, process: str, batch: str, rows: Sequence[NewItem], same_case: SameCase = any_case
    ) -> list[tuple[AddOutcome, str]]:
        """Queue rows: for each, in order, what became of it and its item's id. Adding twice adds once.

        Known with other data: the item's next version, when nothing of it is in a target, no person
        corrected it and the hand-in is not of two minds; otherwise the correction is kept beside the item,
        which becomes an exception `changed-at-source`, at once or when the worker that holds it ends.
        """

    async def batches(self, process: str) -> list[Batch]: ...

    async def batch(self, batch: str) -> Batch | None: ...

    async def batch_rows(self, batch: str) -> list[BatchRow]:
        """Every row of a hand-in, in its order."""

    async def unanswered(self, process: str) -> list[Batch]:
        """Hand-ins of which no item waits for a worker, with something new since they were answered."""

    async def answered(self, batch: str, at: float) -> None:
        """Note that the answers given back are those of the moment `at` (the store's clock)."""

    async def begin(self, batch: str, at: float | None, who: str, *, seen: float | None) -> None:
        """Nothing that came new with this hand-in is taken before `at`; None: at once. `seen`: what it
        was when the person looked; refused as `changed-meanwhile` if it is another now."""

    async def now(self) -> float:
        """The store's own clock."""

    # Work
    async def take(self, process: str, worker: str, seconds: float) -> Lease | None:
        """Lease the next new item: urgent ones first, then what is due soonest, then the oldest. Leases that
        ran out are cleared up first."""

    async def take_in_doubt(self, process: str, worker: str, seconds: float) -> Lease | None:
        """Lease an item whose open intent may be resolved now, with that intent."""

    async def extend(self, lease: Lease, seconds: float) -> Lease: ...

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
        """Write an intent whose commit must be fired within `window` seconds and whose outcome may be
        looked up `settle` seconds after that. Raises LeaseLost when the lease does not outlast the window
        or the record changed, Held when a hold covers the process or the system, or a daily limit is
        reached (`pence`: what the item counts for), Crowded when `at_risk` saves of the step went wrong or
        are not proven yet (None: any number may be)."""

    async def note_left(self, lease: Lease, sent: Sent) -> None:
        """Write down, before its first byte, that a request of an open intent leaves. Raises LeaseLost when
        it may no longer leave, Held when a hold came meanwhile."""

    async def note_ended(self, lease: Lease, sent: Sent) -> None:
        """Write down its answer, or (no status) that its connection ended without one."""

    async def note_said(self, lease: Lease, intent: Intent, reference: str) -> None:
        """Write down that the target said that it saved it, under this reference."""

    async def close_intent(
        self,
        lease: Lease,
        intent: Intent,
        status: IntentStatus,
        why: str,
        absence: Absence | None = None,
    ) -> None:
        """Close an open intent as refused, or as absent with its proof."""

    async def record_receipt(self, lease: Lease, receipt: Receipt, intent: Intent | None) -> Receipt:
        """Keep the proof of a step and close its intent. Raises BusinessException `already-in-target`
        when the target's reference belongs to another item."""

    async def confirm(self, lease: Lease, step: str, values: Mapping[str, str]) -> None:
        """Fill a receipt that stands on a person's word with what the target shows."""

    async def retract(self, lease: Lease, step: str, why: str) -> None:
        """Take away a receipt that stands on a person's word: the target does not bear it out."""

    async def finish(self, lease: Lease, ending: Ending, steps: Sequence[str]) -> State:
        """End the lease. With an open intent the state is `in_doubt` whatever was asked; `done` wants a
        receipt for each of `steps`; a correction that waits makes it an exception. Returns the state."""

    async def expire(self, process: str) -> int:
        """Clear up leases that ran out: to `in_doubt` with an open intent, else to `new`. How many."""

    # Looking
    async def owner(self, system: str, step: str, reference: str) -> str | None:
        """The item whose receipt holds this reference of the target."""

    async def keyed_after(
        self, step: str, system: str, moment: float, but: str
    ) -> tuple[WorkItem, Receipt] | None:
        """The latest item other than `but` whose step was committed by us under an intent recorded after
        `moment`: proof material for a search that is alive."""

    async def refused_before(self, system: str, step: str, code: str) -> bool:
        """Whether the target has refused a save of this step with this code."""

    async def begun(self, process: str, step: str) -> Collection[str]:
        """The items of a process for which a save of this step was begun, however it ended."""

    async def said(self, intent: Intent) -> str | None:
        """The reference under which the target said that it saved it; None: it was not seen to say so."""

    async def rivals(self, step: str, system: str, digest: str, but: str) -> int:
        """How many other items have an open intent for a step with the very same values."""

    async def due_in(self, process: str, *, doubts: bool = False) -> float | None:
        """Seconds until something can be taken or a lease runs out; 0 for now, None for nothing at all.
        `doubts`: until something in doubt can be taken."""

    async def item(self, item: str) -> WorkItem | None: ...

    async def items(
        self, process: str | None = None, states: Sequence[State] = (), limit: int = 1000
    ) -> list[WorkItem]: ...

    async def references(self, process: str) -> Mapping[str, str]:
        """Every reference of a process with its item's id."""

    async def receipts(self, process: str) -> list[Receipt]: ...

    async def receipts_of(self, item: str) -> list[Receipt]: ...

    async def intents(self, item: str) -> list[Intent]: ...

    async def sent(self, item: str) -> list[Sent]:
        """The requests that left for it, in their order."""

    async def history(self, item: str) -> list[Transition]:
        """Its transitions, in order. The whole chain, with every intent and receipt, is for the audit."""

    async def counts(self, process: str) -> Mapping[State, int]: ...

    async def reasons(self, process: str) -> Mapping[str, int]:
        """Items in state `exception` by code."""

    # People
    async def decide(
        self, item: str, rule: Rule, who: str, answers: Answers, *, seen: float | None = None
    ) -> None:
        """What a person decides about an item; a refusal is a BusinessException with a sentence. `seen`: the
        item's `updated` when the person looked; `changed-meanwhile` if it is another now."""

    # Guards
    async def limits(self, process: str) -> Limits:
        """What a person allows a bot."""

    async def set_limits(self, process: str, wanted: Limits, who: str, why: str) -> None: ...

    async def spent(self, process: str) -> Spent:
        """What was begun today, over all workers."""

    async def leave(self, lease: Lease, pence: int = 0) -> Leave:
        """Whether a person must agree to this item before anything of it is keyed."""

    async def clock_was_set(self) -> None:
        """The store's clock leapt: what is open waits its time anew, and is not settled by older moments."""

    async def last_entry(self) -> int:
        """The number of the newest row of history: it grows with everything that happens to an item."""

    async def note_restored(self) -> None:
        """No process is trusted until its reconciliation is clean."""

    async def refused_sign_ins(self) -> list[str]:
        """Systems whose sign-in waits for a person."""

    async def hold(self, scope: str, who: str, why: str) -> None: ...

    async def release(self, scope: str, who: str, why: str, *, until: float | None = None) -> int:
        """Take its holds away; `until`: only those that began by then. How many."""

    async def holds(self, scopes: Sequence[str] = ()) -> list[Hold]:
        """The holds in force over any of these scopes (none named: all of them)."""

    async def take_licence(self, system: str, limit: int, holder: str, seconds: float) -> bool:
        """Take or renew one of the `limit` sessions of a system."""

    async def give_licence(self, system: str, holder: str) -> None: ...

    async def begin_sign_in(self, system: str, account: str, holder: str, seconds: float) -> bool:
        """False: somebody else signs in now. Raises SystemClosed `sign-in-refused` until a person acts."""

    async def end_sign_in(self, system: str, account: str, holder: str, refused: bool) -> None: ...

    async def allow_sign_in(self, system: str, who: str) -> int:
        """A person says that the refused credentials were put right."""

    async def probe(self, scopes: Sequence[str], holder: str, seconds: float) -> bool:
        """Whether this holder may take one item although the brake holds some of these scopes, to see whether
        it is over. For so long nobody else may; its end, or `end_probe`, frees it again."""

    async def end_probe(self, holder: str) -> None:
        """There was nothing to take."""

    async def note_drift(self, counts: Mapping[str, int]) -> None:
        """Locators that found nothing in a run, by system.screen.field[rank], are counted on."""

    async def drift(self, since: float = 0.0) -> list[Drift]:
        """Those seen from a moment on, the latest first."""

    async def close(self) -> None: ...


SCOPE_ALL = "all"
RESTORED = "restored store"
"""Who holds what a store that is a backup may key a second time."""
HELD = "held"
"""The code of an item that a hold stopped just before it was saved."""


def scopes_of(process: str, system: str) -> tuple[str, str, str]:
    """The holds that cover a step: everything, its process, its system."""
    return (SCOPE_ALL, f"process:{process}", f"system:{system}")
