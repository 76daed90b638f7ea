"""Transactions of who is who and who may do what."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import refusal
from ...core.people import EVERYWHERE, Event, Person, Role, check_scope, clean_login, clean_name
from ..database.bulk import write_once
from ..database.rows import new_id
from . import tables as t
from .rows import known, log, one
from .sessions import end_all
from .tokens import revoke_all

_LAST = "This is the last active administrator. Make somebody else one first."
_ADMINISTRATORS = (t.grants.c.role == Role.ADMINISTRATOR.value, t.grants.c.scope == EVERYWHERE)


def add(connection: Connection, now: float, login: str, name: str, who: str, local: bool) -> Person:
    person = new_person(connection, now, clean_login(login), clean_name(name), local, None)
    log(connection, now, who, Event.ADDED, person, {"login": clean_login(login), "local": local})
    return found(connection, person)


def new_person(
    connection: Connection, now: float, login: str, name: str, local: bool, subject: str | None
) -> str:
    row = {"id": new_id("person"), "login": login, "name": name, "active": True, "local": local}
    if not write_once(connection, t.people, {**row, "subject": subject, "created": now}):
        raise refusal("login-taken", "There is a person with this login already.")
    connection.execute(sa.insert(t.credentials).values(person=row["id"], failures=0))
    return str(row["id"])


def found(connection: Connection, person: str) -> Person:
    """A person who is known to be there."""
    there = one(connection, person)
    assert there is not None
    return there


def grant(connection: Connection, now: float, person: str, scope: str, role: Role, who: str) -> None:
    """Granted twice is granted once."""
    check_scope(scope, role)
    known(connection, person)
    if give(connection, now, person, scope, role, who):
        log(connection, now, who, Event.GRANTED, person, {"scope": scope, "role": role.value})


def give(
    connection: Connection, now: float, person: str, scope: str, role: Role, who: str, directory: bool = False
) -> bool:
    row = {"person": person, "scope": scope, "role": role.value, "directory": directory}
    return write_once(connection, t.grants, {**row, "who": who, "at": now})


def revoke(connection: Connection, now: float, person: str, scope: str, role: Role, who: str) -> None:
    known(connection, person)
    mine = (t.grants.c.person == person, t.grants.c.scope == scope, t.grants.c.role == role.value)
    here = connection.execute(sa.select(t.grants.c.directory).where(*mine)).scalars().all()
    if not here:
        raise refusal("not-granted", "This person has not got this role there.")
    if all(here):
        raise refusal("from-directory", "This role comes from the council's directory. Take it back there.")
    if role is Role.ADMINISTRATOR and not any(here):
        _check_not_last(connection, person)
    connection.execute(sa.delete(t.grants).where(*mine, ~t.grants.c.directory))
    log(connection, now, who, Event.REVOKED, person, {"scope": scope, "role": role.value})


def deactivate(connection: Connection, now: float, person: str, who: str) -> None:
    """Sessions, links and tokens end with it, and do not come back."""
    if not known(connection, person).active:
        return
    _check_not_last(connection, person)
    _set_active(connection, person, False)
    end_all(connection, person)
    revoke_all(connection, now, person)
    void(connection, now, person)
    log(connection, now, who, Event.DEACTIVATED, person)


def activate(connection: Connection, now: float, person: str, who: str) -> None:
    if not known(connection, person).active:
        _set_active(connection, person, True)
        log(connection, now, who, Event.ACTIVATED, person)


def void(connection: Connection, now: float, person: str) -> None:
    """The person's open links are good for nothing any more."""
    still_open = (t.invitations.c.used.is_(None), t.invitations.c.void.is_(None))
    mine = t.invitations.c.person == person
    connection.execute(sa.update(t.invitations).where(mine, *still_open).values(void=now))


def rename(connection: Connection, person: str, login: str, name: str) -> None:
    change = sa.update(t.people).where(t.people.c.id == person)
    connection.execute(change.values(login=login, name=name))


def _set_active(connection: Connection, person: str, is_active: bool) -> None:
    connection.execute(sa.update(t.people).where(t.people.c.id == person).values(active=is_active))


def _check_not_last(connection: Connection, person: str) -> None:
    # Of two administrators who end each other at once, the second waits here and is refused (PostgreSQL).
    rows = sa.select(t.grants.c.person).where(*_ADMINISTRATORS).order_by(t.grants.c.person)
    connection.execute(rows.with_for_update()).all()
    others = (
        sa.select(t.people.c.id)
        .join(t.grants, t.grants.c.person == t.people.c.id)
        .where(*_ADMINISTRATORS, t.people.c.active)
    )
    there = set(connection.execute(others).scalars())
    if there == {person}:
        raise refusal("last-administrator", _LAST)
