"""Transactions of tokens: programs that use the API in a person's name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..core.errors import refusal
from ..core.people import ApiToken, Event, Person, clean_name
from . import people_tables as t
from .people_rows import active, hashed, known, log, new_token, one
from .rows import new_id

PREFIX = "rekey_"
"""So that programs which look for leaked secrets know one."""
_LONGEST_DAYS = 366
_TOUCH_SECONDS = 60.0


def make(
    connection: Connection, now: float, person: str, name: str, scopes: Iterable[str], days: float, who: str
) -> str:
    """A new token, shown this one time."""
    if not 0 < days <= _LONGEST_DAYS:
        raise refusal("token-days", f"A token holds for 1 to {_LONGEST_DAYS} days.")
    active(connection, person)
    token, granted = PREFIX + new_token(), sorted(set(scopes))
    row = {"id": new_id("token"), "person": person, "name": clean_name(name), "scopes": granted}
    until = {"hash": hashed(token), "created": now, "expires": now + days * 86_400}
    connection.execute(sa.insert(t.api_tokens).values(**row, **until))
    told = {"token": row["id"], "name": row["name"], "scopes": granted, "days": days}
    log(connection, now, who, Event.TOKEN_MADE, person, told)
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


def tokens(connection: Connection, person: str) -> list[ApiToken]:
    """All that a person ever had, the newest first."""
    holder = one(connection, person)
    if holder is None:
        return []
    query = sa.select(t.api_tokens).where(t.api_tokens.c.person == person)
    newest = (t.api_tokens.c.created.desc(), t.api_tokens.c.id)
    return [_as_token(row, holder) for row in connection.execute(query.order_by(*newest))]


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
        scopes=frozenset(row.scopes),
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        last_used=row.last_used,
    )
