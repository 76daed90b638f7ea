"""Rekey's part beside a Prefect server that ICT runs: `rekey prefect deploy` and `rekey prefect worker`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.settings import Settings, load_settings
from bots.prefect_host.access import PrefectAccess, declared_access
from bots.prefect_host.api import PrefectApi
from bots.prefect_host.child import Child, start_child
from bots.prefect_host.deploy import deploy, see
from bots.prefect_host.environment import CLOSED_TEMPLATE, WORK_POOL, prefect_environment
from bots.prefect_host.register import Register
from bots.prefect_host.runs import cancel_runs
from bots.terminal.stopping import stop_on_signal

from .worker import open_rekey

_END_WITHIN = 10.0


@dataclass(frozen=True, kw_only=True)
class OwnServer:
    settings: Settings
    access: PrefectAccess
    api: PrefectApi
    store: str

    async def start(self, name: str, *command: str, directory: Path) -> Child:
        environment = prefect_environment(
            home=self.settings.home,
            root=self.settings.root,
            store=self.store,
            access=self.access,
            extra={},
        )
        log = self.settings.home / "logs" / f"{name}.log"
        return await start_child(name, command, log=log, environment=environment, directory=directory)


@asynccontextmanager
async def own_server() -> AsyncIterator[OwnServer]:
    settings = load_settings()
    if not settings.prefect:
        raise ConfigurationError(
            "no-prefect", "REKEY_PREFECT names no server. Without one of your own use rekey up."
        )
    access = declared_access(settings)
    # Open as long as the worker is: while it gives signs of life, no run need ask the systems first.
    async with open_rekey(settings) as rekey, PrefectApi(access) as api:
        store = (await rekey.queue.store()).id
        yield OwnServer(settings=settings, access=access, api=api, store=store)


async def deploy_there() -> None:
    async with own_server() as there:
        await there.api.ensure_pool(WORK_POOL, paused=True, template=CLOSED_TEMPLATE)
        await deploy(there.api, Register(there.settings.home), there.settings.root, there.start)
        await there.api.pause_pool(WORK_POOL, False)


async def work_there(tell: Callable[[str], None]) -> None:
    async with own_server() as there:
        await there.api.pause_pool(WORK_POOL, False)  # the end of an earlier worker paused it
        command = (sys.executable, "-m", "bots.prefect_host.worker")
        worker = await there.start("prefect-worker", *command, directory=there.settings.root)
        try:
            with stop_on_signal() as stop:
                tell(f"The worker asks {there.access.address}. Ctrl-C ends it after the items in hand.")
                asked, ended = (
                    asyncio.ensure_future(stop.wait()),
                    asyncio.ensure_future(worker.process.wait()),
                )
                await asyncio.wait([asked, ended], return_when=asyncio.FIRST_COMPLETED)
                asked.cancel()
                if worker.running:
                    await cancel_runs(there.api, WORK_POOL)
                    return
        finally:
            await worker.stop(grace=_END_WITHIN)
        raise RekeyError("prefect-ended", see("The worker ended by itself", worker))
