"""Addresses and who may use them: what is not declared here is not there.

    routes = Routes(desk)
    routes.page("/items/{item}", show, role=Role.VIEWER)
    routes.act("/items/{item}/retry", retry, role=Role.REVIEWER)

A test walks all of them with every role.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import FastAPI, Request
from starlette.responses import Response

from ..core.people import Role
from .desk import Desk
from .visit import Forbidden, NoSecondFactor, NotSignedIn, Visit

_LONGEST = 200_000
"""Bytes of a form. Files are handed in elsewhere."""
Handler = Callable[[Visit], Awaitable[Response]]
Open = Callable[[Request, Desk], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Address:
    """`role` None: everybody who is signed in; `half`: also by password alone; `open`: without signing in."""

    path: str
    method: str
    role: Role | None = None
    half: bool = False
    open: bool = False


class Routes:
    """`addresses` says what was declared."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self.addresses: list[Address] = []

    def page(self, path: str, handler: Handler, role: Role | None = None, *, half: bool = False) -> None:
        """Looked at only. An item of the path is checked by the handler, with `Visit.item`."""
        address = Address(path=path, method="GET", role=role, half=half)
        self._add(address, self._guarded(handler, address))

    def act(self, path: str, handler: Handler, role: Role | None = None, *, half: bool = False) -> None:
        """Something is changed: the form must be one of ours."""

        async def checked(visit: Visit) -> Response:
            visit.check_csrf()
            return await handler(visit)

        address = Address(path=path, method="POST", role=role, half=half)
        self._add(address, self._guarded(checked, address))

    def open(self, path: str, method: str, handler: Open) -> None:
        """For people who are not signed in: how they do that, and nothing else."""

        async def answer(request: Request) -> Response:
            return await handler(request, self._desk)

        self._add(Address(path=path, method=method, open=True), answer)

    def _guarded(self, handler: Handler, address: Address) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            visit = await self._visit(request)
            if visit.session.fresh is None and visit.person.local and not address.half:
                raise NoSecondFactor("no-second-factor", "Set up your second factor first.")
            if address.role is not None and not visit.has(address.role):
                raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")
            return await handler(visit)

        return answer

    async def _visit(self, request: Request) -> Visit:
        sent = await sent_by(request)
        session = await self._desk.people.session(request.cookies.get(cookie(self._desk), ""))
        if session is None:
            raise NotSignedIn("signed-out", "You are signed out.", {"sent": sent})
        request.state.session = session
        return Visit(request=request, desk=self._desk, session=session, sent=sent)

    def _add(self, address: Address, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self.addresses.append(address)
        self._app.add_route(address.path, answer, methods=[address.method], include_in_schema=False)


def cookie_name(tls: bool) -> str:
    """Over TLS a name that browsers give to no other site or path."""
    return "__Host-rekey" if tls else "rekey"


def cookie(desk: Desk) -> str:
    return cookie_name(desk.tls)


async def sent_by(request: Request) -> dict[str, str]:
    """The fields of a form, texts only. Raises Forbidden for one that is too long."""
    if request.method != "POST":
        return {}
    if int(request.headers.get("content-length") or 0) > _LONGEST:
        raise Forbidden("too-long", "This is more than the form can take. Nothing was changed.")
    async with request.form(max_files=0, max_fields=300) as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}
