"""Homes whose Prefect has its database already: making one takes ten seconds, and is Prefect's own work.

It is made once in a run, by whichever test process is first. The demo's tests make their own, as users do.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path

from bots.engine.settings import ROOT
from bots.prefect_host.access import PrefectAccess
from bots.prefect_host.environment import prefect_environment, ui_address

_WITHIN = 180.0


class PrefectHomes:
    """`folder` is shared by all test processes of one run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = folder / "prefect.db"

    async def furnish(self, home: Path) -> None:
        """Put a database into a home in which no Prefect ran yet."""
        if not self._made.exists():
            await self._make_or_wait()
        (home / "prefect").mkdir(parents=True)
        shutil.copyfile(self._made, home / "prefect" / "prefect.db")

    async def _make_or_wait(self) -> None:
        making = self._folder / "prefect-making"
        try:
            making.mkdir()
        except FileExistsError:
            deadline = time.monotonic() + _WITHIN
            while not self._made.exists():
                assert time.monotonic() < deadline, "another test process did not make Prefect's database"
                await asyncio.sleep(0.1)
            return
        access = PrefectAccess(address=ui_address(1))
        environment = prefect_environment(home=making, root=ROOT, store=None, access=access, extra={})
        command = (sys.executable, "-m", "prefect", "server", "database", "upgrade", "-y")
        child = await asyncio.create_subprocess_exec(
            *command, env=environment, stdout=asyncio.subprocess.DEVNULL
        )
        assert await child.wait() == 0
        os.replace(making / "prefect" / "prefect.db", self._made)
