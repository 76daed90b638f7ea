"""Items that wait for nobody, found by what they are called: what was dealt with is asked for again."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.work_list import FOR_PEOPLE, Entry, storable
from . import tables as t
from .work_pages import entries_of


def called(connection: Connection, now: float, text: str, processes: Collection[str]) -> list[Entry]:
    """`text`: a whole reference, or an item's id."""
    name, i = text.strip(), t.items.c
    if not name or not storable(name):
        return []
    settled = (i.process.in_(sorted(set(processes))), i.state.not_in([state.value for state in FOR_PEOPLE]))
    # Each half reads its own unique index.
    halves = (sa.select(i.id).where(said, *settled) for said in (i.reference == name, i.id == name.lower()))
    found = connection.execute(sa.union(*halves)).scalars().all()
    return sorted(entries_of(connection, now, found).values(), key=lambda one: one.process)
