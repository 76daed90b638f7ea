"""Transactions of the guards: holds, session licences and sign-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import SystemClosed
from ...core.item import Hold
from ...core.operations import Drift
from ..database import tables as t
from ..database.bulk import write_once
from ..database.rows import new_id
from . import brake
from .rules import SLACK

_HELD = t.holds.c.released.is_(None)


def hold(connection: Connection, now: float, scope: str, who: str, why: str) -> None:
    connection.execute(sa.insert(t.holds).values(id=new_id("hold"), scope=scope, who=who, why=why, since=now))


def release(
    connection: Connection, now: float, scope: str, who: str, why: str, until: float | None = None
) -> int:
    change = {"released": now, "released_by": who, "released_why": why}
    brake.lock_systems(connection, scope)
    mine = [t.holds.c.scope == scope, _HELD]
    if until is not None:
        mine.append(t.holds.c.since <= until)
    brakes = connection.execute(sa.select(t.holds.c.brake).where(*mine, t.holds.c.brake.is_not(None)))
    causes = set(brakes.scalars())
    done = connection.execute(sa.update(t.holds).where(*mine).values(**change))
    # What it holds elsewhere for the same cause is let go with it.
    same = (t.holds.c.brake.in_(causes), _HELD)
    connection.execute(sa.update(t.holds).where(*same).values(**change))
    brake.released(connection, now, scope, causes)
    return done.rowcount


def holds(connection: Connection, scopes: Sequence[str]) -> list[Hold]:
    query = sa.select(t.holds, *(c for c in t.brakes.c if c.name != "id"), t.brakes.c.id.label("cause"))
    query = query.join_from(t.holds, t.brakes, t.brakes.c.id == t.holds.c.brake, isouter=True)
    query = query.where(_HELD).order_by(t.holds.c.since, t.holds.c.scope)
    if scopes:
        query = query.where(t.holds.c.scope.in_(scopes))
    return [
        Hold(
            scope=r.scope,
            who=r.who,
            why=r.why,
            since=r.since,
            cause=brake.cause(r, r.cause) if r.cause is not None else None,
        )
        for r in connection.execute(query)
    ]


def take_licence(
    connection: Connection, now: float, system: str, limit: int, holder: str, seconds: float
) -> bool:
    brake.lock_system(connection, system)
    mine = t.licences.c.system == system
    # One that lasts longer than it was taken for: the clock was set back. Its holder may live, so its time
    # begins anew.
    too_long = t.licences.c.expires > now + t.licences.c.seconds + SLACK
    anew = {"expires": now + t.licences.c.seconds}
    connection.execute(sa.update(t.licences).where(mine, too_long).values(**anew))
    connection.execute(sa.delete(t.licences).where(mine, t.licences.c.expires <= now))
    until = {"expires": now + seconds, "seconds": seconds}
    renewed = connection.execute(
        sa.update(t.licences).where(mine, t.licences.c.holder == holder).values(**until)
    )
    if renewed.rowcount:
        return True
    taken = set(connection.execute(sa.select(t.licences.c.slot).where(mine)).scalars())
    if len(taken) >= limit:  # counted, not by slot: the limit may have been lowered meanwhile
        return False
    free = min(set(range(limit)) - taken)
    connection.execute(sa.insert(t.licences).values(system=system, slot=free, holder=holder, **until))
    return True


def give_licence(connection: Connection, system: str, holder: str) -> None:
    connection.execute(
        sa.delete(t.licences).where(t.licences.c.system == system, t.licences.c.holder == holder)
    )


def begin_sign_in(
    connection: Connection, now: float, system: str, account: str, holder: str, seconds: float
) -> bool:
    brake.lock_system(connection, system)
    key = (t.sign_ins.c.system == system, t.sign_ins.c.account == account)
    row = connection.execute(sa.select(t.sign_ins).where(*key)).one_or_none()
    if row is None:
        connection.execute(
            sa.insert(t.sign_ins).values(
                system=system, account=account, holder=holder, busy_until=now + seconds
            )
        )
        return True
    if row.refused is not None:
        raise SystemClosed(
            "sign-in-refused",
            f"The sign-in to {system} was refused. Put it right with: rekey credentials set {system}.",
        )
    if row.holder not in (None, holder) and row.busy_until > now:
        if row.busy_until > now + seconds + SLACK:  # the clock was set back: the turn begins anew
            connection.execute(sa.update(t.sign_ins).where(*key).values(busy_until=now + seconds))
        return False
    connection.execute(sa.update(t.sign_ins).where(*key).values(holder=holder, busy_until=now + seconds))
    return True


def end_sign_in(
    connection: Connection, now: float, system: str, account: str, holder: str, refused: bool
) -> None:
    account_row = (t.sign_ins.c.system == system, t.sign_ins.c.account == account)
    connection.execute(
        sa.update(t.sign_ins)
        .where(*account_row, t.sign_ins.c.holder == holder)
        .values(holder=None, busy_until=0.0)
    )
    if refused:  # also from a holder whose time ran out: another attempt could lock the account
        connection.execute(sa.update(t.sign_ins).where(*account_row).values(refused=now))


def allow_sign_in(connection: Connection, system: str) -> int:
    done = connection.execute(
        sa.update(t.sign_ins)
        .where(t.sign_ins.c.system == system, t.sign_ins.c.refused.is_not(None))
        .values(refused=None)
    )
    return done.rowcount


def clock_was_set(connection: Connection, now: float) -> None:
    """Somebody saw the clock leap: what is open waits its time anew, and what lies ahead proves nothing."""
    doubtful = sa.or_(t.open_intents, t.intents.c.recorded >= now)
    connection.execute(sa.update(t.intents).where(doubtful).values(unsteady=now))


def note_restored(connection: Connection, now: float) -> None:
    """This store is older than it was: the targets hold more than it knows."""
    connection.execute(sa.update(t.store).values(restored=now))
    connection.execute(sa.delete(t.trusts))


def trust(connection: Connection, now: float, process: str, clean: bool) -> None:
    if clean:
        write_once(connection, t.trusts, {"process": process, "since": now})
    else:
        connection.execute(sa.delete(t.trusts).where(t.trusts.c.process == process))


def trusted(connection: Connection, process: str) -> float | None:
    since: float | None = connection.execute(
        sa.select(t.trusts.c.since).where(t.trusts.c.process == process)
    ).scalar()
    return since


def refused_sign_ins(connection: Connection) -> list[str]:
    """Systems whose sign-in waits for a person."""
    query = sa.select(t.sign_ins.c.system).where(t.sign_ins.c.refused.is_not(None)).distinct()
    return sorted(connection.execute(query).scalars())


def note_drift(connection: Connection, now: float, counts: Mapping[str, int]) -> None:
    """In one order, so that two runs that end together do not wait for each other in a circle."""
    for place, count in sorted(counts.items()):
        known = sa.update(t.drift).where(t.drift.c.place == place)
        more = known.values(times=t.drift.c.times + count, last=now)
        if connection.execute(more).rowcount:
            continue
        row = {"place": place, "times": count, "first": now, "last": now}
        if not write_once(connection, t.drift, row):
            connection.execute(more)


def drift(connection: Connection, since: float) -> list[Drift]:
    query = sa.select(t.drift).where(t.drift.c.last >= since)
    query = query.order_by(t.drift.c.last.desc(), t.drift.c.place)
    return [
        Drift(place=r.place, times=r.times, first=r.first, last=r.last) for r in connection.execute(query)
    ]
