"""What the console takes: how much at once, how often from one place, and from which pages."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..services.hosts import Hosts
from ..services.rendering import Pages
from .errors import TROUBLES, Trouble

LOG = logging.getLogger("rekey.console")
LONGEST = 200_000
"""Bytes of a form. An address at which files are handed in says itself how much it takes."""
LONGEST_ADDRESS = 8_000
_LOOKING = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_OURS = frozenset({"same-origin", "none"})
"""What a browser says of a form of our own, and of an address that somebody typed."""
_FOREIGN = replace(
    TROUBLES[403],
    code="foreign-form",
    happened="This was sent by a page of another site. Nothing was changed.",
    advice=("Start again from the first page. If you followed a link to get here, tell your administrator.",),
)
_TOO_LONG = replace(TROUBLES[400], happened="This address is too long to be one of ours.")
_OTHER_NAME = replace(
    TROUBLES[400],
    code="other-host",
    title="This is not the address of this service",
    happened="The service was asked for under a name that it does not know. Nothing was done.",
)
_DECLARE = "If people are to use this name, ask ICT to declare it (REKEY_CONSOLE_HOSTS)."
_NEIGHBOURS = 64
"""Bits of an IPv6 address that a household or an office has for itself."""


class Limits:
    """Stands before the application: what it refuses reaches no page and no store.

    `longest`: how many bytes the address of a request may take.
    """

    def __init__(self, app: ASGIApp, *, longest: Callable[[str], int], pages: Pages, hosts: Hosts) -> None:
        self._app = app
        self._longest = longest
        self._pages = pages
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._longest(scope["path"])
        if refused := self._foreign(scope) or _refused(scope, most):
            await self._answer(scope["path"], *refused)(scope, receive, send)
            return
        await self._app(scope, _counted(receive, most), send)

    def _foreign(self, scope: Scope) -> tuple[int, Trouble] | None:
        if self._hosts.know(Headers(scope=scope)):
            return None
        LOG.warning("a request under a name that is not declared was refused")
        return 400, replace(_OTHER_NAME, advice=(f"Open {self._hosts.address(scope)} instead.", _DECLARE))

    def _answer(self, path: str, status: int, trouble: Trouble) -> Response:
        if path.startswith("/api/"):
            found = {"code": trouble.code, "sentence": trouble.happened}
            return JSONResponse(found, status_code=status)
        return self._pages.plain("error.html", status=status, trouble=trouble)


def _refused(scope: Scope, most: int) -> tuple[int, Trouble] | None:
    headers, query = Headers(scope=scope), scope.get("query_string", b"")
    if len(scope["path"]) + len(query) > LONGEST_ADDRESS:
        return 414, _TOO_LONG
    # No page has one, and PostgreSQL takes none in a text.
    if "\0" in scope["path"] or b"\0" in query or b"%00" in query:
        return 400, TROUBLES[400]
    if scope["method"] not in _LOOKING and not _same_site(headers):
        LOG.warning("a form of another site was refused")
        return 403, _FOREIGN
    said = headers.get("content-length", "0")
    if not (said.isascii() and said.isdigit()):
        return 400, TROUBLES[400]
    return (413, TROUBLES[413]) if int(said[:20]) > most else None


def _same_site(headers: Headers) -> bool:
    """Browsers say where a form comes from. Programs say nothing, and have no cookie either."""
    if headers.get("sec-fetch-site", "none") not in _OURS:
        return False
    origin = headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""
    except ValueError:
        return False


def _counted(receive: Receive, most: int) -> Receive:
    """The body as it comes, whatever its headers said of its length. Raises HTTPException."""
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise HTTPException(413)
        return message

    return counting


class Attempts:
    """How often something was tried from each client address, within a sliding window. In memory: one process
    serves the console, and a restart forgets."""

    def __init__(
        self,
        most: int = 30,
        seconds: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
        places: int = 10_000,
    ) -> None:
        self._most = most
        self._seconds = seconds
        self._clock = clock
        self._places = places
        self._tried: OrderedDict[str, deque[float]] = OrderedDict()

    def check(self, host: str) -> None:
        """Counts one more. Raises HTTPException 429 for too many."""
        now, place = self._clock(), place_of(host)
        tried = self._tried.setdefault(place, deque())
        self._tried.move_to_end(place)
        while tried and tried[0] <= now - self._seconds:
            tried.popleft()
        if len(tried) >= self._most:
            wait = int(tried[0] + self._seconds - now) + 1
            raise HTTPException(429, headers={"Retry-After": str(wait)})
        tried.append(now)
        if len(self._tried) > self._places:
            self._tried.popitem(last=False)

    def forgive(self, host: str) -> None:
        """The last one was no wrong try: many may sign in from one place at the beginning of a day."""
        if tried := self._tried.get(place_of(host)):
            tried.pop()

    def forget(self) -> None:
        """As a restart does."""
        self._tried.clear()


def place_of(host: str) -> str:
    """Addresses of one network count as one place."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return host
    plain = address.ipv4_mapped
    return str(plain) if plain else f"{int(address) >> _NEIGHBOURS:x}"
