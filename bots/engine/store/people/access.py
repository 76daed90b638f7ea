"""How people and their programs get in: links, passwords, codes, sessions, tokens."""

from __future__ import annotations

from collections.abc import Iterable

from ...core.people import ApiToken, KeptCredentials, Person, Session, TokenScope
from ..database.transaction import Door
from . import credentials, sessions, tokens


class WaysIn(Door):
    """The part of the store of people that a sign-in uses. `person` is always an id."""

    # Local accounts
    async def invite(self, person: str, who: str, hours: float = 24) -> str:
        """A one-time token for a link with which the person sets a password; older links are void then."""
        return await self._at(credentials.invite, person, who, hours)

    async def invited(self, token: str) -> Person:
        """Whose link it is, without using it. Refused as `redeem` would refuse it."""
        return await self._at(credentials.invited, token)

    async def redeem(self, token: str) -> str:
        """Use a link, once; returns the person's id."""
        return await self._at(credentials.redeem, token)

    async def set_password(self, person: str, password_hash: str, who: str) -> None:
        """Ends all the person's sessions, their open links, and a lock."""
        await self._at(credentials.set_password, person, password_hash, who)

    async def rehash(self, person: str, old: str, new: str) -> bool:
        """Keep the same password under a stronger hash. Ends nothing."""
        return await self._see(credentials.rehash, person, old, new)

    async def set_code_secret(self, person: str, sealed: bytes | None, who: str) -> None:
        """Keep a new second factor, sealed by the caller; None takes it away and ends the sessions."""
        await self._at(credentials.set_code_secret, person, sealed, who)

    async def credentials(self, person: str) -> KeptCredentials:
        return await self._at(credentials.credentials, person)

    async def failed(self, person: str) -> float | None:
        """Count a wrong password or code; returns until when strangers wait before the next try."""
        return await self._at(credentials.failed, person)

    async def succeeded(self, person: str, *, familiar: bool = False) -> None:
        """Forget the wrong tries after a whole sign-in. A right password alone must not call this: the codes
        could be tried without end then. Raises `slowed` while strangers wait. `familiar`: this is
        none."""
        await self._at(credentials.succeeded, person, familiar)

    async def use_code_step(self, person: str, step: int) -> bool:
        """Whether a right code may be used: each works once, and none that is older than it afterwards."""
        return await self._see(credentials.use_code_step, person, step)

    # Sessions
    async def begin_session(self, person: str, hours_absolute: float = 12, *, fresh: bool = False) -> str:
        """The token for the cookie. `fresh`: the second factor was shown just now."""
        return await self._at(sessions.begin, person, hours_absolute, fresh)

    async def session(self, token: str, idle_minutes: float = 30) -> Session | None:
        return await self._at(sessions.session, token, idle_minutes)

    async def rotate(self, token: str, *, fresh: bool = False) -> str:
        """The session under a new token, and so with a new `csrf`."""
        return await self._at(sessions.rotate, token, fresh)

    async def end_session(self, token: str) -> None:
        await self._see(sessions.end, token)

    async def end_sessions(self, person: str, who: str) -> int:
        return await self._at(sessions.end_sessions, person, who)

    # Programs
    async def make_token(
        self,
        person: str,
        name: str,
        scopes: Iterable[TokenScope],
        days: float,
        who: str,
        process: str | None = None,
    ) -> str:
        """A token for the API, shown this one time. `process`: good for that one alone; who knows the
        processes checks its name. Refused: `token-scopes`, `token-days`, `name`, `not-active`."""
        return await self._at(tokens.make, person, name, scopes, days, who, process)

    async def token(self, token: str) -> ApiToken | None:
        return await self._at(tokens.token, token)

    async def tokens(self, person: str | None = None) -> list[ApiToken]:
        """All that a person ever had, or everybody; the newest first."""
        return await self._see(tokens.tokens, person)

    async def revoke_token(self, token_id: str, who: str) -> None:
        await self._at(tokens.revoke, token_id, who)
