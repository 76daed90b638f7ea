"""What stands before Prefect's own server: who may ask it anything at all, and from which page.

Prefect's password covers its API, but neither the descriptions of it nor a name that somebody else's page
made point here; and to what lacks a CSRF token it answers before it looks for the password.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .tickets import SCRIPT, SIGN_IN, TICKET, Tickets, page, script

_OURS = frozenset({"127.0.0.1", "localhost", "::1"})
"""At any port: through an SSH tunnel a browser asks for its own end."""
_HEALTH = "/api/health"
_DESCRIPTIONS = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")
_POLICY = (
    # Prefect's pages would tell their maker how they are used, and could be told to load more from there.
    # Graphs are drawn by code that they put together themselves.
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class PrefectGate:
    """An ASGI application around Prefect's. `auth`: name and password, as `name:password`.

    No answer asks a browser for a password: what it asks for it keeps, and sends by itself ever after.
    """

    def __init__(self, app: ASGIApp, *, auth: str) -> None:
        self._app, self._auth = app, base64.b64encode(auth.encode()).decode()
        self._tickets = Tickets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        refused = _stranger(asked) or (self._unknown(asked) if scope["type"] == "http" else None)
        answer = refused or await self._own(scope, receive)
        # What answers a web socket with a response refuses the handshake with its status.
        await (answer or self._app)(scope, receive, _with_headers(send))

    def _unknown(self, asked: HTTPConnection) -> Response | None:
        path = asked.scope["path"]
        if not _needs_sign_in(path) or (path == _HEALTH and asked.scope["method"] == "GET"):
            return None
        return None if self._signed(asked.headers.getlist("authorization")) else _no(401, "Sign in first.")

    def _signed(self, headers: Sequence[str]) -> bool:
        scheme, _, word = (headers[0] if len(headers) == 1 else "").partition(" ")
        return scheme.lower() == "basic" and hmac.compare_digest(word.strip().encode(), self._auth.encode())

    async def _own(self, scope: Scope, receive: Receive) -> Response | None:
        """The pages by which a browser is let in."""
        what = (scope.get("method"), scope["path"])
        if what == ("POST", TICKET):
            return JSONResponse({"ticket": self._tickets.issue()})
        if what == ("GET", SIGN_IN):
            return page()
        if what == ("GET", SCRIPT):
            return script()
        if what == ("POST", SIGN_IN):
            ticket = (await Request(scope, receive).body()).decode(errors="replace")
            good = self._tickets.take(ticket)
            return (
                _kept_nowhere(Response(self._auth)) if good else _no(401, "This link is used up or too old.")
            )
        return None


def _stranger(asked: HTTPConnection) -> Response | None:
    """Somebody else's name for this machine, or somebody else's page."""
    hosts, origins = asked.headers.getlist("host"), asked.headers.getlist("origin")
    if len(hosts) != 1 or _name(hosts[0]) not in _OURS:
        return _no(421, "Prefect is not known here by that name.")
    if any(origin != f"http://{hosts[0]}" for origin in origins):
        return _no(403, "Only Prefect's own page may ask this.")
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _needs_sign_in(path: str) -> bool:
    return path == "/api" or path.startswith("/api/") or path in (*_DESCRIPTIONS, TICKET)


def _no(status: int, sentence: str) -> Response:
    return _kept_nowhere(JSONResponse({"detail": sentence}, status_code=status))


def _kept_nowhere(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_HEADERS)
        await send(message)

    return sending
