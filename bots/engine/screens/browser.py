"""Finding and starting one Chromium, marked so that anyone can tell later whether it is gone."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser as PlaywrightBrowser
from playwright.async_api import BrowserContext, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError

from ..core.errors import ConfigurationError, SystemException

NAMES = (
    "chromium-headless-shell",  # about 1.4 times as fast as the full browser
    "chrome-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
_QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What would go past the wire: QUIC, and WebRTC (by this name, the one without `force` has no effect).
    "--disable-quic",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--no-first-run",
)
_MARK = "--rekey-browser="
SCRIPT = Path(__file__).with_name("page.js")


def find_browser(wanted: str | None, own: str | None = None) -> str:
    """The browser to use: the setting, else one on the path, else Playwright's own (`own`) if it is there."""
    if wanted:
        found = shutil.which(wanted)
        if found:
            return found
        raise ConfigurationError("no-browser", "REKEY_BROWSER names a browser that is not there.")
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    if own and Path(own).is_file():
        return own
    raise ConfigurationError(
        "no-browser", "No Chromium, Chrome or Edge was found. Install one, or name it in REKEY_BROWSER."
    )


_CLOSING = 5.0
"""Seconds in which a browser closes; one that does not is ended."""
_STOPPING = 3.0
"""Seconds in which its driver ends."""


class Browser:
    """A running browser. `mark` is its worker's name and a random word on the browser's command line."""

    def __init__(self, playwright: Playwright, browser: PlaywrightBrowser, mark: str) -> None:
        self._playwright = playwright
        self._browser = browser
        self.mark = mark
        self._driver = _driver_of(mark)

    @classmethod
    async def start(cls, wanted: str | None = None, worker: str = "", pin: str = "") -> Browser:
        """`pin`: of the key by which the wire shows itself to it."""
        word = secrets.token_hex(8)
        playwright = await async_playwright().start()
        try:
            browser = await playwright.chromium.launch(
                executable_path=find_browser(wanted, playwright.chromium.executable_path),
                args=[*_QUIET, f"--ignore-certificate-errors-spki-list={pin}", _MARK + word],
            )
        except BaseException as error:
            await _stop(playwright)
            if not isinstance(error, PlaywrightError):
                raise
            reason = str(error).splitlines()[0]
            raise ConfigurationError("no-browser", f"The browser did not start: {reason}") from None
        return cls(playwright, browser, f"{worker}/{word}")

    async def context(self, port: int | None = None, **options: Any) -> BrowserContext:
        """`port`: of the wire; None: without it, where a system's sign-in forbids it."""
        if port is not None:
            # Chromium leaves loopback out by itself; nothing is left out here.
            options["proxy"] = {"server": f"http://127.0.0.1:{port}", "bypass": "<-loopback>"}
        try:
            # Service workers would send at times that nobody knows.
            context = await self._browser.new_context(service_workers="block", **options)
            await context.add_init_script(path=SCRIPT)
        except PlaywrightError:
            raise SystemException("browser-failed", "The browser ended unexpectedly.") from None
        return context

    @property
    def alive(self) -> bool:
        return self._browser.is_connected()

    async def close(self) -> None:
        try:
            async with asyncio.timeout(_CLOSING):
                with contextlib.suppress(PlaywrightError):
                    await self._browser.close()
        except TimeoutError:
            await self.end()
            return
        await _stop(self._playwright)

    async def end(self) -> None:
        """Without asking it: a page of it does not answer, or its driver does not. Raises SystemException
        when it could not be ended: then nobody may believe that nothing of it can act any more."""
        known = self._driver
        running = _killed(known.children(recursive=True)) if known is not None else []
        if known is not None and not await _stop(self._playwright):
            running += _killed([known])
        if known is None or not await asyncio.to_thread(_gone, running):
            raise SystemException("browser-stays", "The browser hangs and could not be ended.")


async def _stop(playwright: Playwright) -> bool:
    """The driver ends with our end of its pipe. False: it does not answer."""
    try:
        async with asyncio.timeout(_STOPPING):
            with contextlib.suppress(PlaywrightError):
                await playwright.stop()
    except TimeoutError:
        return False
    return True


def _driver_of(mark: str) -> psutil.Process | None:
    """Playwright's own process, which started the browser."""
    argument = _MARK + mark.rpartition("/")[2]
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            parent = process.parent()
            if argument in process.cmdline() and parent is not None and argument not in parent.cmdline():
                return parent
    return None


def _killed(running: list[psutil.Process]) -> list[psutil.Process]:
    for process in running:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    return running


def _gone(running: Sequence[psutil.Process], patience: float = 10.0) -> bool:
    """Whether all of these are gone, or have ended and wait for a parent that asks for them."""
    end = time.monotonic() + patience
    while left := [process for process in running if _acts(process)]:
        if time.monotonic() > end:
            return False
        psutil.wait_procs(left, timeout=0.1)
    return True


def _acts(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def end_browser(word: str, patience: float = 10.0) -> bool | None:
    """End the browser with this word, of a worker whose lease ran out. True: it is gone. False: it would not
    end. None: no such process is seen from here, which alone does not say that there is none."""
    return await asyncio.to_thread(_end_local, _MARK + word, patience)


def _end_local(argument: str, patience: float) -> bool | None:
    running = []
    for process in psutil.process_iter(["cmdline"]):
        if argument in (process.info["cmdline"] or ()):
            running.append(process)
    for process in running:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    _, alive = psutil.wait_procs(running, timeout=patience)
    return not alive if running else None
