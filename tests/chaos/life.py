"""One life of a worker in a chaos run: a real process that is started, struck and ended from outside."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bots.engine.settings import Settings
from tests.chaos.schedule import Target
from tests.chaos.workers import start

_SILENCE = 15.0  # seconds after which a worker counts as gone; two minutes as it ships
_MARK = "--rekey-browser="


@dataclass(kw_only=True)
class Life:
    """A worker process and what is known of it."""

    process: asyncio.subprocess.Process
    machine: str
    serves: str  # the process whose items it works
    began: float = field(default_factory=time.time)  # seconds since 1970
    ended: float | None = None

    @property
    def worker(self) -> str:
        """How the store names it, but for the random end."""
        return f"{self.machine}/{self.process.pid}/"

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    async def reached(self, seconds: float) -> bool:
        """Whether it came to its point in time; False also when it ended by itself before."""
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), seconds)
        except TimeoutError:
            return False
        return line.startswith(b"at ")

    async def over(self, seconds: float) -> bool:
        """Whether it ended by itself in time."""
        try:
            await asyncio.wait_for(self._wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _wait(self) -> None:
        # Read to the end, so that a full pipe holds nobody up.
        await self.process.communicate()
        self.ended = self.ended or time.time()

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self._wait()

    def wake(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)

    def freeze_drivers(self) -> list[psutil.Process]:
        """What it started itself, and no browser: they stand still from now on."""
        with contextlib.suppress(psutil.NoSuchProcess):
            drivers = [one for one in psutil.Process(self.process.pid).children() if not _is_browser(one)]
            for driver in drivers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    driver.suspend()
            return drivers
        return []

    def kill_browser(self) -> int:
        """End its browser alone; how many processes that were."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children(recursive=True)
            browsers = [child for child in children if _is_browser(child)]
            for browser in browsers:
                with contextlib.suppress(psutil.NoSuchProcess):
                    browser.kill()
            return len(browsers)
        return 0


def wake_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()


def end_all(processes: Sequence[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _is_browser(process: psutil.Process) -> bool:
    try:
        return any(word.startswith(_MARK) for word in process.cmdline())
    except psutil.Error:
        return False


async def begin(
    settings: Settings,
    target: Target,
    *,
    machine: str,
    sessions: int,
    how: str = "KILL",
    without: str | None = None,
    flow: Mapping[str, str] | None = None,
    max_items: int | None = None,
) -> Life:
    """Start a worker. `flow`: the environment of the Prefect under which it is a flow run."""
    options = ["--process", target.process, "--sessions", str(sessions), "--machine", machine]
    options += ["--retry-wait", "0.3", "--silence", str(_SILENCE)]
    if target.point is not None:
        options += ["--at", target.point.value, "--how", how, "--pass", str(target.passes)]
    if target.step is not None:
        options += ["--step", target.step]
    if without is not None:
        options += ["--without", without]
    if max_items is not None:
        options += ["--max-items", str(max_items)]
    if flow is not None:
        options += ["--flow"]
    log = settings.home / "workers.log"
    process = await start(settings, *options, environment=flow or {}, errors=Path(log))
    return Life(process=process, machine=machine, serves=target.process)
