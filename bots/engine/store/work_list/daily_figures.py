"""Figures for dashboards: what came, was done and raised by day, and how old is what waits now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import State
from ...core.limits import LONDON
from ...core.work_list import DAY, FOR_PEOPLE, AgeBand, DayFigures
from ..database import tables as t
from ..work.rules import CORRECTED
from .tables import adopted, came_to, decision, waiting

_HOUR = 3600
BANDS = (0.0, 1.0, 3.0, 7.0, 14.0, 30.0)
"""Where the bands of age begin, in days."""


@dataclass
class _Day:
    received: int = 0
    done: int = 0
    straight: int = 0
    keyed: int = 0
    closed: int = 0
    adopted: int = 0
    raised: Counter[str] = field(default_factory=Counter)


def figures(
    connection: Connection, processes: Sequence[str], since: float, before: float
) -> list[DayFigures]:
    """Every process and day on which something happened, from a moment on and before another."""
    days: dict[tuple[str, date], _Day] = defaultdict(_Day)
    hour = hours_of(connection)
    for process, at, count in connection.execute(_received(hour, processes, since, before)):
        days[process, day_of_hour(at)].received += count
    for process, at, count in connection.execute(_adopted(hour, processes, since, before)):
        days[process, day_of_hour(at)].adopted += count
    for process, at, after, code, alone, keyed, count in connection.execute(
        _came_to(hour, processes, since, before)
    ):
        day = days[process, day_of_hour(at)]
        if after == State.DONE:
            day.done += count
            day.straight += count if alone else 0
            day.keyed += count if keyed else 0
        elif after == State.WITHDRAWN:
            day.closed += count
        else:
            day.raised[code or "unknown"] += count
    return [
        DayFigures(process=process, day=on, **{**vars(day), "raised": dict(sorted(day.raised.items()))})
        for (process, on), day in sorted(days.items(), key=lambda each: each[0])
    ]


def day_of_hour(hour: int) -> date:
    # Counted by the hour, and only here by the day: London is whole hours from UTC, in summer one.
    return datetime.fromtimestamp(int(hour) * _HOUR, LONDON).date()


def hours_of(connection: Connection) -> Any:
    """The hour of a moment, counted from 1970."""
    if connection.dialect.name == "postgresql":
        return lambda moment: sa.func.floor(moment / sa.literal_column("3600"))
    return lambda moment: sa.cast(moment / sa.literal_column("3600"), sa.Integer)


def within(moment: Any, since: float, before: float) -> tuple[sa.ColumnElement[bool], ...]:
    return (moment >= since, moment < before)


def of_processes(processes: Sequence[str]) -> sa.ColumnElement[bool]:
    # Not by its index: the range of time is read first, and then the items of that.
    return t.items.c.process.concat("").in_(processes)


def _received(hour: Any, processes: Sequence[str], since: float, before: float) -> sa.Select[Any]:
    i = t.items.c
    at = hour(i.created).label("hour")
    query = sa.select(i.process, at, sa.func.count())
    return query.where(i.process.in_(processes), *within(i.created, since, before)).group_by(i.process, at)


def _adopted(hour: Any, processes: Sequence[str], since: float, before: float) -> sa.Select[Any]:
    i, r = t.items.c, t.receipts.c
    at = hour(r.at).label("hour")
    return (
        sa.select(i.process, at, sa.func.count(r.item.distinct()))
        .select_from(t.receipts.join(t.items, i.id == r.item))
        .where(of_processes(processes), adopted, *within(r.at, since, before))
        .group_by(i.process, at)
    )


def _came_to(hour: Any, processes: Sequence[str], since: float, before: float) -> sa.Select[Any]:
    i, h = t.items.c, t.history.c
    at = hour(h.at).label("hour")
    alone = (~_by_a_person()).label("alone")
    keyed = sa.and_(h.after == State.DONE.value, ~_with_others()).label("keyed")
    moved = sa.or_(h.before.is_(None), h.before != h.after)
    each = (
        sa.select(i.process, at, h.after, h.code, alone, keyed)
        .select_from(t.history.join(t.items, i.id == h.item))
        .where(of_processes(processes), came_to, moved, *within(h.at, since, before))
        .subquery()
    )
    return sa.select(*each.c, sa.func.count()).group_by(*each.c)


def _by_a_person() -> sa.ColumnElement[bool]:
    """A person's decision sent the item on; that its sender corrected it is none."""
    mine = t.history.alias("mine")
    h = mine.c
    return (
        sa.select(h.item)
        .where(
            h.item == t.history.c.item,
            decision(mine),
            sa.or_(h.code.is_(None), h.code != CORRECTED),
        )
        .correlate(t.history)
        .exists()
    )


def _with_others() -> sa.ColumnElement[bool]:
    """A step of it was saved by somebody else: found in the target, or so a person said. What the bot was
    about to save and then found, it saved itself."""
    r = t.receipts.c
    others = sa.select(r.item).where(r.item == t.history.c.item, adopted, r.intent.is_(None))
    return others.correlate(t.history).exists()


def standing(connection: Connection, processes: Sequence[str]) -> dict[str, dict[State, int]]:
    """How many are not finished, by where they stand."""
    i = t.items.c
    states = [state.value for state in (*FOR_PEOPLE, State.NEW, State.IN_PROGRESS)]
    query = sa.select(i.process, i.state, sa.func.count()).where(
        i.process.in_(processes), i.state.in_(states)
    )
    found: dict[str, dict[State, int]] = {process: {} for process in processes}
    for process, state, count in connection.execute(query.group_by(i.process, i.state)):
        found[process][State(state)] = count
    return found


def first_received(connection: Connection, processes: Sequence[str]) -> dict[str, float]:
    """When the first records of each process came."""
    b = t.batches.c
    query = sa.select(b.process, sa.func.min(b.received).label("first")).where(b.process.in_(processes))
    return {row.process: row.first for row in connection.execute(query.group_by(b.process))}


def ages(connection: Connection, now: float, processes: Sequence[str]) -> Iterator[AgeBand]:
    """Bands of age of what waits for people now; those with nothing in them are left out."""
    i = t.items.c
    age = (now - i.created) / DAY
    band = sa.case(*((age >= since, place) for place, since in reversed(list(enumerate(BANDS)))), else_=0)
    each = sa.select(i.process, band.label("band")).where(i.process.in_(processes), waiting).subquery()
    query = sa.select(*each.c, sa.func.count()).group_by(*each.c).order_by(*each.c)
    for process, place, count in connection.execute(query):
        below = BANDS[place + 1] if place + 1 < len(BANDS) else None
        yield AgeBand(process=process, since=BANDS[place], below=below, count=count)
