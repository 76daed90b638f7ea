"""People in the store: each method is one transaction of the modules beside this one.

Times are on the store's clock. What is refused is a BusinessException with a sentence for the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...core.errors import BusinessException
from ...core.people import PeopleEntry, Person, Role, clean_login
from . import changes, directory, rows
from .access import WaysIn


class StorePeople(WaysIn):
    """Who may do what. `person` is always an id; `who` is who does it, as the histories name them."""

    async def now(self) -> float:
        """The store's own clock."""
        return await self._at(lambda _, now: now)

    async def add(self, login: str, name: str, who: str, local: bool = True) -> Person:
        """Someone new, with no roles and no way in yet. Not `local`: the first sign-in through OpenID Connect
        with this login makes it theirs."""
        return await self._at(changes.add, login, name, who, local)

    async def person(self, person: str) -> Person | None:
        return await self._see(rows.one, person)

    async def by_login(self, login: str) -> Person | None:
        try:
            clean = clean_login(login)
        except BusinessException:
            return None
        return await self._see(rows.by_login, clean)

    async def everyone(self) -> list[Person]:
        """By login; the deactivated too."""
        return await self._see(rows.everyone)

    async def grant(self, person: str, scope: str, role: Role, who: str) -> None:
        """`scope`: a process, or `EVERYWHERE`. Who knows the processes checks their names."""
        await self._at(changes.grant, person, scope, role, who)

    async def revoke(self, person: str, scope: str, role: Role, who: str) -> None:
        await self._at(changes.revoke, person, scope, role, who)

    async def deactivate(self, person: str, who: str) -> None:
        """Ends the person's sessions, links and tokens in the same moment."""
        await self._at(changes.deactivate, person, who)

    async def activate(self, person: str, who: str) -> None:
        await self._at(changes.activate, person, who)

    async def from_directory(
        self, subject: str, login: str, name: str, roles: Mapping[str, Iterable[Role]], who: str
    ) -> Person:
        """Someone whom OpenID Connect let in. `subject`: unique for ever, the issuer's name included; `roles`
        by scope replace those that the directory gave before, and leave what was granted here.

        A deactivated person stays so: `begin_session` refuses.
        """
        return await self._at(directory.from_directory, subject, login, name, roles, who)

    async def log(
        self, who: str, what: str, person: str | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Append a row, such as a sign-in. `detail` must hold no secret."""
        await self._at(rows.log, who, what, person, detail)

    async def last(self, what: str) -> dict[str, float]:
        """When something was last noted in the log, such as a sign-in, by the person whom it concerns."""
        return await self._see(rows.last, what)

    async def entries(
        self, person: str | None = None, limit: int = 100, before: int | None = None
    ) -> list[PeopleEntry]:
        """The log of people, the newest first; of one person, or of all. `before`: an entry's number."""
        return await self._see(rows.entries, person, limit, before)
