"""What shows that a store is not what it was: its home, its marks, and what its targets were asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.queue import RESTORED, SCOPE_ALL
from ...core.stray import Stray
from ..database import tables as t
from ..database.bulk import write_once
from ..database.database import Clock, Database, database_clock
from ..work.guards import hold, holds, note_restored
from ..work.lives import to_be_asked
from ..work.operations_log import NOT_RESTORED, STORE, note

_FOUND = "The store holds less than it did: it is a backup. See the runbook: restore."


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One row of the store's history, by its number and its hash. Rows are never taken away or changed: a
    store without it is a backup from before it, or another line of the same history."""

    number: int
    hash: str


class StoreRestores:
    """Each method is one transaction."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    # ---- the home ---------------------------------------------------------------------------
    async def bind(self, home: str) -> bool:
        """Whether this home may use the store. The first one binds it."""
        return await self._database.run(lambda c: _bind(c, home))

    async def home(self) -> str | None:
        """The home to which the store belongs; None: no worker has used it yet."""
        query = sa.select(t.store.c.home)
        found: str | None = await self._database.run(lambda c: c.execute(query).scalar_one())
        return found

    async def take_home(self, home: str, who: str, why: str) -> None:
        """A person says that this is the store's home from now on."""
        await self._database.run(lambda c: _take_home(c, self._clock(c), home, who, why))

    # ---- marks ------------------------------------------------------------------------------
    async def mark(self) -> Mark | None:
        """The newest row of history."""
        return await self._database.run(_newest)

    async def lacks(self, marks: Iterable[Mark]) -> list[Mark]:
        """Marks that the store does not have, and of which nobody was told yet."""
        return await self._database.run(lambda c: [mark for mark in marks if _lacks(c, mark)])

    async def found(self, lost: Collection[Mark]) -> None:
        """The store is a backup: everything is held until a person has looked."""
        await self._database.run(lambda c: _found(c, self._clock(c), lost))

    async def said(self, who: str, why: str, *, restored: bool) -> None:
        """A person says that the store was restored; or that it was not, and no target need be asked."""
        await self._database.run(lambda c: _said(c, self._clock(c), who, why, restored))

    # ---- targets ----------------------------------------------------------------------------
    async def to_ask(self, process: str, steps: Collection[str]) -> list[str]:
        """Steps whose targets were not asked since nobody lived for a while, or the store was restored."""
        return await self._database.run(lambda c: _to_ask(c, process, steps))

    async def answered(self, process: str, step: str, since: float) -> None:
        """`since`: the moment before the target was asked."""
        await self._database.run(lambda c: _answered(c, process, step, since))

    async def known(self, system: str, step: str) -> frozenset[str]:
        """References that need no explanation: of receipts, and those that were told before. Steps of one
        name in one system have their numbers from one place."""
        return await self._database.run(lambda c: _known(c, system, step))

    async def keyed(self, system: str, step: str) -> list[str]:
        """References of what we saved ourselves, and did not find there."""
        return await self._database.run(lambda c: _keyed(c, system, step))

    async def beside(
        self, system: str, step: str, process: str
    ) -> Mapping[str, Sequence[Mapping[str, Any] | None]]:
        """By reference what other steps of other processes saved in a system. Such a step may key into the
        same list, or count from 1 as well: its values tell. None where they were erased. Another step of the
        same process may have changed an entry without having made it."""
        return await self._database.run(lambda c: _beside(c, system, step, process))

    async def told(self, process: str) -> list[Mapping[str, Any]]:
        """What the history of a process's items says where it names entries of a target."""
        return await self._database.run(lambda c: _told(c, process))

    async def note(self, strays: Collection[Stray]) -> None:
        """Entries that people were told of: they need no explanation, also when history is erased."""
        await self._database.run(lambda c: _note(c, strays))

    async def stray(self, strays: Collection[Stray], scope: str, why: str) -> None:
        """Entries of ours without a receipt: the store forgot them. What may double them is held."""
        await self._database.run(lambda c: _stray(c, self._clock(c), strays, scope, why))

    async def strays(self) -> list[Stray]:
        """All that were found, the latest first."""
        query = sa.select(t.strays).order_by(t.strays.c.at.desc(), t.strays.c.reference)
        return await self._database.run(lambda c: [Stray(**row._mapping) for row in c.execute(query)])

    async def now(self) -> float:
        return await self._database.run(lambda c: self._clock(c))


def _bind(connection: Connection, home: str) -> bool:
    connection.execute(sa.update(t.store).where(t.store.c.home.is_(None)).values(home=home))
    return bool(connection.execute(sa.select(t.store.c.home)).scalar_one() == home)


