"""Transactions of the brake: what went wrong, what is held for it, and what lets it go on by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.brake import (
    BRAKE,
    LONGEST,
    OVERCOME,
    SIGN_IN,
    Cause,
    Let,
    Seen,
    Standing,
    Trouble,
    counts,
    longer,
    may_begin,
    scopes,
    why,
)
from ...core.errors import Crowded
from ...core.item import Ending, State
from ..database import tables as t
from ..database.bulk import write_once
from ..database.rows import new_id
from .rules import CROWDED, LET_GO, SLACK, spared

_STANDING = sa.select(t.troubles).where(
    t.troubles.c.system == sa.bindparam("of"), t.troubles.c.ended.is_(None)
)
_IN_FLIGHT = (
    sa.select(sa.func.count())
    .select_from(t.intents.join(t.items, t.items.c.id == t.intents.c.item))
    .where(
        t.intents.c.system == sa.bindparam("of"),
        t.intents.c.step == sa.bindparam("which"),
        t.open_intents,
        t.items.c.state == State.IN_PROGRESS.value,
        t.items.c.token == t.intents.c.token,  # not one that is only looked up now
        t.items.c.lease_expires > sa.bindparam("now"),
    )
)
_IN_FORCE = sa.select(t.holds.c.scope, t.brakes).join(t.brakes, t.brakes.c.id == t.holds.c.brake)
_HELD = t.holds.c.released.is_(None)
_IN_FORCE = _IN_FORCE.where(_HELD)


def standing(connection: Connection, system: str) -> list[Standing]:
    return [
        Standing(
            item=r.item,
            process=r.process,
            kind=Trouble(r.kind),
            code=r.code,
            system=r.system,
            place=r.place,
            at=r.at,
            counts=r.counts,
            proven=r.proven,
            brake=r.brake,
        )
        for r in connection.execute(_STANDING, {"of": system})
    ]


def stood(connection: Connection, system: str) -> list[Standing]:
    """The same, before any of it is ended: whoever does that holds the system's row, so that of two who end
    the last two of them one sees that there is none left (PostgreSQL)."""
    found = standing(connection, system)
    if found:
        lock_system(connection, system)
        return standing(connection, system)
    return []


def lock_system(connection: Connection, system: str) -> None:
    """Hold the system's row for this transaction (PostgreSQL; SQLite has one writer)."""
    query = sa.select(t.systems.c.system).where(t.systems.c.system == system).with_for_update()
    if connection.execute(query).one_or_none() is None:
        write_once(connection, t.systems, {"system": system})
        connection.execute(query)


def cause(row: Row[Any], brake: str | None = None) -> Cause:
    return Cause(
        brake=brake or row.id,
        kind=Trouble(row.kind),
        code=row.code,
        system=row.system,
        place=row.place,
        count=row.times,
        probe=row.probe,
    )


# ---- a save begins ------------------------------------------------------------------------------
def check_begin(connection: Connection, now: float, system: str, step: str, at_risk: int) -> None:
    """Raise Crowded while so many saves of this step are unproven that one more would be too many."""
    lock_system(connection, system)
    in_flight = connection.execute(_IN_FLIGHT, {"of": system, "which": step, "now": now}).scalar_one()
    if not may_begin(standing(connection, system), step, in_flight, at_risk):
        raise Crowded("crowded", CROWDED)


# ---- something goes wrong -----------------------------------------------------------------------
def ended(
    connection: Connection, now: float, worker: str, item: str, process: str, ending: Ending, steps: Any
) -> Ending:
    """Count what an ending tells of the target; the ending itself, or that the item is spared: what stopped
    it stops everything now."""
    seen = ending.trouble
    if seen is None:
        _probed(connection, now, worker, None)
        return ending
    lock_system(connection, seen.system)
    _not_ahead(connection, now, seen.system)
    wait = _note(connection, now, item, process, seen, steps)
    _probed(connection, now, worker, seen)
    if wait is None or seen.kind is not Trouble.STOP or ending.state is State.IN_DOUBT:
        return ending
    return spared(ending, wait)


def _not_ahead(connection: Connection, now: float, system: str) -> None:
    """A trouble that lies ahead: the clock was set back. No later one would count as met anew."""
    c = t.troubles.c
    ahead = sa.update(t.troubles).where(c.system == system, c.ended.is_(None), c.at > now)
    connection.execute(ahead.values(at=now))


