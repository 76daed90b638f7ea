"""Addresses and who may use them: what is not declared here is not there.

    routes = Routes(app, desk)
    routes.page("/items/{item}", show, role=Role.VIEWER)
    routes.act("/items/{item}/retry", retry, role=Role.REVIEWER)

An address that names an `{item}` or a `{process}` is open to those who have the role there. A test walks all
of them with every role.

    routes.api("GET", "/items/{item}", one, role=Role.VIEWER, scopes=READ, gives=Item)

is one for programs. They come with a token, which must be for one of the `scopes`, and as the token's person.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from ...core.people import Role, TokenScope
from .context import Desk
from .request import Asking, Forbidden, Missing, NoSecondFactor, NotSignedIn, Visit
from .throttle import LONGEST, Attempts
from .tokens import EVERY, called

_MOST_FIELDS = 300
Handler = Callable[[Visit], Awaitable[Response]]
Open = Callable[[Request, Desk], Awaitable[Response]]


@dataclass(frozen=True, kw_only=True)
class Address:
    """`role` None: everybody who is signed in; `half`: also by password alone; `open`: without signing in.
    `longest`: bytes of what is sent; `streamed`: the handler reads it itself. `scopes`: for programs with a
    token that is for one of them; empty: for people. `both`: for people as well."""

    path: str
    method: str
    role: Role | None = None
    half: bool = False
    open: bool = False
    longest: int = LONGEST
    streamed: bool = False
    scopes: frozenset[TokenScope] = frozenset()
    both: bool = False


class Routes:
    """`addresses` says what was declared; `attempts` counts who guesses, `tokens` the wrong tokens."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self.attempts = Attempts()
        self.tokens = Attempts()
        self.addresses: list[Address] = []

    def page(self, path: str, handler: Handler, role: Role | None = None, *, half: bool = False) -> None:
        """Looked at only."""
        address = Address(path=path, method="GET", role=role, half=half)
        self._add(address, self._guarded(handler, address))

    def act(self, path: str, handler: Handler, role: Role | None = None, *, half: bool = False) -> None:
        """Something is changed: the form must be one of ours."""

        async def checked(visit: Visit) -> Response:
            visit.check_csrf()
            return await handler(visit)

        address = Address(path=path, method="POST", role=role, half=half)
        self._add(address, self._guarded(checked, address))

    def upload(self, path: str, handler: Handler, role: Role, *, longest: int) -> None:
        """Files are handed in. The handler reads them as they come, and itself refuses a form whose token is
        not the session's before it keeps anything: `visit.sent` is empty."""
        address = Address(path=path, method="POST", role=role, longest=longest, streamed=True)
        self._add(address, self._guarded(handler, address))

    def open(self, path: str, method: str, handler: Open, *, counted: bool = False) -> None:
        """For people who are not signed in: how they do that, and nothing else. `counted`: something can be
        guessed there, and from one place it may be wrong only so often."""

        async def answer(request: Request) -> Response:
            host = request.client.host if request.client else ""
            if counted:
                self.attempts.check(host)
            found = await handler(request, self._desk)
            if counted and found.status_code < HTTPStatus.BAD_REQUEST:
                self.attempts.forgive(host)
            return found

        self._add(Address(path=path, method=method, open=True), answer)

    def api(
        self,
        method: str,
        path: str,
        handler: Callable[..., Awaitable[Any]],
        role: Role | None,
        scopes: frozenset[TokenScope],
        *,
        longest: int = LONGEST,
        streamed: bool = False,
        **described: Any,
    ) -> None:
        """For programs. The handler is FastAPI's: it declares what it takes, and its `Call` as `Caller`.
        `described`: what it gives. Nothing that was sent is read before the token is known to be good."""
        address = Address(
            path=path, method=method, role=role, longest=longest, streamed=streamed, scopes=scopes
        )
        routes = self

        class Guarded(APIRoute):
            def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
                answers = super().get_route_handler()

                async def answer(request: Request) -> Response:
                    call = await called(request, routes._desk, routes.tokens, address.scopes)
                    await _check(call, address)
                    request.state.call = call
                    return await answers(request)

                return answer

        self.addresses.append(address)
        self._app.router.add_api_route(
            path, handler, methods=[method], route_class_override=Guarded, **described
        )

    def description(self, path: str, handler: Open) -> None:
        """Of what programs may do here: for whoever has any token, and for people who write such programs."""

        async def answer(request: Request) -> Response:
            try:
                await self._visit(request, address)
            except (NotSignedIn, NoSecondFactor):
                await called(request, self._desk, self.tokens, EVERY)
            return await handler(request, self._desk)

        address = Address(path=path, method="GET", scopes=EVERY, both=True)
        self._add(address, answer)

    def longest(self, path: str) -> int:
        """How many bytes may be sent to an address."""
        larger = [one for one in self.addresses if one.longest > LONGEST]
        return max((one.longest for one in larger if compile_path(one.path)[0].match(path)), default=LONGEST)

    def _guarded(self, handler: Handler, address: Address) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            visit = await self._visit(request, address)
            await _check(visit, address)
            return await handler(visit)

        return answer

    async def _visit(self, request: Request, address: Address) -> Visit:
        sent = {} if address.streamed else await sent_by(request)
        session = await self._desk.people.session(request.cookies.get(cookie(self._desk), ""))
        if session is None:
            raise NotSignedIn("signed-out", "You are signed out.", {"sent": sent})
        request.state.session = session
        request.state.person = session.person
        if session.fresh is None and session.person.local and not address.half:
            raise NoSecondFactor("no-second-factor", "Set up your second factor first.")
        return Visit(request=request, desk=self._desk, session=session, sent=sent)

    def _add(self, address: Address, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self.addresses.append(address)
        self._app.add_route(address.path, answer, methods=[address.method], include_in_schema=False)


async def _check(visit: Asking, address: Address) -> None:
    """Raises Forbidden, or Missing where that itself would tell something."""
    if address.role is None or address.role.of_installation:
        allowed = address.role is None or visit.has(address.role)
    elif "item" in visit.request.path_params:
        await visit.item(address.role)
        allowed = True
    elif process := visit.request.path_params.get("process"):
        if process not in visit.processes():
            raise Missing("no-such-process", "There is no such process, or you may not see it.")
        allowed = visit.person.may(address.role, process)
    else:
        allowed = visit.has(address.role)
    if not allowed:
        raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")


def cookie_name(tls: bool) -> str:
    """Over TLS a name that browsers give to no other site or path."""
    return "__Host-rekey" if tls else "rekey"


def cookie(desk: Desk) -> str:
    return cookie_name(desk.tls)


async def sent_by(request: Request) -> dict[str, str]:
    """The fields of a form, texts only; of several with one name the last. Raises HTTPException for what
    no page of ours sends."""
    if request.method != "POST":
        return {}
    try:
        async with request.form(max_files=0, max_fields=_MOST_FIELDS, max_part_size=LONGEST) as form:
            found = {name: value for name, value in form.items() if isinstance(value, str)}
        "".join((*found, *found.values())).encode()
    except UnicodeError:  # an odd charset, or half a character
        raise HTTPException(400) from None
    # PostgreSQL takes no such character in a text, and no keyboard types it.
    if any("\0" in text for text in (*found, *found.values())):
        raise HTTPException(400)
    return found
