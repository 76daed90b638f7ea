"""The gate of a session: every request that a map says saves something passes here, once, with leave.

It is shut from the sign-in on, so that no action, key press or page of its own can save anything. A
commit opens it for one request, which we send ourselves: Chromium silently repeats a POST whose
kept-alive connection died. While a commit is under way no other request that could save may leave.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from playwright.async_api import BrowserContext, Request, Route
from playwright.async_api import Error as PlaywrightError

from ..core.points import OnPoint, Point
from .maps import SavesMap

_HARMLESS = ("GET", "HEAD", "OPTIONS")


def _new_future() -> asyncio.Future[str]:
    return asyncio.get_running_loop().create_future()


@dataclass(kw_only=True)
class Passage:
    """Leave for one saving request, and what became of it."""

    saves: SavesMap
    may_send: Callable[[], bool]
    patience: float  # seconds
    sent: bool = False
    shut: bool = False
    broken: asyncio.Future[str] = field(default_factory=_new_future)

    def broke(self, why: str) -> None:
        if not self.broken.done():
            self.broken.set_result(why)


def _form(request: Request, saves: SavesMap) -> dict[str, str]:
    """The form that is sent; what cannot be read as one, or names a control twice, is nothing harmless."""
    if not saves.unless:
        return {}
    try:
        pairs = parse_qsl(request.post_data or "", keep_blank_values=True, strict_parsing=True)
    except (ValueError, UnicodeDecodeError):
        return {}
    form = dict(pairs)
    return form if len(form) == len(pairs) else {}


class Gate:
    """Stands in a context's way for as long as the context lives."""

    def __init__(self, base_url: str, saves: Iterable[SavesMap], on_point: OnPoint) -> None:
        parts = urlsplit(base_url)
        self._host, self._base = parts.netloc, parts.path.rstrip("/")
        self._saves = tuple(saves)
        self._on_point = on_point
        self._passage: Passage | None = None

    async def install(self, context: BrowserContext) -> None:
        paths = "|".join(saves.pattern for saves in self._saves)
        if paths:
            await context.route(re.compile(rf"({paths})(;[^?#]*)?([?#]|$)", re.IGNORECASE), self._stand)

    async def open(self, context: BrowserContext, passage: Passage) -> None:
        """Let one request of the passage out; until `close` nothing else that could save may leave."""
        self._passage = passage
        await context.route("**/*", self._stand)

    async def close(self, context: BrowserContext) -> None:
        self._passage = None
        with contextlib.suppress(PlaywrightError):
            await context.unroute("**/*", self._stand)

    def _is(self, saves: SavesMap, request: Request) -> bool:
        parts = urlsplit(request.url)
        path = parts.path.partition(";")[0]
        # Without regard to case: some servers have none in their paths, and a save must not slip by.
        wanted = re.escape(self._base) + saves.pattern
        here = parts.netloc == self._host and re.fullmatch(wanted, path, re.IGNORECASE) is not None
        return request.method == saves.method and here and not saves.harmless(_form(request, saves))

    async def _stand(self, route: Route, request: Request) -> None:
        passage = self._passage
        try:
            if passage is not None and self._is(passage.saves, request):
                await self._pass(route, passage)
            elif any(self._is(saves, request) for saves in self._saves):
                await self._refuse(route, passage, "unasked")
            elif passage is not None and request.method not in _HARMLESS:
                await self._refuse(route, passage, "other-request")
            else:
                await route.fallback()
        except PlaywrightError:
            if passage is not None:
                passage.broke("connection")
            with contextlib.suppress(PlaywrightError):
                await route.abort()

    async def _refuse(self, route: Route, passage: Passage | None, why: str) -> None:
        await route.abort()
        if passage is not None:
            passage.broke(why)

    async def _pass(self, route: Route, passage: Passage) -> None:
        if passage.sent or passage.shut:
            await self._refuse(route, passage, "repeated")
            return
        self._on_point(Point.SENDING)
        if not passage.may_send():
            await self._refuse(route, passage, "stopped")
            return
        passage.sent = True
        response = await route.fetch(max_retries=0, max_redirects=0, timeout=passage.patience * 1000)
        self._on_point(Point.ANSWERED)
        await route.fulfill(response=response)
