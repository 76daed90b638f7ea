"""Rows of people as typed values, and what every transaction about people begins or ends with."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.errors import refusal
from ...core.people import PeopleEntry, Person, Role
from . import tables as t

_PEOPLE = sa.select(t.people).order_by(t.people.c.login)
_GRANTS = sa.select(t.grants.c.person, t.grants.c.scope, t.grants.c.role)
_LOCKED = sa.select(t.people).where(t.people.c.id == sa.bindparam("one")).with_for_update()

_ROLES = frozenset(Role)


def new_token() -> str:
    return secrets.token_urlsafe(32)


def hashed(token: str) -> str:
    """What the store keeps of a token. It is long and random: one round is enough."""
    return sha256(token.encode("utf-8", "replace")).hexdigest()


def log(
    connection: Connection,
    now: float,
    who: str,
    what: str,
    person: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Append to the log of people. Nothing ever changes or removes a row of it."""
    values = {"at": now, "who": who, "person": person, "what": str(what), "detail": dict(detail or {})}
    connection.execute(sa.insert(t.people_log).values(values))


def entries(connection: Connection, person: str | None, limit: int, before: int | None) -> list[PeopleEntry]:
    """The newest first."""
    query = sa.select(t.people_log).order_by(t.people_log.c.id.desc()).limit(limit)
    if person is not None:
        query = query.where(t.people_log.c.person == person)
    if before is not None:
        query = query.where(t.people_log.c.id < before)
    return [
        PeopleEntry(
            number=row.id, at=row.at, who=row.who, person=row.person, what=row.what, detail=row.detail
        )
        for row in connection.execute(query)
    ]


def last(connection: Connection, what: str) -> dict[str, float]:
    """When something was last noted, by the person whom it concerns."""
    log = t.people_log.c
    query = sa.select(log.person, sa.func.max(log.at).label("at")).where(log.what == what)
    rows = connection.execute(query.where(log.person.is_not(None)).group_by(log.person))
    return {row.person: row.at for row in rows}


def everyone(connection: Connection) -> list[Person]:
    roles: dict[str, list[Row[Any]]] = defaultdict(list)
    for grant in connection.execute(_GRANTS):
        roles[grant.person].append(grant)
    return [as_person(row, roles[row.id]) for row in connection.execute(_PEOPLE)]


def one(connection: Connection, person: str) -> Person | None:
    return _found(connection, t.people.c.id == person)


def by_login(connection: Connection, login: str) -> Person | None:
    return _found(connection, t.people.c.login == login)


def by_subject(connection: Connection, subject: str) -> Person | None:
    return _found(connection, t.people.c.subject == subject)


def _found(connection: Connection, which: sa.ColumnElement[bool]) -> Person | None:
    row = connection.execute(sa.select(t.people).where(which)).one_or_none()
    return as_person(row, grants_of(connection, row.id)) if row is not None else None


def grants_of(connection: Connection, person: str) -> Sequence[Row[Any]]:
    return connection.execute(_GRANTS.where(t.grants.c.person == person)).all()


def as_person(row: Row[Any], grants: Sequence[Row[Any]]) -> Person:
    held: dict[str, set[Role]] = defaultdict(set)
    for grant in grants:
        if grant.role in _ROLES:  # a role of a later version of the program is none here, and breaks nothing
            held[grant.scope].add(Role(grant.role))
    return Person(
        id=row.id,
        login=row.login,
        name=row.name,
        roles={scope: frozenset(roles) for scope, roles in held.items()},
        active=row.active,
        local=row.local,
    )


def known(connection: Connection, person: str) -> Row[Any]:
    """A person's row, held for this transaction: two changes of one person take turns (PostgreSQL)."""
    row = connection.execute(_LOCKED, {"one": person}).one_or_none()
    if row is None:
        raise refusal("unknown-person", "There is no such person.")
    return row


def active(connection: Connection, person: str) -> Row[Any]:
    row = known(connection, person)
    if not row.active:
        raise refusal("not-active", "This person is deactivated.")
    return row


def active_local(connection: Connection, person: str) -> Row[Any]:
    """Someone who signs in with a password."""
    row = active(connection, person)
    if not row.local:
        raise refusal("not-local", "This person signs in through the council's own sign-in page.")
    return row
