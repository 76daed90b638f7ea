"""The store's part in telling people: its facts, who was told what, and what is on its way to an address."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.alert import DAY, HOUR, Delivery, Facts, Matter, Message, Standing, Told
from ..database.bulk import write_once
from ..database.database import Clock, Database, database_clock
from .facts import facts
from .ledger import Round, settle
from .tables import alert_deliveries, alert_matters, alert_messages, alert_rounds

_TAKEN_FOR = 120.0
"""Seconds for which a delivery is one sender's: longer than it may take."""
_GIVEN_UP = DAY
_D, _M = alert_deliveries.c, alert_messages.c


class StoreAlerts:
    """Each method is one transaction on the store's own clock."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def facts(self, processes: Sequence[str], doubt_after: float, idle_after: float) -> Facts:
        return await self._database.run(
            lambda c: facts(c, self._clock(c), processes, doubt_after, idle_after)
        )

    async def settle(self, asked: Round) -> list[Told]:
        """Note what stands, and make the messages that are due."""
        return await self._database.run(lambda c: settle(c, self._clock(c), asked))

    async def take(self) -> list[Delivery]:
        """What is to be sent now; for a while nobody else gets it."""
        return await self._database.run(lambda c: _take(c, self._clock(c)))

    async def accepted(self, delivery: Delivery) -> None:
        await self._database.run(lambda c: _sent(c, delivery, accepted=self._clock(c)))

    async def failed(self, delivery: Delivery) -> None:
        """It is tried again, less and less often, for a day."""
        await self._database.run(lambda c: _failed(c, self._clock(c), delivery))

    async def round_ended(self) -> None:
        await self._database.run(lambda c: _round_ended(c, self._clock(c)))

    async def last_round(self) -> tuple[float | None, float]:
        """When a round last came to its end, and what the time is now."""
        query = sa.select(alert_rounds.c.at)
        return await self._database.run(lambda c: (c.execute(query).scalar(), self._clock(c)))

    async def standing(self) -> list[Standing]:
        """What stands as of the last round, by recipient."""
        return await self._database.run(_standing)

    async def told(self, limit: int = 20) -> list[Told]:
        """The latest messages, the newest first."""
        return await self._database.run(lambda c: _told(c, limit))

    async def failing(self) -> dict[str, float]:
        """Addresses that did not take a message, with since when."""
        return await self._database.run(_failing)


def _take(connection: Connection, now: float) -> list[Delivery]:
    # A moment far ahead was written before the clock was set back.
    idle = sa.or_(_D.busy_until <= now, _D.busy_until > now + _TAKEN_FOR)
    ripe = sa.or_(_D.next <= now, _D.next > now + HOUR)
    query = (
        sa.select(alert_deliveries, alert_messages)
        .join(alert_messages, _M.id == _D.message)
        .where(_D.accepted.is_(None), idle, ripe, _M.at > now - _GIVEN_UP)
        .order_by(_M.at)
        .with_for_update(skip_locked=True)
    )
    taken = [
        Delivery(
            id=row.id,
            recipient=row.recipient,
            cause=row.cause,
            address=row.address,
            message=Message(title=row.title, body=row.body),
            failures=row.failures,
        )
        for row in connection.execute(query)
    ]
    for one in taken:
        _sent(connection, one, busy_until=now + _TAKEN_FOR)
    return taken


def _sent(connection: Connection, delivery: Delivery, **change: float) -> None:
    mine = (_D.message == delivery.id, _D.address == delivery.address)
    connection.execute(sa.update(alert_deliveries).where(*mine).values(**change))


def _failed(connection: Connection, now: float, delivery: Delivery) -> None:
    failures = delivery.failures + 1
    wait = min(60.0 * 2 ** min(failures - 1, 10), HOUR)
    _sent(connection, delivery, failures=failures, next=now + wait, busy_until=0.0)


def _round_ended(connection: Connection, now: float) -> None:
    if not write_once(connection, alert_rounds, {"id": 1, "at": now}):
        connection.execute(sa.update(alert_rounds).values(at=now))


def _standing(connection: Connection) -> list[Standing]:
    m = alert_matters.c
    query = sa.select(alert_matters).where(m.ended.is_(None)).order_by(m.recipient, m.cause, m.since)
    return [
        Standing(
            recipient=row.recipient,
            matter=Matter(
                cause=row.cause, subject=row.subject, about=row.about, since=row.since, process=row.process
            ),
            began=row.began,
            told=row.told if row.told is not None and row.told >= row.began else None,
        )
        for row in connection.execute(query)
    ]


def _told(connection: Connection, limit: int) -> list[Told]:
    query = (
        sa.select(
            _M.at, _M.recipient, _M.cause, _M.title, sa.func.count(_D.address), sa.func.count(_D.accepted)
        )
        .select_from(alert_messages.outerjoin(alert_deliveries, _D.message == _M.id))
        .group_by(_M.id, _M.at, _M.recipient, _M.cause, _M.title)
        .order_by(_M.at.desc(), _M.id)
        .limit(limit)
    )
    return [
        Told(at=at, recipient=recipient, cause=cause, title=title, addresses=addresses, accepted=accepted)
        for at, recipient, cause, title, addresses, accepted in connection.execute(query)
    ]


def _failing(connection: Connection) -> dict[str, float]:
    query = (
        sa.select(_D.address, sa.func.min(_M.at))
        .join(alert_messages, _M.id == _D.message)
        .where(_D.accepted.is_(None), _D.failures > 0)
        .group_by(_D.address)
    )
    return {row[0]: row[1] for row in connection.execute(query)}
