"""The transaction of a round: what stands is noted, and of what is news a message is made, only once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.alert import DAY, DIGEST, HOUR, Matter, Message, Told
from ..database.rows import new_id
from .tables import alert_deliveries, alert_matters, alert_messages

_LOCK = 7_215_335_978  # any number that no other program on the same PostgreSQL uses
_KEPT = 30 * DAY
_FORGOTTEN = 8 * DAY
_M, _D = alert_matters.c, alert_deliveries.c
_TRIED = sa.select(_D.address, sa.func.max(_D.failures)).where(_D.accepted.is_(None)).group_by(_D.address)
Write = Callable[[str, Sequence[Matter], Sequence[Matter]], Message]


@dataclass(frozen=True, kw_only=True)
class Round:
    """What stands, and for whom. `unknown`: causes of which nothing is known now. `grace`: by cause, for how
    long it must stand. `addresses`: ids by recipient. `digest`: when that of today was due, if it was."""

    due: Collection[tuple[str, Matter]]
    addresses: Mapping[str, Sequence[str]]
    write: Write
    unknown: Collection[str] = ()
    grace: Mapping[str, float] | None = None
    digest: float | None = None


def settle(connection: Connection, now: float, asked: Round) -> list[Told]:
    """The messages that were made. Two rounds at once take turns; the second finds nothing new."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK})
    _note(connection, now, asked)
    rows = list(connection.execute(sa.select(alert_matters)))
    made = []
    for recipient, mine in _by(rows, lambda row: row.recipient).items():
        if not asked.addresses.get(recipient):
            continue
        for cause, those in _by(mine, lambda row: row.cause).items():
            made += _news(connection, now, asked, recipient, cause, those)
        made += _digest(connection, now, asked, recipient, mine)
    _tidy(connection, now, asked)
    return made


def _note(connection: Connection, now: float, asked: Round) -> None:
    """Begin what is new, or stands again; end what stands no more."""
    standing = {(recipient, one.cause, one.subject): one for recipient, one in asked.due}
    known = {
        (row.recipient, row.cause, row.subject): row for row in connection.execute(sa.select(alert_matters))
    }
    for key, one in standing.items():
        values = {"about": one.about, "process": one.process, "since": one.since, "began": now, "ended": None}
        if key not in known:
            names = dict(zip(("recipient", "cause", "subject"), key, strict=True))
            connection.execute(sa.insert(alert_matters).values(**names, **values, told=None, times=0))
        elif known[key].ended is not None:
            connection.execute(sa.update(alert_matters).where(*_is(key)).values(**values))
    for key, row in known.items():
        if key not in standing and row.ended is None and row.cause not in asked.unknown:
            connection.execute(sa.update(alert_matters).where(*_is(key)).values(ended=now))


def _news(
    connection: Connection, now: float, asked: Round, recipient: str, cause: str, rows: Sequence[Row[Any]]
) -> list[Told]:
    grace = (asked.grace or {}).get(cause, 0.0)
    standing = [row for row in rows if row.ended is None and now - row.began >= grace]
    fresh = [row for row in standing if not _was_told(row, now) and not _too_soon(row, now)]
    if not fresh or _recent(_last(connection, recipient, cause), now, HOUR):
        return []
    for row in fresh:
        times = row.times + 1 if _recent(row.told, now, DAY) else 1
        change = sa.update(alert_matters).where(*_is((row.recipient, row.cause, row.subject)))
        connection.execute(change.values(told=now, times=times))
    return [_make(connection, now, asked, recipient, cause, asked.write(cause, _matters(standing), []))]


