"""What the store knows that people may have to be told of: a few short questions in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.alert import DAY, Doubt, Facts, Gone, Undelivered, Waiting
from ...core.item import State
from ...core.limits import DAILY_LIMIT, FIRST_ITEMS
from ..audit.comparisons import latest
from ..database import tables as t
from ..work.guards import holds
from ..work_list.tables import came_to
from .tables import alert_deliveries, alert_messages

_MOST = 500
"""Doubts that are named: long before so many the work is held."""
_SILENT = 300.0
"""Seconds without a sign of life, after which a worker counts as gone."""
_LOOKED_AT = 50
_TRIES = 3
"""Failures after which an address counts as one that takes no messages."""
_OF_CAUSE = "undelivered"


def facts(
    connection: Connection, now: float, processes: Sequence[str], doubt_after: float, idle_after: float
) -> Facts:
    return Facts(
        now=now,
        holds=holds(connection, []),
        doubts=_doubts(connection, now - doubt_after),
        refused=_refused(connection),
        waiting=[one for name in processes if (one := _waiting(connection, name, now - idle_after))],
        gone=_gone(connection, now),
        findings=_findings(connection, processes),
        undelivered=_undelivered(connection, now),
    )


def _doubts(connection: Connection, until: float) -> list[Doubt]:
    """Whether a bot is looking just now does not matter: it is in doubt as long as its intent is open."""
    query = (
        sa.select(t.items.c.id, t.items.c.process, t.intents.c.recorded)
        .join(t.items, t.items.c.id == t.intents.c.item)
        .where(t.open_intents, t.intents.c.recorded <= until)
        .order_by(t.intents.c.recorded)
        .limit(_MOST)
    )
    return [Doubt(item=row.id, process=row.process, since=row.recorded) for row in connection.execute(query)]


def _refused(connection: Connection) -> Mapping[str, float]:
    query = sa.select(t.sign_ins.c.system, sa.func.min(t.sign_ins.c.refused))
    found = query.where(t.sign_ins.c.refused.is_not(None)).group_by(t.sign_ins.c.system)
    return {row[0]: row[1] for row in connection.execute(found)}


def _waiting(connection: Connection, process: str, until: float) -> Waiting | None:
    """Work that could be taken since then or longer. Any of it will do: to find the oldest costs more."""
    begins = sa.func.coalesce(t.batches.c.begins, 0.0)
    new = (t.items.c.process == process, t.items.c.state == State.NEW.value)
    ready = (t.items.c.updated <= until, t.items.c.not_before <= until, begins <= until)
    query = (
        sa.select(t.items.c.updated, t.items.c.not_before, begins)
        .join(t.batches, t.batches.c.id == t.items.c.batch)
        .where(*new, *ready)
        .limit(_LOOKED_AT)
    )
    oldest = min((max(row) for row in connection.execute(query)), default=None)
    if oldest is None:
        return None
    return Waiting(process=process, since=max(oldest, _last_ended(connection, process, oldest)))


def _last_ended(connection: Connection, process: str, since: float) -> float:
    """When a bot last ended an item, or found that a person allows no more for now."""
    h = t.history.c
    ended = (
        sa.select(h.at)
        .join(t.items, t.items.c.id == h.item)
        .where(came_to, h.before == State.IN_PROGRESS.value, h.at > since, t.items.c.process == process)
        .order_by(h.at.desc())
        .limit(1)
    )
    allowed = sa.select(sa.func.max(t.items.c.updated)).where(
        t.items.c.process == process,
        t.items.c.state == State.NEW.value,
        t.items.c.code.in_([DAILY_LIMIT, FIRST_ITEMS]),
    )
    found = (connection.execute(ended).scalar(), connection.execute(allowed).scalar())
    return max((one for one in found if one is not None), default=0.0)


def _gone(connection: Connection, now: float) -> list[Gone]:
    """Not told any more once another worker began: whoever looks after them has started one."""
    w, other = t.workers, t.workers.alias()
    since = sa.select(sa.literal(1)).where(other.c.began > w.c.seen).exists()
    silent = (w.c.ended.is_(None), w.c.seen < now - _SILENT, w.c.seen > now - 7 * DAY)
    query = sa.select(w.c.id, w.c.seen).where(*silent, ~since)
    return [Gone(worker=row.id, seen=row.seen) for row in connection.execute(query)]


def _findings(connection: Connection, processes: Sequence[str]) -> dict[str, tuple[float, Sequence[str]]]:
    found: dict[str, tuple[float, Sequence[str]]] = {}
    for one in latest(connection, processes):
        keys = [finding.key for finding in one.findings if finding.seen is None]
        if one.open:
            found[one.process] = (one.at, [*keys, *(["more"] if one.more else [])])
    return found


def _undelivered(connection: Connection, now: float) -> list[Undelivered]:
    """That messages of this very kind did not arrive is not told anew."""
    d, m = alert_deliveries.c, alert_messages.c
    query = (
        sa.select(d.address, sa.func.min(m.at))
        .join(alert_messages, m.id == d.message)
        .where(d.accepted.is_(None), d.failures >= _TRIES, m.cause != _OF_CAUSE, m.at > now - 2 * DAY)
        .group_by(d.address)
    )
    return [Undelivered(address=row[0], since=row[1]) for row in connection.execute(query)]
