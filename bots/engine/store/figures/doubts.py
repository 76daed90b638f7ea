"""Saves that came into doubt, from the intents and the history around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.doubts import Doubts
from ...core.item import State
from ..database import tables as t
from ..work_list.daily_figures import within

_DOUBT: sa.ColumnElement[str] = sa.literal_column(f"'{State.IN_DOUBT.value}'")
_BY_A_DECISION = ("receipt", "absent")


def doubts(
    connection: Connection, processes: Sequence[str], since: float, before: float
) -> dict[str, Doubts]:
    """By process, of saves whose intents were written from a moment on and before another."""
    found = {process: Doubts(saves=count) for process, count in connection.execute(_saves(since, before))}
    for row in connection.execute(_doubtful(since, before)):
        settled = row.closed is not None
        found[row.process] += Doubts(
            seconds=(row.closed - row.began,) if settled else (),
            by_people=int(settled and row.by_people),
            standing=int(not settled),
        )
    return {process: found.get(process, Doubts()) for process in processes}


def _saves(since: float, before: float) -> sa.Select[Any]:
    query = sa.select(t.items.c.process, sa.func.count()).join_from(
        t.intents, t.items, t.items.c.id == t.intents.c.item
    )
    return query.where(*within(t.intents.c.recorded, since, before)).group_by(t.items.c.process)


def _doubtful(since: float, before: float) -> sa.Select[Any]:
    n, h = t.intents.c, t.history.c
    meanwhile = sa.and_(h.at >= n.recorded, sa.or_(n.closed.is_(None), h.at <= n.closed))
    came = sa.and_(h.item == n.item, t.came_into_doubt, meanwhile)
    query = (
        sa.select(
            t.items.c.process, n.closed, sa.func.min(h.at).label("began"), _decided().label("by_people")
        )
        .join_from(t.history, t.intents, came)
        .join(t.items, t.items.c.id == n.item)
        .where(h.at >= since, *within(n.recorded, since, before))
    )
    return query.group_by(n.id, t.items.c.process, n.closed, n.item).order_by("began", n.id)


def _decided() -> sa.ColumnElement[bool]:
    """A person settled it: the item was still in doubt, and in no worker's hands."""
    other = t.history.alias("other").c
    n = t.intents.c
    mine = (other.item == n.item, other.at == n.closed, other.before == _DOUBT)
    return sa.select(other.item).where(*mine, other.event.in_(_BY_A_DECISION)).exists()
