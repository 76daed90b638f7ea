"""Transactions of tokens: programs that use the API in a person's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.errors import refusal
from ...core.people import MOST_TOKEN_DAYS, ApiToken, Event, Person, TokenScope, clean_name
from ..database.rows import new_id
from . import tables as t
from .rows import active, everyone, hashed, known, log, new_token, one

PREFIX = "rekey_"
"""So that programs which look for leaked secrets know one."""
_TOUCH_SECONDS = 60.0
_SCOPES = frozenset(TokenScope)


def make(
    connection: Connection,
    now: float,
    person: str,
    name: str,
    scopes: Iterable[TokenScope],
    days: float,
    who: str,
    process: str | None,
) -> str:
    """A new token, shown this one time."""
    granted = sorted({scope.value for scope in scopes})
    if not granted:
        raise refusal("token-scopes", "Say what the token may be used for.")
    if not 0 < days <= MOST_TOKEN_DAYS:
        raise refusal("token-days", f"A token holds for 1 to {MOST_TOKEN_DAYS} days.")
    active(connection, person)
    token = PREFIX + new_token()
    row = {"id": new_id("token"), "person": person, "name": clean_name(name), "scopes": granted}
    until = {"hash": hashed(token), "process": process, "created": now, "expires": now + days * 86_400}
    connection.execute(sa.insert(t.api_tokens).values(**row, **until))
    told = {"token": row["id"], "name": row["name"], "scopes": granted, "days": days}
    log(connection, now, who, Event.TOKEN_MADE, person, told | ({"process": process} if process else {}))
    return token


def token(connection: Connection, now: float, shown: str) -> ApiToken | None:
    """Who acts with this token, and how far; None: not valid. Its use is noted once a minute at most."""
    query = sa.select(t.api_tokens).where(t.api_tokens.c.hash == hashed(shown))
    row = connection.execute(query).one_or_none()
    if row is None or row.revoked is not None or row.expires <= now:
        return None
    person = one(connection, row.person)
    if person is None or not person.active:
        return None
    if row.last_used is None or now - row.last_used >= _TOUCH_SECONDS:
        connection.execute(sa.update(t.api_tokens).where(t.api_tokens.c.id == row.id).values(last_used=now))
    return _as_token(row, person)


def tokens(connection: Connection, person: str | None) -> list[ApiToken]:
    """All that there ever were, of one person or of everybody; the newest first."""
    holders = {each.id: each for each in everyone(connection)}
    query = sa.select(t.api_tokens).order_by(t.api_tokens.c.created.desc(), t.api_tokens.c.id)
    if person is not None:
        query = query.where(t.api_tokens.c.person == person)
    return [_as_token(row, holders[row.person]) for row in connection.execute(query)]


def revoke(connection: Connection, now: float, token_id: str, who: str) -> None:
    this = t.api_tokens.c.id == token_id
    row = connection.execute(sa.select(t.api_tokens).where(this)).one_or_none()
    if row is None:
        raise refusal("unknown-token", "There is no such token.")
    known(connection, row.person)
    change = sa.update(t.api_tokens).where(this, t.api_tokens.c.revoked.is_(None))
    if connection.execute(change.values(revoked=now)).rowcount:
        told = {"token": token_id, "name": row.name}
        log(connection, now, who, Event.TOKEN_REVOKED, row.person, told)


def revoke_all(connection: Connection, now: float, person: str) -> None:
    mine = (t.api_tokens.c.person == person, t.api_tokens.c.revoked.is_(None))
    connection.execute(sa.update(t.api_tokens).where(*mine).values(revoked=now))


def _as_token(row: Row[Any], person: Person) -> ApiToken:
    return ApiToken(
        id=row.id,
        person=person,
        name=row.name,
        # A scope of a later version of the program is none here, and breaks nothing.
        scopes=frozenset(TokenScope(name) for name in row.scopes if name in _SCOPES),
        process=row.process,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        last_used=row.last_used,
    )
