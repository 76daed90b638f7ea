"""Transactions around a commit: the intent before it, the refusal or the receipt after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.errors import BusinessException, Busy, Held, LeaseLost
from ..core.item import Intent, IntentStatus, Lease, Receipt, State
from ..core.queue import scopes_of
from . import tables as t
from .leases import fence, receipts_of
from .rows import intent as read_intent
from .rows import new_id, note, once
from .rows import receipt as read_receipt
from .rules import (
    LOST,
    OWNED,
    RIVAL,
    RIVAL_SENTENCE,
    SECOND,
    SETTLED,
    check_closing,
    check_receipt,
    check_retract,
)

_FENCED = (
    sa.update(t.items)
    .where(
        t.items.c.id == sa.bindparam("item"),
        t.items.c.token == sa.bindparam("mine"),
        t.items.c.digest == sa.bindparam("mark"),
        t.items.c.state == State.IN_PROGRESS.value,
        t.items.c.changed == sa.false(),
        t.items.c.lease_expires >= sa.bindparam("until"),
        # Not a second commit beside one that is open, nor one of a step that is in the target already.
        ~sa.exists().where(t.intents.c.item == t.items.c.id, t.open_intents),
        ~sa.exists().where(t.receipts.c.item == t.items.c.id, t.receipts.c.step == sa.bindparam("b_step")),
    )
    .values(updated=sa.bindparam("at"))
)
_HOLD = sa.select(t.holds).where(
    t.holds.c.released.is_(None),
    t.holds.c.scope.in_([sa.bindparam("s_all"), sa.bindparam("s_process"), sa.bindparam("s_system")]),
)
_CLOSE = (
    sa.update(t.intents)
    .where(
        t.intents.c.id == sa.bindparam("intent"),
        t.intents.c.item == sa.bindparam("of"),
        t.open_intents,
    )
    .values(status=sa.bindparam("b_status"), closed=sa.bindparam("at"), why=sa.bindparam("b_why"))
)
_OWNER = sa.select(t.receipts.c.item).where(
    t.receipts.c.system == sa.bindparam("system"),
    t.receipts.c.step == sa.bindparam("step"),
    t.receipts.c.reference == sa.bindparam("reference"),
)
_KEPT = sa.select(t.receipts).where(
    t.receipts.c.item == sa.bindparam("item"), t.receipts.c.step == sa.bindparam("step")
)
_WELL = (
    sa.update(t.systems)
    .where(t.systems.c.system == sa.bindparam("which"), t.systems.c.failures > 0)
    .values(failures=0, code=None)
)


def intend(
    connection: Connection,
    now: float,
    lease: Lease,
    *,
    step: str,
    system: str,
    digest: str,
    seen: Sequence[str],
    window: float,
    settle: float,
    browser: str,
) -> Intent:
    deadline = now + window
    item = lease.item
    mine = {"item": item.id, "mine": lease.token, "mark": item.digest, "until": deadline, "at": now}
    if connection.execute(_FENCED, {**mine, "b_step": step}).rowcount != 1:
        raise LeaseLost("lease-lost", LOST)
    scopes = dict(zip(("s_all", "s_process", "s_system"), scopes_of(item.process, system), strict=True))
    # After the fence, which may have waited for the row: a hold of a moment ago counts.
    held = connection.execute(_HOLD, scopes).first()
    if held is not None:
        raise Held("held", f"{held.scope} is held.")
    written = Intent(
        id=new_id("intent"),
        item=item.id,
        step=step,
        system=system,
        token=lease.token,
        digest=digest,
        seen=tuple(seen),
        recorded=now,
        deadline=deadline,
        resolvable=deadline + settle,
        browser=browser,
        status=IntentStatus.OPEN,
    )
    values = {
        **vars(written),
        "seen": list(seen),
        "status": IntentStatus.OPEN.value,
        "closed": None,
        "why": None,
    }
    # One statement, so that of two workers with the same values one waits for the other.
    if not connection.execute(once(t.intents), values).rowcount:
        raise Busy(RIVAL, RIVAL_SENTENCE)
    return written


def close_intent(
    connection: Connection, now: float, lease: Lease, intent: Intent, status: IntentStatus, why: str
) -> None:
    fence(connection, now, lease)
    check_closing(intent, status, now)
    shut(connection, now, lease.item.id, intent.id, status, why)


def shut(connection: Connection, now: float, item: str, intent: str, status: IntentStatus, why: str) -> None:
    """Close an open intent of this very item."""
    if not _shut(connection, now, item, intent, status, why):
        raise LeaseLost("intent-closed", SETTLED)


def _shut(connection: Connection, now: float, item: str, intent: str, status: IntentStatus, why: str) -> bool:
    change = {"intent": intent, "of": item, "b_status": status.value, "at": now, "b_why": why}
    return connection.execute(_CLOSE, change).rowcount == 1


def owner(connection: Connection, system: str, step: str, reference: str) -> str | None:
    return connection.execute(
        _OWNER, {"system": system, "step": step, "reference": reference}
    ).scalar_one_or_none()


def record_receipt(
    connection: Connection, now: float, lease: Lease, receipt: Receipt, intent: Intent | None
) -> Receipt:
    check_receipt(lease, receipt, intent)
    fence(connection, now, lease)
    kept, fresh = keep(connection, now, receipt)
    if intent is not None:
        closed = _shut(connection, now, receipt.item, intent.id, IntentStatus.RECEIPTED, receipt.reference)
        if fresh and not closed:
            raise LeaseLost("intent-closed", SETTLED)
    connection.execute(_WELL, {"which": receipt.system})
    return kept


def keep(connection: Connection, now: float, receipt: Receipt) -> tuple[Receipt, bool]:
    """The proof as it is kept, and whether it was written now: the same proof twice is one."""
    kept = replace(receipt, at=now)
    # One statement, so that of two workers with the same entry one wins and the other is told.
    if connection.execute(once(t.receipts), {**vars(kept), "values": dict(kept.values)}).rowcount:
        return kept, True
    holder = owner(connection, receipt.system, receipt.step, receipt.reference)
    if holder is None:
        raise BusinessException("second-receipt", SECOND)
    if holder != receipt.item:
        raise BusinessException("already-in-target", OWNED, {"item": holder})
    row = connection.execute(_KEPT, {"item": receipt.item, "step": receipt.step}).one()
    return read_receipt(row), False


def confirm(connection: Connection, now: float, lease: Lease, step: str, values: Mapping[str, str]) -> None:
    fence(connection, now, lease)
    mine = (t.receipts.c.item == lease.item.id, t.receipts.c.step == step)
    connection.execute(sa.update(t.receipts).where(*mine).values(values=dict(values)))


def retract(
    connection: Connection, now: float, versions: Mapping[str, str], lease: Lease, step: str, why: str
) -> None:
    row = fence(connection, now, lease)
    kept = receipts_of(connection, row.id).get(step)
    check_retract(kept)
    mine = (t.receipts.c.item == row.id, t.receipts.c.step == step)
    connection.execute(sa.delete(t.receipts).where(*mine))
    note(
        connection,
        item=row.id,
        at=now,
        who=lease.worker,
        before=row.state,
        after=row.state,
        why=why,
        code="receipt-retracted",
        attempt=row.attempts,
        token=lease.token,
        versions=versions,
        detail={"step": step, "reference": kept.reference if kept else None},
    )


def intents_of(connection: Connection, item: str) -> list[Intent]:
    query = sa.select(t.intents).where(t.intents.c.item == item).order_by(t.intents.c.recorded)
    return [read_intent(row) for row in connection.execute(query)]


def rivals(connection: Connection, step: str, system: str, digest: str, but: str) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(t.intents)
        .where(
            t.intents.c.step == step,
            t.intents.c.system == system,
            t.intents.c.digest == digest,
            t.intents.c.item != but,
            t.open_intents,
        )
    )
    return int(connection.execute(query).scalar_one())
