"""Transactions of what a person allows a bot: so much a day, and its first items one by one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import Lease, State
from ...core.limits import Leave, Limits, Spent, check, day_of
from ..database import tables as t
from ..database.bulk import write_once
from .rules import AGREED, no

_LIMITS = sa.select(t.limits).where(t.limits.c.process == sa.bindparam("of"))
_SPENT = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(t.spent.c.pence), 0)).where(
    t.spent.c.process == sa.bindparam("of"), t.spent.c.day == sa.bindparam("on")
)
_BEGUN = sa.select(t.spent.c.item).where(
    t.spent.c.process == sa.bindparam("of"),
    t.spent.c.day == sa.bindparam("on"),
    t.spent.c.item == sa.bindparam("one"),
)

_ASKED = sa.select(t.approvals.c.at).where(
    t.approvals.c.item == sa.bindparam("one"), t.approvals.c.digest == sa.bindparam("mark")
)
_ON_ITS_WAY = [state.value for state in (State.NEW, State.IN_PROGRESS, State.AWAITING_APPROVAL)]
# How many were agreed to since the limit was set, and how many more a person is asked or will be.
_PLACES = (
    sa.select(
        sa.func.count(t.approvals.c.at),
        sa.func.count(sa.case((sa.and_(t.approvals.c.at.is_(None), t.items.c.state.in_(_ON_ITS_WAY)), 1))),
    )
    .select_from(t.approvals)
    .join(t.items, sa.and_(t.items.c.id == t.approvals.c.item, t.items.c.digest == t.approvals.c.digest))
    .where(t.items.c.process == sa.bindparam("of"), t.approvals.c.asked >= sa.bindparam("since"))
)


def limits(connection: Connection, process: str) -> Limits:
    row = connection.execute(_LIMITS, {"of": process}).one_or_none()
    if row is None:
        return Limits()
    return Limits(
        daily_items=row.daily_items,
        daily_pence=row.daily_pence,
        approve_first=row.approve_first,
        approve_over=row.approve_over,
    )


def set_limits(connection: Connection, now: float, process: str, wanted: Limits, who: str, why: str) -> None:
    connection.execute(sa.delete(t.limits).where(t.limits.c.process == process))
    row = {**vars(wanted), "process": process, "who": who, "why": why, "at": now}
    connection.execute(sa.insert(t.limits).values(row))


def spent(connection: Connection, now: float, process: str) -> Spent:
    """Begun today, over all workers."""
    items, pence = connection.execute(_SPENT, {"of": process, "on": day_of(now)}).one()
    return Spent(items=items, pence=int(pence))


def spend(connection: Connection, now: float, lease: Lease, pence: int) -> None:
    """Count an item that is about to be committed; Held when that would be too much for today.

    An item counts once a day, at its first commit, and stays counted when that came to nothing.
    """
    process = lease.item.process
    # Locked, so that of two workers that want the last one only one gets it (PostgreSQL).
    row = connection.execute(_LIMITS.with_for_update(), {"of": process}).one_or_none()
    if row is None or (row.daily_items is None and row.daily_pence is None):
        return
    begun = {"process": process, "day": day_of(now), "item": lease.item.id, "pence": pence}
    if connection.execute(_BEGUN, {"of": process, "on": begun["day"], "one": lease.item.id}).first():
        return
    check(limits(connection, process), spent(connection, now, process), pence)
    write_once(connection, t.spent, begun)


def leave(connection: Connection, now: float, lease: Lease, pence: int) -> Leave:
    """Whether a person must agree to an item before anything of it is keyed. Who is told so, is noted."""
    item = lease.item
    # Locked, so that no two workers take the last place (PostgreSQL).
    row = connection.execute(_LIMITS.with_for_update(), {"of": item.process}).one_or_none()
    large = row is not None and row.approve_over is not None and pence > row.approve_over
    if row is None or not (row.approve_first or large):
        return Leave.GIVEN
    wanted = Leave.LARGE if large else Leave.WANTED
    asked = connection.execute(_ASKED, {"one": item.id, "mark": item.digest}).one_or_none()
    if asked is not None:
        return wanted if asked.at is None else Leave.GIVEN
    if not large:
        given, waiting = connection.execute(_PLACES, {"of": item.process, "since": row.at}).one()
        if given >= row.approve_first:
            return Leave.GIVEN
        if given + waiting >= row.approve_first:
            return Leave.FULL
    values = {"item": item.id, "digest": item.digest, "asked": now, "who": None, "why": None, "at": None}
    connection.execute(sa.insert(t.approvals).values(values))
    return wanted


def agree(connection: Connection, now: float, item: str, digest: str, who: str, why: str) -> None:
    """A person agrees to this item with these very data."""
    mine = (t.approvals.c.item == item, t.approvals.c.digest == digest)
    told = {"who": who, "why": why, "at": now}
    if connection.execute(sa.update(t.approvals).where(*mine).values(**told)).rowcount:
        return
    if not write_once(connection, t.approvals, {"item": item, "digest": digest, "asked": now, **told}):
        raise no("agreed-already", AGREED)
