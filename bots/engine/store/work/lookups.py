"""The store's lookups: what a person asked to see in a target, until a bot has looked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.item import State
from ...core.lookup import Lookup, Sight, Sighted, Whose
from ...core.work_list import FOR_PEOPLE, storable
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from .rules import no

lookups = sa.Table(
    "lookups",
    t.metadata,
    sa.Column("item", sa.Text, primary_key=True),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("asked", sa.Double, nullable=False),
    sa.Column("worker", sa.Text),
    sa.Column("taken_until", sa.Double, nullable=False, server_default=sa.text("0")),
    sa.Column("answered", sa.Double),
    sa.Column("version", sa.Integer),
    sa.Column("sight", sa.JSON(none_as_null=True)),
)
_waits = lookups.c.answered.is_(None)
sa.Index("lookups_waiting", lookups.c.process, lookups.c.asked, sqlite_where=_waits, postgresql_where=_waits)


class StoreLookups:
    """Each method is one transaction. What was seen may be personal data, and is erased with the item."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, item: str, who: str) -> Lookup:
        return await self._database.run(lambda c: _ask(c, self._clock(c), item, who))

    async def latest(self, item: str) -> Lookup | None:
        return await self._database.run(lambda c: _latest(c, item))

    async def take(self, process: str, worker: str, seconds: float) -> Lookup | None:
        return await self._database.run(lambda c: _take(c, self._clock(c), process, worker, seconds))

    async def answer(self, lookup: Lookup, worker: str, version: int, sight: Sight) -> bool:
        return await self._database.run(lambda c: _answer(c, self._clock(c), lookup, worker, version, sight))

    async def waiting(self, process: str) -> int:
        query = sa.select(sa.func.count()).where(lookups.c.process == process, _waits)
        return await self._database.run(lambda c: int(c.execute(query).scalar_one()))


def erase(connection: Connection, item: str) -> None:
    connection.execute(sa.delete(lookups).where(lookups.c.item == item))


def _ask(connection: Connection, now: float, item: str, who: str) -> Lookup:
    # The item is held meanwhile: of two who ask at once, one finds the other's.
    query = sa.select(t.items.c.process, t.items.c.state).where(t.items.c.id == item).with_for_update()
    row = connection.execute(query).one_or_none() if storable(item) else None
    if row is None:
        raise no("unknown-item", f"There is no item {item}.")
    if State(row.state) not in FOR_PEOPLE:
        raise no("not-for-people", "This item does not wait for a person any more.")
    known = _latest(connection, item)
    if known is not None and known.waits:
        return known
    erase(connection, item)
    asked = Lookup(item=item, process=row.process, who=who, asked=now)
    values = {"item": item, "process": row.process, "who": who, "asked": now, "taken_until": 0.0}
    connection.execute(sa.insert(lookups).values(values))
    return asked


def _latest(connection: Connection, item: str) -> Lookup | None:
    row = connection.execute(sa.select(lookups).where(lookups.c.item == item)).one_or_none()
    return _lookup(row) if row is not None else None


def _take(connection: Connection, now: float, process: str, worker: str, seconds: float) -> Lookup | None:
    """A turn that ends later than it was taken for is of a clock that was set back: it is over as well."""
    free = sa.or_(lookups.c.taken_until <= now, lookups.c.taken_until > now + 2 * seconds)
    first = (
        sa.select(lookups.c.item)
        .where(lookups.c.process == process, _waits, free)
        .order_by(lookups.c.asked, lookups.c.item)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    change = sa.update(lookups).where(lookups.c.item == first)
    taken = change.values(worker=worker, taken_until=now + seconds).returning(lookups)
    row = connection.execute(taken).one_or_none()
    return _lookup(row) if row is not None else None


def _answer(
    connection: Connection, now: float, lookup: Lookup, worker: str, version: int, sight: Sight
) -> bool:
    mine = (lookups.c.item == lookup.item, lookups.c.asked == lookup.asked, lookups.c.worker == worker)
    told = {"answered": now, "version": version, "sight": asdict(sight)}
    return connection.execute(sa.update(lookups).where(*mine, _waits).values(told)).rowcount == 1


def _lookup(row: Row[Any]) -> Lookup:
    return Lookup(
        item=row.item,
        process=row.process,
        who=row.who,
        asked=row.asked,
        answered=row.answered,
        version=row.version,
        sight=_sight(row.sight) if row.sight is not None else None,
    )


def _sight(told: Mapping[str, Any]) -> Sight:
    entries = [Sighted(**{**one, "whose": Whose(one["whose"])}) for one in told["entries"]]
    return Sight(**{**told, "entries": entries})
