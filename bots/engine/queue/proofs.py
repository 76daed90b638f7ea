"""Transactions around a commit: the intent before it, the refusal or the receipt after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.errors import BusinessException, Held, LeaseLost
from ..core.item import Intent, IntentStatus, Lease, Receipt, State
from ..core.queue import scopes_of
from . import tables as t
from .leases import LOST, fence
from .rows import intent as read_intent
from .rows import new_id

_FENCED = (
    sa.update(t.items)
    .where(
        t.items.c.id == sa.bindparam("item"),
        t.items.c.token == sa.bindparam("mine"),
        t.items.c.digest == sa.bindparam("mark"),
        t.items.c.state == State.IN_PROGRESS.value,
        t.items.c.changed == sa.false(),
        t.items.c.lease_expires >= sa.bindparam("until"),
    )
    .values(updated=sa.bindparam("at"))
)
_INTEND = sa.insert(t.intents)
_HOLD = sa.select(t.holds).where(
    t.holds.c.released.is_(None), t.holds.c.scope.in_(sa.bindparam("s", expanding=True))
)
_CLOSE = (
    sa.update(t.intents)
    .where(t.intents.c.id == sa.bindparam("intent"), t.intents.c.status == IntentStatus.OPEN.value)
    .values(status=sa.bindparam("b_status"), closed=sa.bindparam("at"), why=sa.bindparam("b_why"))
)
_OWNER = sa.select(t.receipts.c.item).where(
    t.receipts.c.system == sa.bindparam("system"),
    t.receipts.c.step == sa.bindparam("step"),
    t.receipts.c.reference == sa.bindparam("reference"),
)
_RECEIPT = sa.insert(t.receipts)
_WELL = (
    sa.update(t.systems)
    .where(t.systems.c.system == sa.bindparam("which"), t.systems.c.failures > 0)
    .values(failures=0, code=None)
)
OWNED_SENTENCE = "The target's entry for this case is already the receipt of another item."


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
    held = connection.execute(_HOLD, {"s": scopes_of(lease.item.process, system)}).first()
    if held is not None:
        raise Held("held", f"{held.scope} is held by {held.who}: {held.why}")
    deadline = now + window
    item = lease.item
    fenced = connection.execute(
        _FENCED, {"item": item.id, "mine": lease.token, "mark": item.digest, "until": deadline, "at": now}
    )
    if fenced.rowcount != 1:
        raise LeaseLost("lease-lost", LOST)
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
    connection.execute(_INTEND, {**vars(written), "seen": list(seen), "status": IntentStatus.OPEN.value})
    return written


def close_intent(
    connection: Connection, now: float, lease: Lease, intent: str, status: IntentStatus, why: str
) -> None:
    fence(connection, now, lease)
    shut(connection, now, intent, status, why)


def shut(connection: Connection, now: float, intent: str, status: IntentStatus, why: str) -> None:
    done = connection.execute(_CLOSE, {"intent": intent, "b_status": status.value, "at": now, "b_why": why})
    if done.rowcount != 1:
        raise LeaseLost("intent-closed", "This intent was already settled by someone else.")


def owner(connection: Connection, system: str, step: str, reference: str) -> str | None:
    return connection.execute(
        _OWNER, {"system": system, "step": step, "reference": reference}
    ).scalar_one_or_none()


def record_receipt(
    connection: Connection, now: float, lease: Lease, receipt: Receipt, intent: Intent | None
) -> Receipt:
    fence(connection, now, lease)
    kept = keep(connection, now, receipt)
    if intent is not None:
        shut(connection, now, intent.id, IntentStatus.RECEIPTED, receipt.reference)
    connection.execute(_WELL, {"which": receipt.system})
    return kept


def keep(connection: Connection, now: float, receipt: Receipt) -> Receipt:
    other = owner(connection, receipt.system, receipt.step, receipt.reference)
    if other is not None:
        raise BusinessException("already-in-target", OWNED_SENTENCE, {"item": other})
    kept = replace(receipt, at=now)
    connection.execute(
        _RECEIPT,
        {
            "item": kept.item,
            "step": kept.step,
            "system": kept.system,
            "reference": kept.reference,
            "values": dict(kept.values),
            "at": now,
            "adopted": kept.adopted,
            "intent": kept.intent,
            "evidence": kept.evidence,
        },
    )
    return kept


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
            t.intents.c.status == IntentStatus.OPEN.value,
        )
    )
    return int(connection.execute(query).scalar_one())
