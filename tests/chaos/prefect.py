"""A Prefect server alone, which goes away and comes back while flow runs are at work."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import httpx

from bots.engine.settings import ROOT
from bots.prefect_host.access import PrefectAccess
from bots.prefect_host.child import Child, start_child
from bots.prefect_host.environment import prefect_environment, server_environment, ui_address
from bots.prefect_host.password import PrefectPassword
from bots.prefect_host.server import _free_port

_START_WITHIN = 120.0


class Server:
    """`environment` is what a flow run needs to report to it."""

    def __init__(self, home: Path) -> None:
        self._port = _free_port()
        self._home = home
        self._child: Child | None = None
        password = PrefectPassword(home)
        password.renew()
        access = PrefectAccess(address=ui_address(self._port), account=password.read)
        self.environment = prefect_environment(home=home, root=ROOT, store=None, access=access, extra={})
        self._serves = server_environment(home=home, port=self._port, access=access)
        self._health = f"{access.api_address}/health"

    async def start(self) -> None:
        if self._child is not None:
            return
        command = (sys.executable, "-m", "bots.prefect_host.serve")
        log = self._home / "logs" / "prefect-server.log"
        self._child = await start_child(
            "prefect-server", command, log=log, environment=self._serves, directory=ROOT
        )
        deadline = time.monotonic() + _START_WITHIN
        while not await self._healthy():
            assert self._child.running, log.read_text(encoding="utf-8")[-2000:]
            assert time.monotonic() < deadline, "the Prefect server did not start"
            await asyncio.sleep(0.2)

    async def _healthy(self) -> bool:
        try:
            async with httpx.AsyncClient(timeout=2) as http:
                return (await http.get(self._health)).status_code == 200
        except httpx.HTTPError:
            return False

    async def kill(self) -> None:
        """At once, as a power cut would."""
        if self._child is not None:
            await self._child.stop(grace=0)
            self._child = None
