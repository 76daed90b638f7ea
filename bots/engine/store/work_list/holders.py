"""Transactions of those who work on the list: take, give back, assign, put off, set a due date."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.errors import BusinessException, refusal
from ...core.work_list import FOR_PEOPLE, PUT_OFF_FOR, Holding, PutOff, Remark, storable
from ..database import tables as t
from ..work.rules import no
from .comments import clean, remark
from .filter import sleeping
from .tables import NO_DUE, holders, snoozes

_STATES = frozenset(state.value for state in FOR_PEOPLE)
_ITEM = sa.select(t.items.c.id, t.items.c.state, t.items.c.entries).where(t.items.c.id == sa.bindparam("id"))
_HOLDER = sa.select(holders).where(holders.c.item == sa.bindparam("of"), holders.c.until > sa.bindparam("at"))


def take(connection: Connection, now: float, item: str, person: str, over: bool, life: float) -> Holding:
    """Taken again by who has it, it is only prolonged."""
    _waits(connection, item)
    before = _holder(connection, now, item)
    if before is not None and before.person == person:
        return _hold(connection, _prolonged(before, now + life))
    if before is not None and not over:
        raise _others(before)
    return _hold(connection, Holding(item=item, person=person, since=now, until=now + life))


def still_here(connection: Connection, now: float, item: str, person: str, life: float) -> bool:
    """A sign of life. False: it is not this person's any more."""
    if _locked(connection, item) is None:
        return False
    held = _holder(connection, now, item)
    if held is None or held.person != person:
        return False
    _hold(connection, _prolonged(held, now + life))
    return True


def give_back(connection: Connection, now: float, item: str, person: str, note: str) -> None:
    """To the list, with a note to whoever takes it next. It may have gone back by itself already."""
    if _locked(connection, item) is None:
        raise _unknown(item)
    held = _holder(connection, now, item)
    if held is not None and held.person != person:
        raise _others(held)
    if held is not None:
        connection.execute(sa.delete(holders).where(holders.c.item == item))
    if note.strip():
        remark(connection, now, item, person, note, Remark.HANDOVER)


def assign(
    connection: Connection,
    now: float,
    item: str,
    to: str,
    by: str,
    life: float,
    note: str,
    seen: str | None,
) -> Holding:
    """To a colleague, with a note. `seen`: who had it when that was decided, None: whoever has it now."""
    _waits(connection, item)
    held = _holder(connection, now, item)
    if held is not None and seen is not None and held.person not in (seen, to, by):
        raise _others(held)
    if note.strip():
        remark(connection, now, item, by, note, Remark.HANDOVER, to=to)
    return _hold(connection, Holding(item=item, person=to, since=now, until=now + life, by=by))


def holder(connection: Connection, now: float, item: str) -> Holding | None:
    return _holder(connection, now, item) if storable(item) else None


def lapsed(connection: Connection, now: float, item: str) -> Holding | None:
    """Who had it last, if they gave no sign of life any more: it went back to the list by itself."""
    query = sa.select(holders).where(holders.c.item == item, holders.c.until <= now)
    row = connection.execute(query).one_or_none() if storable(item) else None
    return Holding(**row._mapping) if row is not None else None


def snooze(connection: Connection, now: float, item: str, until: float, by: str, why: str) -> None:
    """Out of the list until a moment, or until something happens to it."""
    if not math.isfinite(until) or until <= now:
        raise no("not-later", "Choose a time that is still to come.")
    if until > now + PUT_OFF_FOR:
        raise no("too-far", "Put it off for a year at most.")
    row = _waits(connection, item)
    _awake(connection, item)
    put_off = {"item": item, "until": until, "who": by, "why": clean(why)}
    connection.execute(sa.insert(snoozes).values(**put_off, entries=row.entries))


def put_off(connection: Connection, now: float, item: str) -> PutOff | None:
    query = (
        sa.select(snoozes.c.until, snoozes.c.who, snoozes.c.why)
        .select_from(t.items.join(snoozes, sa.and_(*sleeping(now))))
        .where(t.items.c.id == item)
    )
    row = connection.execute(query).one_or_none() if storable(item) else None
    return PutOff(**row._mapping) if row is not None else None


def wake(connection: Connection, item: str) -> None:
    if _locked(connection, item) is None:
        raise _unknown(item)
    _awake(connection, item)


def set_due(connection: Connection, item: str, due: float | None) -> None:
    """When the case should be answered; it is no part of what the history proves."""
    if due is not None and not math.isfinite(due):
        raise no("no-such-time", "This due date is not a time.")
    change = sa.update(t.items).where(t.items.c.id == item).values(due=NO_DUE if due is None else due)
    if not storable(item) or not connection.execute(change).rowcount:
        raise _unknown(item)


def _locked(connection: Connection, item: str) -> Row[Any] | None:
    """The item, held for this transaction: of two who want it, one waits for the other (PostgreSQL)."""
    if not storable(item):
        return None
    return connection.execute(_ITEM.with_for_update(), {"id": item}).one_or_none()


def _waits(connection: Connection, item: str) -> Row[Any]:
    row = _locked(connection, item)
    if row is None:
        raise _unknown(item)
    if row.state not in _STATES:
        raise no("not-for-people", "This item does not wait for a person any more.")
    return row


def _holder(connection: Connection, now: float, item: str) -> Holding | None:
    row = connection.execute(_HOLDER, {"of": item, "at": now}).one_or_none()
    return Holding(**row._mapping) if row is not None else None


def _prolonged(held: Holding, until: float) -> Holding:
    return Holding(**{**vars(held), "until": max(held.until, until)})


def _hold(connection: Connection, held: Holding) -> Holding:
    connection.execute(sa.delete(holders).where(holders.c.item == held.item))
    connection.execute(sa.insert(holders).values(**vars(held)))
    return held


def _awake(connection: Connection, item: str) -> None:
    connection.execute(sa.delete(snoozes).where(snoozes.c.item == item))


def _unknown(item: str) -> BusinessException:
    return no("unknown-item", f"There is no item {item}.")


def _others(held: Holding) -> BusinessException:
    detail = {"holder": held.person, "since": held.since, "until": held.until}
    return refusal("taken-already", "A colleague has taken this item.", detail)
