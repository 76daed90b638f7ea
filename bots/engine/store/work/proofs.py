"""Transactions around a commit: the intent before it, the refusal or the receipt after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row, RowMapping

from ...core.absence import Absence
from ...core.brake import Let
from ...core.errors import BusinessException, Busy, Held, LeaseLost
from ...core.item import Intent, IntentStatus, Lease, Receipt, State
from ...core.queue import HELD, scopes_of
from ..chain import facts
from ..chain.entries import RETRACTED, TAIL, Tail, note, tail_of
from ..database import tables as t
from ..database.bulk import write_once
from ..database.database import to_json
from ..database.rows import intent as read_intent
from ..database.rows import new_id
from ..database.rows import receipt as read_receipt
from . import brake
from .leases import fence, open_intent, receipts_of
from .limits import spend
from .lives import check_alive
from .rules import (
    LOST,
    OWNED,
    RIVAL,
    RIVAL_SENTENCE,
    SECOND,
    SETTLED,
    UNSEEN,
    UNSEEN_SENTENCE,
    check_closing,
    check_confirm,
    check_receipt,
    check_retract,
)

SHOWN = (t.items.c.id, t.items.c.attempts, *TAIL)
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
    .returning(*SHOWN)
)
_HOLD = (
    sa.select(t.holds.c.scope)
    .join_from(t.holds, t.brakes, t.brakes.c.id == t.holds.c.brake, isouter=True)
    # Whoever finds out whether it is over may pass.
    .where(t.brakes.c.prober.is_distinct_from(sa.bindparam("by")))
)
_HOLD = _HOLD.where(
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
    .returning(*facts.INTENT)
)
_SAVED = (
    sa.select(t.receipts.c.item)
    .join(t.intents, sa.and_(t.intents.c.item == t.receipts.c.item, t.intents.c.step == t.receipts.c.step))
    .where(
        t.intents.c.system == sa.bindparam("system"),
        t.intents.c.step == sa.bindparam("step"),
        t.intents.c.digest == sa.bindparam("digest"),
        t.intents.c.item != sa.bindparam("item"),
    )
    .limit(1)
)
_OWNER = sa.select(t.receipts.c.item).where(
    t.receipts.c.system == sa.bindparam("system"),
    t.receipts.c.step == sa.bindparam("step"),
    t.receipts.c.reference == sa.bindparam("reference"),
)
_LIKE = sa.select(t.receipts.c.item, t.receipts.c.reference).where(
    t.receipts.c.system == sa.bindparam("system"),
    t.receipts.c.step == sa.bindparam("step"),
    sa.func.lower(t.receipts.c.reference) == sa.bindparam("like"),
)
_KEPT = sa.select(t.receipts).where(
    t.receipts.c.item == sa.bindparam("item"), t.receipts.c.step == sa.bindparam("step")
)
_CONFIRM = (
    sa.update(t.receipts)
    .where(t.receipts.c.item == sa.bindparam("of"), t.receipts.c.step == sa.bindparam("b_step"))
    .values({"values": sa.bindparam("b_values", type_=sa.JSON)})
    .returning(*facts.RECEIPT)
)


def intend(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    *,
    step: str,
    system: str,
    digest: str,
    seen: Sequence[str],
    window: float,
    settle: float,
    writer: str,
    account: str,
    pence: int,
    at_risk: int | None,
) -> Intent:
    deadline = now + window
    row = _fenced(connection, now, lease, step, deadline)
    # After the fence, which may have waited for the row: a hold of a moment ago counts.
    check_holds(connection, lease, system)
    check_alive(connection, now, lease.worker)
    spend(connection, now, lease, pence)
    if at_risk is not None:
        brake.check_begin(connection, now, system, step, at_risk)
        # It may have waited for the system's row while what goes wrong with another save was noted.
        check_holds(connection, lease, system)
    written = Intent(
        id=new_id("intent"),
        item=lease.item.id,
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
    values = {
        **{name: value for name, value in vars(written).items() if name != "writer"},
        "browser": writer,  # as the chain knows it
        "seen": list(seen),
        "status": IntentStatus.OPEN.value,
        "closed": None,
        "why": None,
    }
    # One statement, so that of two workers with the same values one waits for the other.
    if not write_once(connection, t.intents, values):
        raise Busy(RIVAL, RIVAL_SENTENCE)
    # After it: what the other one did while we waited counts.
    if _saved_unseen(connection, values):
        raise Busy(UNSEEN, UNSEEN_SENTENCE)
    told = facts.of_intent(row.salt, {**values, "seen": to_json(values["seen"])})
    _tell(connection, now, versions, lease, row, tail_of(row), "intent", "about to save", told)
    return written


def _fenced(connection: Connection, now: float, lease: Lease, step: str, deadline: float) -> Row[Any]:
    item = lease.item
    mine = {"item": item.id, "mine": lease.token, "mark": item.digest, "until": deadline, "at": now}
    row = connection.execute(_FENCED, {**mine, "b_step": step}).one_or_none()
    if row is None:
        raise LeaseLost("lease-lost", LOST)
    return row


def check_holds(connection: Connection, lease: Lease, system: str) -> None:
    names = ("s_all", "s_process", "s_system")
    scopes = dict(zip(names, scopes_of(lease.item.process, system), strict=True))
    held = connection.execute(_HOLD, {**scopes, "by": lease.worker}).first()
    if held is not None:
        raise Held(HELD, f"{held.scope} is held.")


def _tell(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    row: Row[Any],
    tail: Tail,
    event: str,
    why: str,
    told: Mapping[str, Any],
    **more: Any,
) -> Tail:
    """Append what a worker did about a commit; the item itself stays as it is."""
    return note(
        connection,
        tail,
        at=now,
        who=lease.worker,
        before=State.IN_PROGRESS.value,
        after=State.IN_PROGRESS.value,
        why=why,
        attempt=row.attempts,
        token=lease.token,
        versions=versions,
        event=event,
        facts=told,
        **more,
    )


def _saved_unseen(connection: Connection, mine: Mapping[str, Any]) -> bool:
    """Whether the target holds an entry of the same case, saved for another item since we looked."""
    unseen = _SAVED.where(t.receipts.c.reference.not_in(mine["seen"])) if mine["seen"] else _SAVED
    given = {name: mine[name] for name in ("system", "step", "digest", "item")}
    return connection.execute(unseen, given).first() is not None


def close_intent(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    intent: Intent,
    status: IntentStatus,
    why: str,
    absence: Absence | None = None,
) -> None:
    row = fence(connection, now, lease)
    # As it stands: the clock may have been set since the lease was taken.
    check_closing(open_intent_of(connection, row.id) or intent, status, now, absence)
    stood = brake.stood(connection, intent.system)
    told = shut(connection, now, row, intent.id, status, why)
    if absence is not None:
        told |= {"absence": {**vars(absence), "witness": absence.witness.value}}
    brake.settled(connection, now, stood, row.id, intent.system, intent.step, Let.ABSENT)
    _tell(connection, now, versions, lease, row, tail_of(row), status.value, why, told)


def open_intent_of(connection: Connection, item: str) -> Intent | None:
    row = open_intent(connection, item)
    return read_intent(row) if row is not None else None


def shut(
    connection: Connection, now: float, item: Row[Any], intent: str, status: IntentStatus, why: str
) -> dict[str, Any]:
    """Close an open intent of this very item; what the chain is told of it."""
    closed = _shut(connection, now, item.id, intent, status, why)
    if closed is None:
        raise LeaseLost("intent-closed", SETTLED)
    return facts.of_intent(item.salt, closed)


def _shut(
    connection: Connection, now: float, item: str, intent: str, status: IntentStatus, why: str
) -> RowMapping | None:
    change = {"intent": intent, "of": item, "b_status": status.value, "at": now, "b_why": why}
    return connection.execute(_CLOSE, change).mappings().one_or_none()


def owner(connection: Connection, system: str, step: str, reference: str) -> str | None:
    return connection.execute(
        _OWNER, {"system": system, "step": step, "reference": reference}
    ).scalar_one_or_none()


def record_receipt(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    receipt: Receipt,
    intent: Intent | None,
) -> Receipt:
    check_receipt(lease, receipt, intent)
    row = fence(connection, now, lease)
    stood = brake.stood(connection, receipt.system)
    kept, fresh = keep(connection, now, receipt)
    closed = None
    if intent is not None:
        closed = _shut(connection, now, receipt.item, intent.id, IntentStatus.RECEIPTED, receipt.reference)
        if fresh and closed is None:
            raise LeaseLost("intent-closed", SETTLED)
    if fresh or closed is not None:
        told = receipt_facts(row.salt, kept, closed)
        why = "found there" if kept.adopted else "saved and read again"
        _tell(connection, now, versions, lease, row, tail_of(row), "receipt", why, told)
    of = (receipt.item, lease.item.process, receipt.system, receipt.step)
    brake.proven(connection, now, stood, *of, saved=not receipt.adopted)
    return kept


def receipt_facts(salt: bytes | None, kept: Receipt, closed: Mapping[Any, Any] | None) -> dict[str, Any]:
    """What the chain is told of a receipt, and of the intent that it closed."""
    told = facts.of_receipt(salt, {**vars(kept), "values": to_json(dict(kept.values))})
    if closed is not None:
        told["proofs"] |= facts.of_intent(salt, closed)["proofs"]
    return told


def keep(connection: Connection, now: float, receipt: Receipt) -> tuple[Receipt, bool]:
    """The proof as it is kept, and whether it was written now: the same proof twice is one."""
    kept = replace(receipt, at=now)
    # One statement, so that of two workers with the same entry one wins and the other is told.
    if write_once(connection, t.receipts, {**vars(kept), "values": dict(kept.values)}):
        return kept, True
    holder = owner(connection, receipt.system, receipt.step, receipt.reference)
    if holder is None:
        raise BusinessException("second-receipt", SECOND)
    if holder != receipt.item:
        raise BusinessException("already-in-target", OWNED, {"item": holder})
    row = connection.execute(_KEPT, {"item": receipt.item, "step": receipt.step}).one()
    return read_receipt(row), False


def keep_word(connection: Connection, now: float, receipt: Receipt) -> tuple[Receipt, bool]:
    """The same for what a person named: written in other letters it is the same reference."""
    wanted = {"system": receipt.system, "step": receipt.step, "like": receipt.reference.lower()}
    for found in connection.execute(_LIKE, wanted):
        if found.item != receipt.item:
            raise BusinessException("already-in-target", OWNED, {"item": found.item})
    return keep(connection, now, receipt)


def confirm(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    lease: Lease,
    step: str,
    values: Mapping[str, str],
) -> None:
    row = fence(connection, now, lease)
    check_confirm(receipts_of(connection, row.id).get(step), values)
    change = {"of": row.id, "b_step": step, "b_values": dict(values)}
    kept = connection.execute(_CONFIRM, change).mappings().one_or_none()
    if kept is not None:
        told, why = facts.of_receipt(row.salt, kept), "the entry that a person named was read"
        _tell(connection, now, versions, lease, row, tail_of(row), "confirmed", why, told)


def retract(
    connection: Connection, now: float, versions: Mapping[str, str], lease: Lease, step: str, why: str
) -> None:
    row = fence(connection, now, lease)
    kept = receipts_of(connection, row.id).get(step)
    check_retract(kept)
    mine = (t.receipts.c.item == row.id, t.receipts.c.step == step)
    connection.execute(sa.delete(t.receipts).where(*mine))
    reference = kept.reference if kept else None
    detail, told = {"step": step, "reference": reference}, facts.retracted(step, reference)
    more = {"code": "receipt-retracted", "detail": detail}
    _tell(connection, now, versions, lease, row, tail_of(row), RETRACTED, why, told, **more)
