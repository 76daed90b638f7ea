"""One Playwright driver, and one browser, for all runs of a test process.

A run has contexts of its own in it, as sessions have in theirs. Tests of what becomes of a browser ask for
`own_browser`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from playwright.async_api import Browser, BrowserType, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from bots.engine.screens import browser

_MARK = "--rekey-browser="
"""Another one for each browser: what is kept is nobody's."""


class KeptDriver:
    """In place of `async_playwright`: the same driver at every start."""

    def __init__(self) -> None:
        self.own = False
        """Whether each run starts a browser of its own, as they ship."""
        self._driver: Playwright | None = None
        self._browsers: dict[tuple[str, ...], Browser] = {}

    def __call__(self) -> Self:
        return self

    async def start(self) -> Any:
        if self._driver is None:
            self._driver = await async_playwright().start()
        return self._driver_of_a_run(self._driver)

    def _driver_of_a_run(self, driver: Playwright) -> _Lent:
        return _Lent(driver.chromium if self.own else _Chromium(driver.chromium, self._browsers))

    async def end(self) -> None:
        if self._driver is not None:
            await self._driver.stop()


@asynccontextmanager
async def a_browser(*args: str) -> AsyncIterator[Browser]:
    """For pages that a test opens itself: the browser of its process, or one with arguments of its own."""
    playwright = await browser.async_playwright().start()
    shell = browser.find_browser(os.environ.get("REKEY_BROWSER"), playwright.chromium.executable_path)
    started = await playwright.chromium.launch(executable_path=shell, args=list(args))
    try:
        yield started
    finally:
        await started.close()


class _Lent:
    """A driver that does not end when a run has ended."""

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium

    async def stop(self) -> None:
        return None


class _Chromium:
    """Starts a browser once for all that ask for the same."""

    def __init__(self, chromium: BrowserType, kept: dict[tuple[str, ...], Browser]) -> None:
        self._chromium = chromium
        self._kept = kept
        self.executable_path = chromium.executable_path

    async def launch(self, *, executable_path: str, args: list[str]) -> _LentBrowser:
        wanted = [one for one in args if not one.startswith(_MARK)]
        key = (executable_path, *wanted)
        found = self._kept.get(key)
        if found is None or not found.is_connected():
            found = await self._chromium.launch(executable_path=executable_path, args=wanted)
            self._kept[key] = found
        return _LentBrowser(found)


class _LentBrowser:
    """Closed, it closes what was opened in it."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open = True
        self._contexts: list[Any] = []

    def is_connected(self) -> bool:
        return self._open and self._browser.is_connected()

    async def new_context(self, **options: Any) -> Any:
        context = await self._browser.new_context(**options)
        self._contexts.append(context)
        return context

    async def close(self) -> None:
        self._open = False
        with contextlib.suppress(PlaywrightError):
            await asyncio.gather(*(context.close() for context in self._contexts))
