"""Transactions of local accounts: links, passwords, one-time codes, and how wrong tries are slowed down."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.errors import refusal
from ...core.people import Event, KeptCredentials, Person, wait_seconds
from . import tables as t
from .changes import found, void
from .rows import active_local, hashed, log, new_token
from .sessions import end_all

_MINE = t.credentials.c.person == sa.bindparam("one")
_KEPT = sa.select(t.credentials).where(_MINE)


def invite(connection: Connection, now: float, person: str, who: str, hours: float) -> str:
    """A new link makes the older ones void."""
    active_local(connection, person)
    void(connection, now, person)
    token = new_token()
    purpose = "first-password" if _row(connection, person).password is None else "new-password"
    row = {"hash": hashed(token), "person": person, "purpose": purpose, "created": now}
    connection.execute(sa.insert(t.invitations).values(**row, expires=now + hours * 3600))
    log(connection, now, who, Event.INVITED, person, {"purpose": purpose, "hours": hours})
    return token


def invited(connection: Connection, now: float, token: str) -> Person:
    """Whose link it is, without using it: a mail filter that follows links must not spoil it."""
    row = _invitation(connection, now, token)
    active_local(connection, row.person)
    return found(connection, row.person)


def redeem(connection: Connection, now: float, token: str) -> str:
    # The person's row is held from here on: of two who use the link at once, the second finds it used.
    person = active_local(connection, _invitation(connection, now, token).person)
    _invitation(connection, now, token)
    this = t.invitations.c.hash == hashed(token)
    connection.execute(sa.update(t.invitations).where(this).values(used=now))
    log(connection, now, f"person/{person.login}", Event.REDEEMED, person.id)
    return str(person.id)


def _invitation(connection: Connection, now: float, token: str) -> Row[Any]:
    row = connection.execute(
        sa.select(t.invitations).where(t.invitations.c.hash == hashed(token))
    ).one_or_none()
    if row is None:
        raise refusal("invitation-unknown", "This link is not known. Ask for a new one.")
    if row.used is not None:
        raise refusal("invitation-used", "This link has been used already. Ask for a new one.")
    if row.void is not None:
        raise refusal("invitation-void", "This link is not valid any more. Ask for a new one.")
    if row.expires <= now:
        raise refusal("invitation-expired", "This link has run out. Ask for a new one.")
    return row


def set_password(connection: Connection, now: float, person: str, password_hash: str, who: str) -> None:
    """All that stood on the old password ends: sessions, open links, a wait after wrong tries."""
    if not password_hash.startswith("$argon2"):
        raise ValueError("not a hash")
    active_local(connection, person)
    _change(connection, person, password=password_hash, failures=0, locked_until=None)
    void(connection, now, person)
    end_all(connection, person)
    log(connection, now, who, Event.PASSWORD_SET, person)


def rehash(connection: Connection, person: str, old: str, new: str) -> bool:
    """The same password, hashed with newer parameters; not when it was changed meanwhile."""
    if not new.startswith("$argon2"):
        raise ValueError("not a hash")
    mine = (t.credentials.c.person == person, t.credentials.c.password == old)
    return connection.execute(sa.update(t.credentials).where(*mine).values(password=new)).rowcount == 1


def set_code_secret(connection: Connection, now: float, person: str, sealed: bytes | None, who: str) -> None:
    """`sealed`: never the secret itself. None takes the second factor away, and ends the sessions; with it
    goes the password, which alone would set up a new one."""
    active_local(connection, person)
    _change(connection, person, code_secret=sealed, code_step=None)
    if sealed is None:
        _change(connection, person, password=None)
        end_all(connection, person)
    log(connection, now, who, Event.CODE_REMOVED if sealed is None else Event.CODE_SET, person)


def credentials(connection: Connection, now: float, person: str) -> KeptCredentials:
    row = _row(connection, person)
    return KeptCredentials(
        person=person,
        password=row.password,
        code_secret=row.code_secret,
        code_step=row.code_step,
        failures=row.failures,
        waits_until=_waits(row, now),
    )


def failed(connection: Connection, now: float, person: str) -> float | None:
    """Count a wrong try, unless strangers wait already; returns until when they wait now."""
    row = _row(connection, person, hold=True)
    until = _waits(row, now)
    if until is not None:
        return until
    failures = row.failures + 1
    seconds = wait_seconds(failures)
    until = now + seconds if seconds else None
    _change(connection, person, failures=failures, locked_until=until)
    if until is not None and wait_seconds(failures - 1) < seconds:  # not each of a night's thousands
        told = {"failures": failures, "seconds": round(seconds)}
        log(connection, now, "store", Event.SLOWED, person, told)
    return until


def succeeded(connection: Connection, now: float, person: str, familiar: bool = False) -> None:
    """The whole sign-in was right, the second factor included. Refused for strangers while they wait."""
    row = _row(connection, person, hold=True)
    if not familiar and _waits(row, now) is not None:
        raise refusal("slowed", "Too many wrong tries. Wait a while, or ask for a new link.")
    if row.failures:
        _change(connection, person, failures=0, locked_until=None)


def use_code_step(connection: Connection, person: str, step: int) -> bool:
    """Whether the code of this step was still good: it and those before it are used now."""
    unused = sa.or_(t.credentials.c.code_step.is_(None), t.credentials.c.code_step < step)
    mine = (t.credentials.c.person == person, t.credentials.c.code_secret.is_not(None))
    return (
        connection.execute(sa.update(t.credentials).where(*mine, unused).values(code_step=step)).rowcount == 1
    )


def _row(connection: Connection, person: str, hold: bool = False) -> Row[Any]:
    query = _KEPT.with_for_update() if hold else _KEPT
    row = connection.execute(query, {"one": person}).one_or_none()
    if row is None:
        raise refusal("unknown-person", "There is no such person.")
    return row


def _waits(row: Row[Any], now: float) -> float | None:
    until: float | None = row.locked_until
    return until if until is not None and until > now else None


def _change(connection: Connection, person: str, **values: Any) -> None:
    connection.execute(sa.update(t.credentials).where(t.credentials.c.person == person).values(**values))
