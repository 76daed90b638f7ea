"""One request of a person, or of a program in a person's name: who it is, and what was sent."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from ...core.errors import RekeyError
from ...core.item import WorkItem
from ...core.people import ApiToken, Person, Role, Session
from ...core.process import Process
from .context import Desk


class NotSignedIn(RekeyError):
    """Nobody, or a session that has ended."""


class NoSecondFactor(RekeyError):
    """Signed in by password alone: nothing but setting up the second factor is open."""


class Forbidden(RekeyError):
    """The person may not do this; where that itself would tell something, the answer is "not found"."""


class Missing(RekeyError):
    """There is no such page, or this person may not know of it."""


class NoToken(RekeyError):
    """A program without a token, or with one that is not valid."""


class OtherScope(RekeyError):
    """A program whose token is for something else. `detail["scopes"]`: what it would have to be for."""


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Somebody's request: what is in it belongs to `person`, and is done in that name."""

    request: Request
    desk: Desk

    @property
    def person(self) -> Person:
        raise NotImplementedError

    @property
    def who(self) -> str:
        return self.person.who

    def processes(self, role: Role = Role.VIEWER) -> dict[str, Process[Any]]:
        """Those for which the person has this role."""
        return {name: one for name, one in self.desk.processes.items() if self.person.may(role, name)}

    def has(self, role: Role) -> bool:
        """In any process, or in the whole installation."""
        return self.person.is_a(role) if role.of_installation else bool(self.processes(role))

    async def item(self, role: Role, name: str = "") -> tuple[Process[Any], WorkItem]:
        """The item that the address names, or `name`. Raises Missing or Forbidden."""
        found = await self.desk.queue.item(name or self.request.path_params["item"])
        if found is None or found.process not in self.processes():
            raise Missing("no-such-item", "There is no such item, or you may not see it.")
        if not self.person.may(role, found.process):
            raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")
        return self.desk.processes[found.process], found


@dataclass(frozen=True, kw_only=True)
class Visit(Asking):
    """A signed-in person's request. `sent`: the fields of a form; empty when a page is only looked at."""

    session: Session
    sent: Mapping[str, str]

    @property
    def person(self) -> Person:
        return self.session.person

    @property
    def opened(self) -> str:
        """When the person opened the page whose form is sent, or opens it now: seconds since 1970. A form
        that is shown again keeps it."""
        return self.sent.get("opened") or str(self.desk.clock().timestamp())

    def check_csrf(self) -> None:
        """A form that we did not write ourselves is not obeyed. Raises Forbidden."""
        if not hmac.compare_digest(self.sent.get("token", "").encode(), self.session.csrf.encode()):
            raise Forbidden(
                "foreign-form", "This page was out of date. Go back, load it again, and try once more."
            )


@dataclass(frozen=True, kw_only=True)
class Call(Asking):
    """A program's request, with a token that may do no more than its person."""

    token: ApiToken

    @property
    def person(self) -> Person:
        return self.token.acts_as