def _note(
    connection: Connection, now: float, item: str, process: str, seen: Seen, steps: Any
) -> float | None:
    """Seconds until the next probe when it is held for this cause; None: it is not held."""
    known = standing(connection, seen.system)
    held = [row for row in _in_force(connection) if _same(cause(row), seen)]
    before = next((one for one in known if one.of(seen) and one.item == item), None)
    meets = counts(seen, known, item)
    row = {
        "item": item,
        "kind": seen.kind.value,
        "system": seen.system,
        "place": seen.place,
        "process": process,
        "code": seen.code,
        # Of an item that is met again: as before, so that others of its moment stay of that moment.
        "at": before.at if before is not None and before.counts else now,
        "counts": meets,
        "proven": 0,
        "brake": held[0].id if held else None,
        "ended": None,
        "how": None,
    }
    _write(connection, row)
    number = meets + sum(one.of(seen) and one.counts and one.item != item for one in known)
    saves = seen.kind is not Trouble.STOP
    sharers = [name for name, pairs in steps.items() if saves and (seen.place, seen.system) in pairs]
    if held:
        _hold(connection, now, held[0].id, [f"process:{process}"], held[0], seen, held[0].times)
        return float(held[0].wait)
    if number < seen.limit:
        return None
    brake = _new_brake(connection, now, seen, number)
    stopping = [cause(one) for one in _in_force(connection)]
    _hold(connection, now, brake, scopes(seen, process, sharers, stopping), None, seen, number)
    items = [item, *(one.item for one in known if one.of(seen))]
    mine: list[sa.ColumnElement[bool]] = [t.troubles.c.item.in_(items)]
    mine += [t.troubles.c.kind == seen.kind.value, t.troubles.c.place == seen.place]
    mine += [t.troubles.c.system == seen.system, t.troubles.c.ended.is_(None)]
    connection.execute(sa.update(t.troubles).where(*mine).values(brake=brake))
    return seen.wait


def _write(connection: Connection, row: dict[str, Any]) -> None:
    if not write_once(connection, t.troubles, row):
        c = t.troubles.c
        key = [c[name] == row[name] for name in ("item", "kind", "system", "place")]
        connection.execute(sa.update(t.troubles).where(*key).values(**row))


def _same(one: Cause, seen: Seen) -> bool:
    return (one.kind, one.system, one.place, one.code if one.kind is Trouble.STOP else "") == seen.cause


def _in_force(connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(_IN_FORCE))


def _new_brake(connection: Connection, now: float, seen: Seen, number: int) -> str:
    row = {
        "id": new_id("brake"),
        "kind": seen.kind.value,
        "code": seen.code,
        "system": seen.system,
        "place": seen.place,
        "times": number,
        "first_wait": seen.wait,
        "wait": seen.wait,
        "probe": now + seen.wait if seen.kind is Trouble.STOP else None,
        "prober": None,
    }
    connection.execute(sa.insert(t.brakes).values(row))
    return str(row["id"])


def _hold(
    connection: Connection,
    now: float,
    brake: str,
    wanted: Sequence[str],
    known: Row[Any] | None,
    seen: Seen,
    number: int,
) -> None:
    """Hold these scopes, unless this very brake holds them, or all of their system."""
    held = {row.scope for row in _in_force(connection) if row.id == brake}
    if known is not None and f"system:{seen.system}" in held:
        return
    for scope in wanted:
        if scope not in held:
            row = {"id": new_id("hold"), "scope": scope, "who": BRAKE, "why": why(seen, number)}
            connection.execute(sa.insert(t.holds).values(**row, since=now, brake=brake))


# ---- something comes right ----------------------------------------------------------------------
def proven(
    connection: Connection,
    now: float,
    known: Collection[Standing],
    item: str,
    process: str,
    system: str,
    step: str,
    *,
    saved: bool,
) -> None:
    """A step of an item has its receipt. `known`: what stood before; `saved`: now, not found there."""
    for one in known:
        if one.kind is Trouble.STOP:
            if one.process == process or one.place == SIGN_IN:
                _end(connection, now, one, Let.PROVEN)
        elif one.place == step and one.item == item:
            _end(connection, now, one, Let.RIGHT)
        elif one.place == step and saved and one.kind is Trouble.DOUBT and one.brake is None:
            _outlive(connection, now, one)
    if known:
        _let_go(connection, now, system)


def settled(
    connection: Connection,
    now: float,
    known: Collection[Standing],
    item: str,
    system: str,
    step: str,
    how: Let,
) -> None:
    """It is known what became of a save."""
    for one in known:
        if one.item == item and one.place == step and one.kind is not Trouble.STOP:
            _end(connection, now, one, how)
    if known:
        _let_go(connection, now, system)


def _outlive(connection: Connection, now: float, one: Standing) -> None:
    if one.proven + 1 >= OVERCOME:
        _end(connection, now, one, Let.OVERCOME)
        return
    connection.execute(sa.update(t.troubles).where(*_key(one)).values(proven=one.proven + 1))


def _end(connection: Connection, now: float, one: Standing, how: Let) -> None:
    connection.execute(sa.update(t.troubles).where(*_key(one)).values(ended=now, how=how.value))


def _key(one: Standing) -> list[sa.ColumnElement[bool]]:
    c = t.troubles.c
    key = {"item": one.item, "kind": one.kind.value, "system": one.system, "place": one.place}
    return [c[name] == value for name, value in key.items()]


