"""What a session has before it: a system, its page and the windows that are open, its gate, its messages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page

from ..core.errors import ConfigurationError, SystemException
from .dialogs import Dialogs
from .maps.files import System
from .maps.schema import ActionMap
from .view import View
from .wire.door import Door
from .wire.policy import Policy

CLOSING = 5.0
"""Seconds in which a tab closes; one that does not hangs."""


@dataclass(frozen=True, kw_only=True)
class Tab:
    system: System
    page: Page
    door: Door | None  # its gate; None where the map says `gate: no`
    dialogs: Dialogs
    views: list[View] = field(default_factory=list)  # what is open, the current one last

    @property
    def view(self) -> View:
        """The current one. Raises ConfigurationError before any was opened."""
        if not self.views:
            raise ConfigurationError("no-screen", "A process used a screen before it opened one.")
        return self.views[-1]

    @property
    def last_view(self) -> View | None:
        """The current view, or None when the last screen that was asked for did not arrive."""
        return self.views[-1] if self.views else None

    @property
    def policy(self) -> Policy | None:
        """What may pass the gate."""
        return self.door.policy if self.door is not None else None

    def action(self, name: str) -> ActionMap:
        return self.view.action(name)

    # ---- what was stopped at the gate ---------------------------------------------------------
    def since(self, frame: Frame) -> tuple[int, str]:
        """A moment: how many requests were stopped by then, and where the frame was."""
        return (len(self.policy.stopped) if self.policy is not None else 0, frame.url)

    def check_stopped(self, frame: Frame, since: tuple[int, str]) -> None:
        """Raise RequestStopped when the page lacks something that it asked for; what the page before it sent
        while it went away does not count."""
        number, before = since
        for one in self.policy.stopped[number:] if self.policy is not None else ():
            if not one.page or one.page != before or before == frame.url:
                raise one.error(self.system.map.system)

    @contextlib.contextmanager
    def explained(self, frame: Frame, since: tuple[int, str]) -> Iterator[None]:
        """A page that does not become what it should, because a request of it was stopped."""
        try:
            yield
        except SystemException:
            self.check_stopped(frame, since)
            raise

    # ---- closing -------------------------------------------------------------------------------
    async def close_windows(self) -> None:
        for view in self.views:
            if view.page is not self.page and not view.page.is_closed():
                with contextlib.suppress(PlaywrightError):
                    await view.page.close()
        self.views.clear()

    async def close(self) -> bool:
        """False: it hangs. Nothing passes its gate any more in either case."""
        try:
            async with asyncio.timeout(CLOSING):
                with contextlib.suppress(PlaywrightError):
                    await self.page.context.close()
        except TimeoutError:
            return False
        finally:
            if self.door is not None:
                await self.door.close()
        return True
