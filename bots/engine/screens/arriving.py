"""Going to a page of a system, and being sure of where one is: its screen, and its environment."""

from __future__ import annotations

import contextlib

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Page, Response

from ..core.errors import SignedOut, SystemClosed, SystemException
from .asking import ask, ask_until
from .maps.files import System
from .maps.schema import ScreenMap, Sign
from .reading import stands_instead
from .view import View


class Arriving:
    """One page on one system. `environment`: of the store, which the system's pages must name."""

    def __init__(self, *, system: System, page: Page, base_url: str, environment: str) -> None:
        self._system = system.map
        self._page = page
        self._base = base_url.rstrip("/")
        self._environment = environment

    async def go(self, frame: Frame, path: str) -> Response | None:
        try:
            timeout = self._system.timeouts.ready * 1000
            return await frame.goto(self._base + path, wait_until="commit", timeout=timeout)
        except PlaywrightError as error:
            detail = {"playwright": str(error)[:200]}
            sentence = f"{self._system.title} did not answer at its address."
            raise SystemException("target-unreachable", sentence, detail) from None

    async def frame(self, name: str | None) -> Frame:
        """A frame by name, going to the system's home page first when it is not there."""
        if name is None:
            return self._page.main_frame
        found = self._page.frame(name=name)
        if found is None:
            await self.go(self._page.main_frame, self._system.home)
            with contextlib.suppress(PlaywrightError):
                # Through its element: a frame has no name of its own before its document came.
                element = await self._page.wait_for_selector(
                    f'frame[name="{name}"], iframe[name="{name}"]',
                    state="attached",
                    timeout=self._system.timeouts.ready * 1000,
                )
                found = await element.content_frame() if element is not None else None
        if found is None:
            # Without its frames the page is most often the sign-in screen.
            raise SignedOut("signed-out", f"{self._system.title} does not show its frame {name}.")
        return found

    async def arrive(
        self, frame: Frame, target: ScreenMap, response: Response | None = None, old: str | None = None
    ) -> None:
        """Wait until the screen is ready, or say what stands there instead."""
        system = self._system
        signs = {"ready": target.ready.sign()}
        if target.screen != system.sign_in.screen:  # where a session has ended, many show just that page
            signs["signed-out"] = system.signed_out.sign()
        signs |= {f"closed:{sign.code}": sign.sign() for sign in system.closed}
        signs |= {f"instead:{name}": sign.sign() for name, sign in target.instead.items()}
        failed = response is not None and response.status >= 500
        patience = min(system.timeouts.settle, system.timeouts.ready) if failed else system.timeouts.ready
        seen = await ask_until(frame, "state", {"signs": signs, "old": old}, patience)
        names = seen["names"] if seen else []
        if "signed-out" in names:
            raise SignedOut("signed-out", f"The session on {system.title} has ended.")
        closed = next((n for n in names if n.startswith("closed:")), None)
        if closed:
            raise SystemClosed(closed.removeprefix("closed:"), f"{system.title} is closed.")
        other = next((n for n in names if n.startswith("instead:")), None)
        if other and not failed:
            raise stands_instead(target.instead[other.removeprefix("instead:")])
        if "ready" in names and not failed:
            return
        if failed and response is not None:
            raise SystemException("target-error", f"{system.title} answered with error {response.status}.")
        sentence = f"The screen {target.screen} of {system.title} did not become ready."
        raise SystemException("not-ready", sentence)

    async def said(self, view: View, sign: Sign) -> None:
        """Wait until the page as it stands says something; its session may end meanwhile."""
        system = self._system
        signs = {"there": sign.sign(), "signed-out": system.signed_out.sign()}
        seen = await ask_until(view.frame, "state", {"signs": signs, "old": None}, system.timeouts.ready)
        if seen and "there" in seen["names"]:
            return
        if seen:
            raise SignedOut("signed-out", f"The session on {system.title} has ended.")
        sentence = f"A part of the screen {view.screen.screen} of {system.title} did not become ready."
        raise SystemException("not-ready", sentence)

    async def check_environment(self, *, fresh: bool = False) -> None:
        """Stop before any field is filled when the page is not of the store's environment.

        `fresh`: load the frame that says so again; it may be hours old.
        """
        marker = self._system.environment
        frame = await self.frame(marker.frame)
        if fresh and marker.frame is not None:
            await self.go(frame, frame.url.removeprefix(self._base))
        seen = await ask_until(frame, "environment", {"css": marker.css}, self._system.timeouts.ready)
        ours, others = marker.test, marker.live
        if self._environment == "live":
            ours, others = others, ours
        if seen is None or ours not in seen or others in seen:
            if await ask(frame, "says", self._system.signed_out.sign()):
                raise SignedOut("signed-out", f"The session on {self._system.title} has ended.")
            raise SystemClosed(
                "environment-mismatch",
                f"{self._system.title} does not say that it is the {self._environment} system.",
            )