def _let_go(connection: Connection, now: float, system: str) -> None:
    """Release what the brake holds and nothing speaks for any more; for stops process by process, because
    the next item of another one may come tomorrow. What was saved differently is a person's."""
    for row in _in_force(connection):
        if row.system != system or row.kind == Trouble.CHANGED.value:
            continue
        query = sa.select(t.troubles.c.how).where(t.troubles.c.brake == row.id)
        if row.kind == Trouble.STOP.value and row.scope.startswith("process:"):
            query = query.where(t.troubles.c.process == row.scope.removeprefix("process:"))
        how = set(connection.execute(query).scalars())
        right = (
            {Let.RIGHT.value} if row.kind == Trouble.DOUBT.value else {Let.PROVEN.value, Let.RELEASED.value}
        )
        if how <= right:
            change = {"released": now, "released_by": BRAKE, "released_why": LET_GO}
            mine = (t.holds.c.brake == row.id, t.holds.c.scope == row.scope, t.holds.c.released.is_(None))
            connection.execute(sa.update(t.holds).where(*mine).values(**change))


def lock_systems(connection: Connection, scope: str) -> None:
    """Of whatever the brake holds under a scope, before its holds are touched: as every other transaction."""
    c = t.troubles.c
    kind, _, name = scope.partition(":")
    braked = sa.select(t.brakes.c.system).join(t.holds, t.holds.c.brake == t.brakes.c.id)
    wanted = set(connection.execute(braked.where(t.holds.c.scope == scope, _HELD)).scalars())
    if kind in ("system", "process"):
        stops = sa.select(c.system).where(c.ended.is_(None), c.kind == Trouble.STOP.value, c[kind] == name)
        wanted |= set(connection.execute(stops).scalars())
    for system in sorted(wanted):
        lock_system(connection, system)


def released(connection: Connection, now: float, scope: str, brakes: Collection[str]) -> None:
    """A person let it go on: what made these brakes hold is seen to, and a system's or a process's stops are
    counted anew."""
    c = t.troubles.c
    kind, _, name = scope.partition(":")
    mine: list[sa.ColumnElement[bool]] = [c.brake.in_(list(brakes))]
    if kind in ("system", "process"):
        mine.append(sa.and_(c.kind == Trouble.STOP.value, c[kind] == name))
    _see_to(connection, now, sa.or_(*mine))


def closed(connection: Connection, now: float, item: str) -> None:
    """A person closed an item: nothing of it will come right, so no hold waits for that."""
    c = t.troubles.c
    _see_to(connection, now, sa.and_(c.item == item, sa.or_(c.kind == Trouble.STOP.value, c.brake.is_(None))))


def _see_to(connection: Connection, now: float, which: sa.ColumnElement[bool]) -> None:
    """A person saw to these troubles; what the brake holds for nothing else is let go with them."""
    standing = (t.troubles.c.ended.is_(None), which)
    systems = sorted(set(connection.execute(sa.select(t.troubles.c.system).where(*standing)).scalars()))
    for system in systems:
        lock_system(connection, system)
    done = sa.update(t.troubles).where(*standing)
    connection.execute(done.values(ended=now, how=Let.RELEASED.value))
    for system in systems:
        _let_go(connection, now, system)


# ---- probing ------------------------------------------------------------------------------------
def probe(connection: Connection, now: float, scopes: Sequence[str], holder: str, seconds: float) -> bool:
    held = sa.select(t.holds.c.brake, t.brakes.c.probe, t.brakes.c.first_wait)
    held = held.join_from(t.holds, t.brakes, t.brakes.c.id == t.holds.c.brake, isouter=True)
    held = held.where(t.holds.c.released.is_(None), t.holds.c.scope.in_(scopes))
    rows = connection.execute(held).all()
    wanted = sorted({row.brake for row in rows if row.brake is not None})
    connection.execute(sa.select(t.brakes.c.id).where(t.brakes.c.id.in_(wanted)).with_for_update())
    rows = connection.execute(held).all()  # as they are now that nobody else can claim them
    if not rows or not all(_due(row, now, seconds) for row in rows):
        return False
    claim = sa.update(t.brakes).where(t.brakes.c.id.in_([row.brake for row in rows]))
    connection.execute(claim.values(prober=holder, probe=now + seconds))
    return True


def _due(row: Row[Any], now: float, seconds: float) -> bool:
    """Also a moment that lies further ahead than it ever could: the clock was set back."""
    if row.brake is None or row.probe is None:
        return False
    furthest = now + max(LONGEST * row.first_wait, seconds) + SLACK
    return bool(row.probe <= now or row.probe > furthest)


def end_probe(connection: Connection, now: float, holder: str) -> None:
    _probed(connection, now, holder, None)


def _probed(connection: Connection, now: float, worker: str, seen: Seen | None) -> None:
    """Who probed has come to an end: met the same again, or something that tells nothing."""
    for row in connection.execute(sa.select(t.brakes).where(t.brakes.c.prober == worker)).all():
        again = seen is not None and seen.kind is Trouble.STOP and seen.system == row.system
        wait = longer(row.wait, row.first_wait) if again else row.wait
        change = {"prober": None, "wait": wait, "probe": now + wait if again else now}
        connection.execute(sa.update(t.brakes).where(t.brakes.c.id == row.id).values(**change))
