"""Transactions of the workers' signs of life. Every worker is one incarnation with a random name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import Held
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from .operations_log import NOT_RESTORED, STORE, last_at

GAP = 120.0
"""Seconds without a sign of life of any worker, after which the store may not be what it was: see strays."""
SILENCE = GAP
"""The same of one worker, which counts as gone then: it may save nothing without one for as long."""
SILENT = "Nobody gave a sign of life for a while: the systems must be asked first."
_KEPT = 30 * 86_400.0
_OUT = ""
"""The word of one that was counted out: its next sign of life is not taken, and people are told as ever."""
_MINE = t.workers.c.id == sa.bindparam("worker")


@dataclass(frozen=True, kw_only=True)
class Life:
    """What the store knows of a worker. `word`: what its last sign of life said. `ended`: it is known to be
    gone; `counted_out`: only its own gate keeps it from saving."""

    word: str
    ended: bool

    @property
    def counted_out(self) -> bool:
        return self.word == _OUT


class StoreLives:
    """Each method is one transaction on the store's own clock."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(self, worker: str, word: str) -> None:
        await self._database.run(lambda c: _begin(c, self._clock(c), worker, word))

    async def beat(self, worker: str, before: Sequence[str], word: str) -> bool | None:
        """A sign of life. `before`: what the last ones said that may have come in. True: there was a gap
        before it. None: it is not this worker's to give: a copy of it gave one, or it was counted as dead."""
        return await self._database.run(lambda c: _beat(c, self._clock(c), worker, before, word))

    async def end(self, worker: str) -> None:
        """It ended by itself, its browser before it; or is known to be dead, and its browser is gone."""
        await self._database.run(lambda c: _end(c, self._clock(c), worker))

    async def count_out(self, worker: str) -> bool:
        """Count a worker out that gave no sign of life for `SILENCE`. Whether it has ended, or counts so."""
        return await self._database.run(lambda c: _count_out(c, self._clock(c), worker))

    async def life(self, worker: str) -> Life | None:
        return await self._database.run(lambda c: _life(c, worker))

    async def licensed(self, system: str) -> list[str]:
        """Who holds the licences of a system."""
        query = sa.select(t.licences.c.holder).where(t.licences.c.system == system)
        return await self._database.run(lambda c: list(c.execute(query).scalars()))


def _begin(connection: Connection, now: float, worker: str, word: str) -> None:
    _note_gap(connection, now)
    over = sa.or_(t.workers.c.ended.is_not(None), t.workers.c.word == _OUT)
    old = sa.and_(over, t.workers.c.seen < now - _KEPT)
    asked = sa.select(sa.literal(1)).where(t.open_intents, t.intents.c.browser.startswith(t.workers.c.id))
    connection.execute(sa.delete(t.workers).where(old, ~asked.exists()))
    connection.execute(sa.insert(t.workers).values(id=worker, began=now, seen=now, word=word))


def _beat(connection: Connection, now: float, worker: str, before: Sequence[str], word: str) -> bool | None:
    _note_gap(connection, now)
    # Also one that another worker, which came first, has noted since this one's last sign of life.
    seen = sa.select(t.workers.c.seen).where(_MINE)
    noted = connection.execute(
        sa.select(t.store.c.gap).where(t.store.c.gap > seen.scalar_subquery()), {"worker": worker}
    )
    gap = noted.first() is not None
    mine = (_MINE, t.workers.c.word.in_(before), t.workers.c.ended.is_(None))
    change = sa.update(t.workers).where(*mine).values(seen=now, word=word)
    given = connection.execute(change, {"worker": worker})
    return gap if given.rowcount else None


def _note_gap(connection: Connection, now: float) -> None:
    """Nobody lived for a while. A store without workers is new, or of a version without them. Who says that
    nothing was restored gives a sign of life for it."""
    last = connection.execute(sa.select(sa.func.max(t.workers.c.seen))).scalar_one()
    said = last_at(connection, STORE, NOT_RESTORED)
    last = max(last, said) if last is not None and said is not None else last
    # A sign of life that lies ahead: the clock was set back, or this is the copy of another machine.
    if last is not None and -GAP <= now - last <= GAP:
        return
    connection.execute(sa.update(t.workers).where(t.workers.c.seen > now).values(seen=now))
    to_be_asked(connection, now)


def to_be_asked(connection: Connection, now: float) -> None:
    """From this moment on no target has been asked."""
    connection.execute(sa.update(t.store).values(gap=now))
    connection.execute(sa.delete(t.asked))


def check_alive(connection: Connection, now: float, holder: str) -> None:
    """Raise Held when nobody lived for a while after this worker began: the targets may hold what the store
    does not know, and its next sign of life ends its run. A holder is a worker's name and a number."""
    w, gap = t.workers.c, sa.select(t.store.c.gap).scalar_subquery().label("gap")
    query = sa.select(w.began, w.seen, gap).where(w.id == holder.rpartition("/")[0])
    row = connection.execute(query).one_or_none()
    if row is None:
        return
    if now - row.seen > GAP or (row.gap is not None and row.gap > row.began):
        raise Held("silent", SILENT)


def _end(connection: Connection, now: float, worker: str) -> None:
    still = sa.update(t.workers).where(_MINE, t.workers.c.ended.is_(None)).values(ended=now)
    connection.execute(still, {"worker": worker})


def _count_out(connection: Connection, now: float, worker: str) -> bool:
    change = sa.update(t.workers).where(_MINE, t.workers.c.ended.is_(None), t.workers.c.seen < now - SILENCE)
    connection.execute(change.values(word=_OUT), {"worker": worker})
    known = _life(connection, worker)
    return known is not None and (known.ended or known.counted_out)


def _life(connection: Connection, worker: str) -> Life | None:
    row = connection.execute(sa.select(t.workers).where(_MINE), {"worker": worker}).one_or_none()
    return Life(word=row.word, ended=row.ended is not None) if row is not None else None
