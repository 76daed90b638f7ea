"""One Playwright driver for all runs of a test process."""

from __future__ import annotations

from typing import Any, Self

from playwright.async_api import Playwright, async_playwright


class KeptDriver:
    """In place of `async_playwright`: the same driver at every start."""

    def __init__(self) -> None:
        self._driver: Playwright | None = None

    def __call__(self) -> Self:
        return self

    async def start(self) -> Any:
        if self._driver is None:
            self._driver = await async_playwright().start()
        return _Lent(self._driver)

    async def end(self) -> None:
        if self._driver is not None:
            await self._driver.stop()


class _Lent:
    """A driver that does not end when a run has ended."""

    def __init__(self, driver: Playwright) -> None:
        self.chromium = driver.chromium

    async def stop(self) -> None:
        return None