def _digest(
    connection: Connection, now: float, asked: Round, recipient: str, rows: Sequence[Row[Any]]
) -> list[Told]:
    """Once a day, what was told before and still stands; with it, what of that was put right since."""
    if asked.digest is None:
        return []
    last = _last(connection, recipient, DIGEST)
    told = [row for row in rows if _was_told(row, now) and row.told < asked.digest - HOUR]
    standing = [row for row in told if row.ended is None]
    if not standing or (last is not None and asked.digest <= last <= now):
        return []
    righted = [row for row in told if row.ended is not None and row.ended > (last or 0.0)]
    message = asked.write(DIGEST, _matters(standing), _matters(righted))
    return [_make(connection, now, asked, recipient, DIGEST, message)]


def _make(
    connection: Connection, now: float, asked: Round, recipient: str, cause: str, message: Message
) -> Told:
    same = sa.select(alert_messages.c.id).where(
        alert_messages.c.recipient == recipient, alert_messages.c.cause == cause
    )
    tried = dict(connection.execute(_TRIED).tuples().all())
    # One that did not arrive yet says less than this one.
    connection.execute(sa.delete(alert_deliveries).where(_D.accepted.is_(None), _D.message.in_(same)))
    name = new_id("alert")
    row = {"id": name, "recipient": recipient, "cause": cause, "at": now}
    connection.execute(sa.insert(alert_messages).values(**row, title=message.title, body=message.body))
    for address in asked.addresses[recipient]:
        waits = {"failures": tried.get(address, 0), "next": now, "busy_until": 0.0, "accepted": None}
        connection.execute(sa.insert(alert_deliveries).values(message=name, address=address, **waits))
    count = len(asked.addresses[recipient])
    return Told(at=now, recipient=recipient, cause=cause, title=message.title, addresses=count, accepted=0)


def _last(connection: Connection, recipient: str, cause: str) -> float | None:
    """When the last message of a cause was made, or arrived anywhere."""
    query = (
        sa.select(sa.func.max(alert_messages.c.at), sa.func.max(_D.accepted))
        .select_from(alert_messages.outerjoin(alert_deliveries, _D.message == alert_messages.c.id))
        .where(alert_messages.c.recipient == recipient, alert_messages.c.cause == cause)
    )
    found = [one for one in connection.execute(query).one() if one is not None]
    return max(found, default=None)


def _tidy(connection: Connection, now: float, asked: Round) -> None:
    connection.execute(sa.delete(alert_matters).where(_M.ended < now - _FORGOTTEN))
    old = sa.select(alert_messages.c.id).where(alert_messages.c.at < now - _KEPT)
    known = {address for those in asked.addresses.values() for address in those}
    gone = sa.and_(_D.accepted.is_(None), _D.address.not_in(sorted(known)))
    connection.execute(sa.delete(alert_deliveries).where(sa.or_(_D.message.in_(old), gone)))
    connection.execute(sa.delete(alert_messages).where(alert_messages.c.at < now - _KEPT))


def _was_told(row: Row[Any], now: float) -> bool:
    """This time that it stands. What lies ahead was told before the clock was set back: once more, then."""
    return row.told is not None and row.began <= row.told <= now


def _too_soon(row: Row[Any], now: float) -> bool:
    """What comes and goes is told again after one hour, two, four and so on of a day."""
    return bool(row.times) and _recent(row.told, now, min(HOUR * 2 ** (row.times - 1), DAY))


def _recent(moment: float | None, now: float, seconds: float) -> bool:
    """A moment that lies ahead is none: the clock was set back."""
    return moment is not None and 0 <= now - moment < seconds


def _matters(rows: Sequence[Row[Any]]) -> list[Matter]:
    names = ("cause", "subject", "about", "since", "process")
    return [Matter(**{name: row._mapping[name] for name in names}) for row in rows]


def _by(rows: Sequence[Row[Any]], key: Callable[[Row[Any]], str]) -> dict[str, list[Row[Any]]]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _is(key: tuple[str, str, str]) -> tuple[sa.ColumnElement[bool], ...]:
    recipient, cause, subject = key
    return (_M.recipient == recipient, _M.cause == cause, _M.subject == subject)
