"""Items that wait for nobody, found by what they are called: what was dealt with is asked for again."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import NewItem
from ...core.work_list import FOR_PEOPLE, Entry, storable
from ..database import tables as t
from ..database.bulk import select_in
from .pages import entries_of

_OF_PROCESS = "SELECT id, reference FROM items WHERE process = {first} AND "


def known(connection: Connection, process: str, rows: Sequence[NewItem]) -> int:
    """Of how many of these rows the case is here: under its reference, or as the item that the row names."""
    references, items = {row.reference for row in rows}, {row.item for row in rows if row.item}
    by_reference = select_in(connection, _OF_PROCESS + "reference IN ({many})", process, sorted(references))
    there = {row.reference for row in by_reference}
    by_item = select_in(connection, _OF_PROCESS + "id IN ({many})", process, sorted(items))
    there |= {row.id for row in by_item}
    return sum(row.reference in there or row.item in there for row in rows)


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
