"""Pages of the work list: which items, in which order, read from indices by their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.item import State
from ...core.work_list import Entry, Listing, Order, Wanted, storable
from ..database import tables as t
from .cursor import PLACE, Place, beyond, columns, cursor, descending, place_of
from .filter import Sieve, sieve, sleeping
from .tables import NO_DUE, comments, holders, snoozes, waiting

_SHOWN = (
    "id", "process", "reference", "state", "code", "sentence", "version", "attempts", "priority",
    "created", "updated", "due",
)  # fmt: skip


def page(connection: Connection, now: float, wanted: Wanted, after: str | None) -> Listing:
    start = place_of(wanted.order, after) if after is not None else None
    found = places(connection, sieve(connection, now, wanted), start, wanted.size + 1)
    shown = found[: wanted.size]
    entries = entries_of(connection, now, [place.item for place in shown])
    more = len(found) > len(shown)
    return Listing(
        entries=[entries[place.item] for place in shown],
        next=cursor(wanted.order, shown[-1]) if more else None,
    )


def around(connection: Connection, now: float, wanted: Wanted, item: str) -> tuple[str | None, str | None]:
    """The items before and after one that is, or was, in the list."""
    mine = t.items.c.process.in_(sorted(set(wanted.processes)))
    query = sa.select(*PLACE).where(t.items.c.id == item, mine)
    row = connection.execute(query).one_or_none() if storable(item) else None
    if row is None:
        return None, None
    here, asked = Place(*row), sieve(connection, now, wanted)
    before, behind = (places(connection, asked, here, 1, onward) for onward in (False, True))
    return before[0].item if before else None, behind[0].item if behind else None


def entry(connection: Connection, now: float, item: str) -> Entry | None:
    """One item as the list shows it, in whatever state."""
    return entries_of(connection, now, [item]).get(item) if storable(item) else None


def said_by_source(connection: Connection, item: str) -> Mapping[str, Any] | None:
    """The data that the item's source gave last, whatever staff made of it; None: not kept, or erased."""
    query = sa.select(t.items.c.data, t.items.c.digest, t.items.c.source_digest).where(t.items.c.id == item)
    row = connection.execute(query).one_or_none()
    if row is None or not row.digest:
        return None
    if row.digest == row.source_digest:
        return dict(row.data)
    kept = sa.select(t.corrections.c.data).where(
        t.corrections.c.item == item, t.corrections.c.digest == row.source_digest
    )
    found = connection.execute(kept).scalar_one_or_none()
    return dict(found) if found is not None else None


def places(
    connection: Connection, asked: Sieve, start: Place | None, limit: int, onward: bool = True
) -> list[Place]:
    """The places that follow one, or come before it; the nearest first."""
    query = _few(asked, start, onward) if asked.few else _merged(asked, start, limit, onward)
    if query is None:
        return []
    return [Place(*row) for row in connection.execute(query.limit(limit))]


def _few(asked: Sieve, start: Place | None, onward: bool) -> sa.Select[Any]:
    order = asked.wanted.order
    query = sa.select(*PLACE).where(*asked.among(asked.narrowest), *asked.plain(), *asked.desk())
    if start is not None:
        query = query.where(_beyond_all(order, start, onward))
    return query.order_by(*_ordered(t.items.c, order, onward))


def _beyond_all(order: Order, start: Place, onward: bool) -> sa.ColumnElement[bool]:
    within = sa.or_(*beyond(order, start, onward))
    if order is not Order.PROCESS:
        return within
    process = t.items.c.process
    later = process > start.process if onward else process < start.process
    return sa.or_(later, sa.and_(process == start.process, within))


def _merged(asked: Sieve, start: Place | None, limit: int, onward: bool) -> sa.Select[Any] | None:
    """The first of each process, state and code, which an index holds in order; merged and cut again."""
    order = asked.wanted.order
    common = [waiting, *asked.plain(), *asked.desk()]
    codes: Sequence[str | None] = [None] if asked.codes is None else asked.codes
    branches = []
    for process, state, code in product(asked.processes, asked.states, codes):
        mine = [t.items.c.process == process, t.items.c.state == state, *common]
        if code is not None:
            mine.append(t.items.c.code == code)
        ordered = _ordered(t.items.c, order, onward, columns(order))
        for bound in _bounds(order, start, process, onward):
            one = sa.select(*PLACE).where(*mine, bound).order_by(*ordered)
            branches.append(sa.select(one.limit(limit).subquery()))
    if not branches:
        return None
    merged = sa.union_all(*branches).subquery()
    return sa.select(merged).order_by(*_ordered(merged.c, order, onward))


def _bounds(order: Order, start: Place | None, process: str, onward: bool) -> list[sa.ColumnElement[bool]]:
    """What of one process is still to come: one condition or another; none of them: nothing."""
    if start is None or (order is Order.PROCESS and process != start.process):
        passed = start is not None and (process < start.process) is onward
        return [] if passed else [sa.true()]
    return beyond(order, start, onward)


def _ordered(
    of: Any, order: Order, onward: bool, names: Sequence[str] | None = None
) -> list[sa.ColumnElement[Any]]:
    if names is None:
        names = ("process", *columns(order)) if order is Order.PROCESS else columns(order)
    return [of[name].desc() if descending(order, name, onward) else of[name] for name in names]


def entries_of(connection: Connection, now: float, items: Sequence[str]) -> dict[str, Entry]:
    if not items:
        return {}
    said = sa.select(sa.func.count()).where(comments.c.item == t.items.c.id).scalar_subquery()
    taken = sa.and_(holders.c.item == t.items.c.id, holders.c.until > now)
    query = (
        sa.select(
            *(t.items.c[name] for name in _SHOWN),
            holders.c.person,
            holders.c.since,
            snoozes.c.until.label("snoozed"),
            said.label("said"),
        )
        .select_from(t.items.outerjoin(holders, taken).outerjoin(snoozes, sa.and_(*sleeping(now))))
        .where(t.items.c.id.in_(items))
    )
    return {row.id: _entry(row) for row in connection.execute(query)}


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        item=row.id,
        process=row.process,
        reference=row.reference,
        state=State(row.state),
        code=row.code,
        sentence=row.sentence,
        version=row.version,
        attempts=row.attempts,
        priority=row.priority,
        created=row.created,
        updated=row.updated,
        due=row.due if row.due < NO_DUE else None,
        holder=row.person,
        since=row.since,
        snoozed_until=row.snoozed,
        comments=row.said,
    )
