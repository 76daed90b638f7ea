"""Transactions of sessions: who is signed in, until when."""

from __future__ import annotations

import hmac

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import refusal
from ...core.people import Event, Session
from . import tables as t
from .rows import active, hashed, log, new_token, one

_TOUCH_SECONDS = 60.0
_THIS = sa.select(t.sessions).where(t.sessions.c.hash == sa.bindparam("mark"))


def begin(connection: Connection, now: float, person: str, hours: float, fresh: bool) -> str:
    """Sign a person in: the token is for the cookie alone. Everybody's sessions that ran out are cleared."""
    active(connection, person)  # held: whoever deactivates the person waits, and ends this session too
    connection.execute(sa.delete(t.sessions).where(t.sessions.c.hash.in_(_ran_out(now))))
    token = new_token()
    row = {"hash": hashed(token), "person": person, "created": now, "last_seen": now}
    until = {"expires": now + hours * 3600, "fresh": now if fresh else None}
    connection.execute(sa.insert(t.sessions).values(**row, **until))
    return token


def _ran_out(now: float) -> sa.Select[tuple[str]]:
    # Those that somebody else holds are left to the next: deletes in another order would block each other.
    ended = sa.select(t.sessions.c.hash).where(t.sessions.c.expires <= now)
    return ended.with_for_update(skip_locked=True)


def session(connection: Connection, now: float, token: str, idle_minutes: float) -> Session | None:
    """Who is signed in with this token. Looking is a sign of life, written down once a minute at most."""
    row = connection.execute(_THIS, {"mark": hashed(token)}).one_or_none()
    if row is None:
        return None
    person = one(connection, row.person)
    idle = now - row.last_seen
    if person is None or not person.active or row.expires <= now or idle >= idle_minutes * 60:
        end(connection, token)  # for good: a longer patience later does not bring it back
        return None
    seen = row.last_seen
    if idle >= _TOUCH_SECONDS:
        seen = now
        connection.execute(sa.update(t.sessions).where(t.sessions.c.hash == row.hash).values(last_seen=now))
    return Session(
        person=person,
        csrf=_csrf(token),
        created=row.created,
        last_seen=seen,
        expires=row.expires,
        fresh=row.fresh,
    )


def _csrf(token: str) -> str:
    # Made from the token, which the store has not got: so it need not keep this secret either.
    return hmac.new(token.encode("utf-8", "replace"), b"csrf", "sha256").hexdigest()


def rotate(connection: Connection, now: float, token: str, fresh: bool) -> str:
    """The same session under a new token; the old one is good for nothing. `fresh`: the second factor was
    shown just now."""
    renewed = new_token()
    values = {"hash": hashed(renewed), "last_seen": now, **({"fresh": now} if fresh else {})}
    this = (t.sessions.c.hash == hashed(token), t.sessions.c.expires > now)
    if not connection.execute(sa.update(t.sessions).where(*this).values(**values)).rowcount:
        raise refusal("signed-out", "You are signed out. Sign in again.")
    return renewed


def end(connection: Connection, token: str) -> None:
    connection.execute(sa.delete(t.sessions).where(t.sessions.c.hash == hashed(token)))


def end_all(connection: Connection, person: str) -> int:
    return connection.execute(sa.delete(t.sessions).where(t.sessions.c.person == person)).rowcount


def end_sessions(connection: Connection, now: float, person: str, who: str) -> int:
    """Sign a person out everywhere; returns of how many sessions."""
    ended = end_all(connection, person)
    if ended:
        log(connection, now, who, Event.SESSIONS_ENDED, person, {"count": ended})
    return ended
