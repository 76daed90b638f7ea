"""Who may do what: people, their roles, and how they are signed in. What is not granted is denied."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .errors import refusal

EVERYWHERE = "*"
"""The scope of a role in every process, and of the roles of the whole installation."""
TRIES, TRIES_WITHIN = 5, 15 * 60.0
"""Wrong ones for one name from one place, within so many seconds."""
TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 366
_FREE_TRIES, _FIRST_WAIT, _LONGEST_WAIT = 10, 15.0, 15 * 60.0
_LOGIN = re.compile(r"\w[\w.@+'#&!-]{0,253}")
_LONGEST_NAME = 200


class Role(StrEnum):
    VIEWER = "viewer"  # sees the items of a process, sensitive values masked
    REVIEWER = "reviewer"  # decides about exceptions
    APPROVER = "approver"  # the second person
    OWNER = "owner"  # sets limits, schedules and baselines
    AUDITOR = "auditor"  # reads all history of all processes, changes nothing
    ADMINISTRATOR = "administrator"  # people and roles; sees no item by that alone

    @property
    def of_installation(self) -> bool:
        return self in (Role.AUDITOR, Role.ADMINISTRATOR)

    def includes(self, other: Role) -> bool:
        """The roles of a process include those before them; the others only themselves."""
        if self in _RISING and other in _RISING:
            return _RISING.index(self) >= _RISING.index(other)
        return self is other


_RISING = (Role.VIEWER, Role.REVIEWER, Role.APPROVER, Role.OWNER)


@dataclass(frozen=True, kw_only=True)
class Person:
    """`roles`: by process, or `EVERYWHERE`."""

    id: str
    login: str
    name: str
    roles: Mapping[str, frozenset[Role]]
    active: bool
    local: bool  # signs in with a password; otherwise through OpenID Connect

    @property
    def who(self) -> str:
        """As the histories name this person."""
        return f"person/{self.login}"

    def may(self, role: Role, process: str) -> bool:
        """Whether the person has a role, or one that includes it, in a process."""
        if role.of_installation:
            return self.is_a(role)
        return self.active and any(
            held.includes(role) for scope in (process, EVERYWHERE) for held in self.roles.get(scope, ())
        )

    def is_a(self, role: Role) -> bool:
        """Whether the person has this role of the whole installation."""
        return self.active and role.of_installation and role in self.roles.get(EVERYWHERE, ())

    def within(self, process: str) -> Person:
        """The same person, with what may be done in one process alone."""
        held = {
            role
            for scope in (process, EVERYWHERE)
            for role in self.roles.get(scope, ())
            if not role.of_installation
        }
        return replace(self, roles={process: frozenset(held)})


@dataclass(frozen=True, kw_only=True)
class Session:
    """A person who is signed in. `csrf` belongs to the session's token, and changes with it."""

    person: Person
    csrf: str = field(repr=False)
    created: float
    last_seen: float
    expires: float  # whatever the person does
    fresh: float | None  # when the second factor was last shown; None: not in this session


@dataclass(frozen=True, kw_only=True)
class KeptCredentials:
    """What the store keeps to know a person again: a hash, and the sealed secret of one-time codes."""

    person: str
    password: str | None = field(repr=False)
    code_secret: bytes | None = field(repr=False)
    code_step: int | None  # the last one used
    failures: int  # in a row
    waits_until: float | None  # until then no stranger may try; None: anybody may


class TokenScope(StrEnum):
    """What a token is for. What its person may not do, it cannot do either."""

    READ = "read"  # lists, items, hand-ins
    HAND_IN = "hand-in"  # sending files, queueing them, and what becomes of them
    DECIDE = "decide"  # what people do with items


@dataclass(frozen=True, kw_only=True)
class ApiToken:
    """A program that acts for a person, within its scopes. The token itself is nowhere.

    `process`: the only one in which it may be used; None: all of its person's.
    """

    id: str
    person: Person
    name: str
    scopes: frozenset[TokenScope]
    process: str | None
    created: float
    expires: float
    revoked: float | None
    last_used: float | None

    @property
    def acts_as(self) -> Person:
        """Its person, with no more than the token may be used for."""
        return self.person if self.process is None else self.person.within(self.process)


class Event(StrEnum):
    """What the store itself writes into the log of people; the console adds its own words."""

    ADDED = "added"
    GRANTED = "role granted"
    REVOKED = "role revoked"
    DEACTIVATED = "deactivated"
    ACTIVATED = "activated"
    INVITED = "invited"
    REDEEMED = "invitation used"
    PASSWORD_SET = "password set"
    CODE_SET = "second factor set"
    CODE_REMOVED = "second factor removed"
    SLOWED = "sign-in slowed down"
    SESSIONS_ENDED = "sessions ended"
    TOKEN_MADE = "token made"
    TOKEN_REVOKED = "token revoked"
    DIRECTORY = "changed by the directory"


@dataclass(frozen=True, kw_only=True)
class PeopleEntry:
    """One row of the log of people."""

    number: int
    at: float
    who: str
    person: str | None  # whom it concerns
    what: str
    detail: Mapping[str, Any]


def wait_seconds(failures: int) -> float:
    """How long strangers wait before the next try for a name, after so many wrong tries in a row.

    Twice as long each time, and never so long that its owner would be kept out: about a hundred tries a day.
    """
    if failures < _FREE_TRIES:
        return 0.0
    # The exponent is capped too: a float has no room for thousands of doublings.
    return min(_FIRST_WAIT * 2.0 ** min(failures - _FREE_TRIES, 20), _LONGEST_WAIT)


def clean_login(login: str) -> str:
    """A login as the store keeps it, so that no two differ in capitals alone."""
    clean = unicodedata.normalize("NFKC", login).strip().casefold()
    if not _LOGIN.fullmatch(clean):
        raise refusal(
            "login", "A login is one word of at most 254 characters, such as ann.lee or ann@example.org."
        )
    return clean


def clean_name(name: str) -> str:
    clean = " ".join(name.split())
    if not 0 < len(clean) <= _LONGEST_NAME or not clean.isprintable():
        raise refusal("name", f"A name has 1 to {_LONGEST_NAME} characters.")
    return clean


def check_scope(scope: str, role: Role) -> None:
    if not scope.strip():
        raise refusal("scope", "A role is granted in a process, or everywhere.")
    if role.of_installation and scope != EVERYWHERE:
        raise refusal("scope", f"The role {role} is for the whole installation, not for a process.")
