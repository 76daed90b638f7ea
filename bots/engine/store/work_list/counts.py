"""How many of what waits: all of it counted from one index, and set right by the few that are on a desk."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import State
from ...core.work_list import NOBODY, Counts, Order, Wanted
from ..database import tables as t
from .filter import BUT_PROCESS, BY_ID, Sieve, sieve, sleeping
from .tables import holders, snoozes

Kind = tuple[str, str, str | None]
"""Process, state and code."""
Kinds = Mapping[Kind, tuple[int, int]]
"""How many of each kind, and how many of them are overdue."""
_KEPT = 100
_KIND = (t.items.c.process, t.items.c.state, t.items.c.code)


@dataclass(frozen=True, kw_only=True)
class _Group:
    process: str
    state: str
    code: str | None
    person: str | None  # who holds them
    snoozed: bool
    count: int
    overdue: int


class Recent:
    """What was counted lately, by filter: many people look at the same list."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, Kinds]] = {}

    def get(self, key: str, now: float, age: float) -> Kinds | None:
        at, kinds = self._kept.get(key, (-math.inf, {}))
        return kinds if 0 <= now - at < age else None

    def put(self, key: str, now: float, kinds: Kinds) -> None:
        if len(self._kept) >= _KEPT:
            self._kept.clear()
        self._kept[key] = (now, kinds)


def counts(
    connection: Connection, now: float, wanted: Wanted, person: str | None, recent: Recent, age: float
) -> Counts:
    """`age`: how old the count of all may be, in seconds; who has what is of this moment."""
    asked = sieve(connection, now, wanted)
    # Everybody's, of whatever page and order: these parts of the filter come after it.
    key = repr(replace(wanted, holder=None, snoozed=False, asleep=False, order=Order.OLDEST, size=1))
    kinds = recent.get(key, now, age)
    if kinds is None:
        kinds = _all(connection, asked)
        recent.put(key, now, kinds)
    groups = list(_groups(kinds, _on_desks(connection, asked)))
    shown = [group for group in groups if _shown(wanted, group)]
    fitting = [group for group in shown if wanted.holder in (None, group.person or NOBODY)]
    by_state = _sums((group.state, group.count) for group in fitting)
    return Counts(
        by_state={State(state): count for state, count in by_state.items()},
        by_code=_sums((group.code, group.count) for group in fitting if group.code),
        by_process=_sums((group.process, group.count) for group in fitting),
        mine=sum(group.count for group in shown if person is not None and group.person == person),
        unassigned=sum(group.count for group in shown if group.person is None),
        overdue=sum(group.overdue for group in fitting),
        put_off=sum(group.count for group in groups if group.snoozed),
    )


def _shown(wanted: Wanted, group: _Group) -> bool:
    return group.snoozed if wanted.asleep else wanted.snoozed or not group.snoozed


def _sums(pairs: Iterable[tuple[str | None, int]]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for name, count in pairs:
        sums[name or ""] += count
    return {name: sums[name] for name in sorted(sums) if sums[name]}


def _groups(kinds: Kinds, on_desks: Iterable[Any]) -> Iterator[_Group]:
    """Of every kind those that nobody holds or put off, and beside them those on desks by who and how."""
    rest = dict(kinds)
    for row in on_desks:
        kind = (row.process, row.state, row.code)
        count, late = rest.get(kind, (0, 0))
        rest[kind] = (count - row.n, late - row.late)
        yield _group(kind, row.person, bool(row.snoozed), row.n, row.late)
    for kind, (count, late) in rest.items():
        # What was taken since all were counted could leave less than nothing.
        yield _group(kind, None, False, max(count, 0), max(late, 0))


def _group(kind: Kind, person: str | None, snoozed: bool, count: int, late: int) -> _Group:
    process, state, code = kind
    return _Group(
        process=process, state=state, code=code, person=person, snoozed=snoozed, count=count, overdue=late
    )


def _counted(now: float) -> tuple[sa.ColumnElement[Any], ...]:
    late = sa.func.sum(sa.case((t.items.c.due < now, 1), else_=0))
    return sa.func.count().label("n"), late.label("late")


def _all(connection: Connection, asked: Sieve) -> Kinds:
    aside = BUT_PROCESS if asked.rare else ()
    query = sa.select(*_KIND, *_counted(asked.now)).where(*asked.among(aside), *asked.plain())
    rows = connection.execute(query.group_by(*_KIND))
    return {(row.process, row.state, row.code): (row.n, row.late) for row in rows}


def _on_desks(connection: Connection, asked: Sieve) -> Iterable[Any]:
    now = asked.now
    taken = sa.and_(holders.c.item == t.items.c.id, holders.c.until > now)
    touched = sa.union(
        sa.select(holders.c.item).where(holders.c.until > now),
        sa.select(snoozes.c.item).where(snoozes.c.until > now),
    )
    snoozed = snoozes.c.item.is_not(None).label("snoozed")
    query = (
        sa.select(*_KIND, holders.c.person, snoozed, *_counted(now))
        .select_from(t.items.outerjoin(holders, taken).outerjoin(snoozes, sa.and_(*sleeping(now))))
        .where(t.items.c.id.in_(touched), *asked.among(BY_ID), *asked.plain())
        .group_by(*_KIND, holders.c.person, snoozed)
    )
    return connection.execute(query).all()
