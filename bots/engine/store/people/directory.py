"""The transaction of a sign-in through OpenID Connect: the council's directory says who it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.errors import BusinessException, refusal
from ...core.people import Event, Person, Role, check_scope, clean_login, clean_name
from . import tables as t
from .changes import found, give, new_person, rename
from .rows import by_login, by_subject, known, log

_TAKEN = (
    "An account of somebody else here has the login that the council's directory gives. Ask an administrator."
)
Given = set[tuple[str, Role]]


def from_directory(
    connection: Connection,
    now: float,
    subject: str,
    login: str,
    name: str,
    roles: Mapping[str, Iterable[Role]],
    who: str,
) -> Person:
    """Create or update a person; the directory's roles replace those that it gave before."""
    wanted = {(scope, Role(role)) for scope, all_there in roles.items() for role in all_there}
    for scope, role in wanted:
        check_scope(scope, role)
    person = _person(connection, now, subject, clean_login(login), clean_name(name), who)
    known(connection, person)
    before = _given(connection, person)
    for scope, role in wanted - before:
        give(connection, now, person, scope, role, who, directory=True)
    for scope, role in before - wanted:
        _take(connection, person, scope, role)
    if wanted != before:
        told = {"granted": _words(wanted - before), "revoked": _words(before - wanted)}
        log(connection, now, who, Event.DIRECTORY, person, told)
    return found(connection, person)


def _person(connection: Connection, now: float, subject: str, login: str, name: str, who: str) -> str:
    if not subject.strip():
        raise refusal("subject", "The council's directory did not say who this is.")
    there = by_subject(connection, subject) or _expected(connection, subject, login)
    if there is None:
        return _newcomer(connection, now, subject, login, name, who)
    if (there.login, there.name) != (login, name):
        other = by_login(connection, login)
        if other is not None and other.id != there.id:
            raise refusal("login-taken", _TAKEN)
        rename(connection, there.id, login, name)
        log(connection, now, who, Event.DIRECTORY, there.id, {"login": login, "was": there.login})
    return there.id


def _newcomer(connection: Connection, now: float, subject: str, login: str, name: str, who: str) -> str:
    try:
        person = new_person(connection, now, login, name, False, subject)
    except BusinessException:
        return _twice_at_once(connection, subject).id
    log(connection, now, who, Event.ADDED, person, {"login": login, "local": False})
    return person


def _expected(connection: Connection, subject: str, login: str) -> Person | None:
    """Someone whom an administrator added for the directory and who signs in for the first time.

    A local account is never taken over by an equal login: whoever names logins in the directory would get it.
    """
    there = by_login(connection, login)
    if there is None:
        return None
    unclaimed = (t.people.c.id == there.id, t.people.c.subject.is_(None), t.people.c.local.is_(False))
    claim = sa.update(t.people).where(*unclaimed).values(subject=subject)
    if connection.execute(claim).rowcount:
        return there
    return _twice_at_once(connection, subject)


def _twice_at_once(connection: Connection, subject: str) -> Person:
    """The login was there: put there just now by the same person's other sign-in, or somebody else's."""
    there = by_subject(connection, subject)
    if there is None:
        raise refusal("login-taken", _TAKEN)
    return there


def _given(connection: Connection, person: str) -> Given:
    query = sa.select(t.grants.c.scope, t.grants.c.role)
    rows = connection.execute(query.where(t.grants.c.person == person, t.grants.c.directory))
    return {(row.scope, Role(row.role)) for row in rows}


def _take(connection: Connection, person: str, scope: str, role: Role) -> None:
    # Also from the last administrator: the directory is obeyed, and `rekey people` makes another one.
    this = (t.grants.c.scope == scope, t.grants.c.role == role.value, t.grants.c.directory)
    connection.execute(sa.delete(t.grants).where(t.grants.c.person == person, *this))


def _words(given: Given) -> list[str]:
    return sorted(f"{role} {scope}" for scope, role in given)