def _take_home(connection: Connection, now: float, home: str, who: str, why: str) -> None:
    connection.execute(sa.update(t.store).values(home=home))
    note(connection, now, who, STORE, "home", why, {})


def _newest(connection: Connection) -> Mark | None:
    query = sa.select(t.history.c.id, t.history.c.hash).order_by(t.history.c.id.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return Mark(number=row.id, hash=row.hash.hex()) if row is not None else None


def _lacks(connection: Connection, mark: Mark) -> bool:
    held = connection.execute(sa.select(t.history.c.hash).where(t.history.c.id == mark.number)).scalar()
    if held is not None and held.hex() == mark.hash:
        return False
    told = (t.lost_marks.c.number == mark.number, t.lost_marks.c.hash == mark.hash)
    return connection.execute(sa.select(t.lost_marks.c.at).where(*told)).first() is None


def _found(connection: Connection, now: float, lost: Collection[Mark]) -> None:
    for mark in lost:
        write_once(connection, t.lost_marks, {"number": mark.number, "hash": mark.hash, "at": now})
    _restored(connection, now)
    _hold(connection, now, SCOPE_ALL, _FOUND)


def _said(connection: Connection, now: float, who: str, why: str, restored: bool) -> None:
    note(connection, now, who, STORE, "restored" if restored else NOT_RESTORED, why, {})
    if restored:
        _restored(connection, now)
    else:
        connection.execute(sa.update(t.store).values(gap=None))


def _restored(connection: Connection, now: float) -> None:
    note_restored(connection, now)
    to_be_asked(connection, now)


def _to_ask(connection: Connection, process: str, steps: Collection[str]) -> list[str]:
    gap = connection.execute(sa.select(t.store.c.gap)).scalar_one()
    if gap is None:
        return []
    mine = (t.asked.c.process == process, t.asked.c.at >= gap)
    answered = set(connection.execute(sa.select(t.asked.c.step).where(*mine)).scalars())
    return [step for step in steps if step not in answered]


def _answered(connection: Connection, process: str, step: str, since: float) -> None:
    mine = (t.asked.c.process == process, t.asked.c.step == step)
    if connection.execute(sa.update(t.asked).where(*mine).values(at=since)).rowcount == 0:
        write_once(connection, t.asked, {"process": process, "step": step, "at": since})


def _known(connection: Connection, system: str, step: str) -> frozenset[str]:
    receipts = sa.select(t.receipts.c.reference).where(
        t.receipts.c.system == system, t.receipts.c.step == step
    )
    told = sa.select(t.strays.c.reference).where(t.strays.c.system == system, t.strays.c.step == step)
    return frozenset(connection.execute(sa.union(receipts, told)).scalars())


def _keyed(connection: Connection, system: str, step: str) -> list[str]:
    query = sa.select(t.receipts.c.reference).where(
        t.receipts.c.system == system, t.receipts.c.step == step, ~t.receipts.c.adopted
    )
    return list(connection.execute(query).scalars())


def _beside(
    connection: Connection, system: str, step: str, process: str
) -> dict[str, list[Mapping[str, Any] | None]]:
    query = sa.select(t.receipts.c.reference, t.receipts.c["values"])
    query = query.join(t.items, t.items.c.id == t.receipts.c.item).where(
        t.receipts.c.system == system, t.receipts.c.step != step, t.items.c.process != process
    )
    found = defaultdict[str, list[Mapping[str, Any] | None]](list)
    for reference, values in connection.execute(query):
        found[reference].append(values or None)
    return dict(found)


def _told(connection: Connection, process: str) -> list[Mapping[str, Any]]:
    names = sa.cast(t.history.c.detail, sa.Text).contains('"reference"')
    query = sa.select(t.history.c.detail).join(t.items, t.items.c.id == t.history.c.item)
    return list(connection.execute(query.where(t.items.c.process == process, names)).scalars())


def _note(connection: Connection, strays: Collection[Stray]) -> None:
    for one in strays:
        row = {name: getattr(one, name) for name in ("system", "step", "reference", "process", "at")}
        write_once(connection, t.strays, row)


def _stray(connection: Connection, now: float, strays: Collection[Stray], scope: str, why: str) -> None:
    _note(connection, strays)
    note_restored(connection, now)
    _hold(connection, now, scope, why)


def _hold(connection: Connection, now: float, scope: str, why: str) -> None:
    """Once, and beside what others hold: they may let it go for reasons of their own."""
    if all(one.who != RESTORED for one in holds(connection, [scope])):
        hold(connection, now, scope, RESTORED, why)
