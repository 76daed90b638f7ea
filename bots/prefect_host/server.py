"""A Prefect server and its worker on one machine, started, watched and ended together.

    async with PrefectServer(home=settings.home, root=settings.root, store=store_id) as prefect:
        run_id = await prefect.run_deployment("work-missed-bins", {"max_items": 10})
        state = await prefect.wait_for(run_id)

Prefect says what was asked to run and shows it; what is true of the items stands in our own store.
SQLite serves one machine and one worker. From two workers on both Prefect and our store need PostgreSQL.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID

from bots.engine.core.errors import ConfigurationError, RekeyError

from .access import PrefectAccess
from .api import PrefectApi, RunState
from .child import Child, start_child
from .deploy import deploy, see
from .environment import (
    CLOSED_TEMPLATE,
    HOST,
    WORK_POOL,
    prefect_environment,
    server_environment,
    ui_address,
    worker_name,
)
from .orphans import Leftovers
from .password import PrefectPassword
from .register import Register
from .runs import cancel_runs

_START_WITHIN = 120.0  # a first start makes the database: 7-14 seconds here, longer on a busy machine
_END_WITHIN = 10.0


class PrefectServer:
    """Everything that Prefect needs on one machine, as one context manager."""

    def __init__(
        self,
        *,
        home: Path,
        root: Path,
        store: str | None = None,
        port: int | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        self._home, self._root, self._store, self._extra = home, root, store, extra or {}
        self.port = _free_port() if port is None else port
        self._password = PrefectPassword(home)
        self.access = PrefectAccess(address=ui_address(self.port), account=self._password.read)
        self._environment: Mapping[str, str] = {}
        self._stack = AsyncExitStack()
        self._started: list[Child] = []
        self._watched: list[Child] = []
        self._leftovers = Leftovers(home, self.ui_url)
        self.api = PrefectApi(self.access)

    @property
    def ui_url(self) -> str:
        return self.access.address

    @property
    def logs(self) -> Path:
        return self._home / "logs"

    def run_url(self, run_id: UUID) -> str:
        return f"{self.ui_url}/runs/flow-run/{run_id}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._leftovers.clear)
        _refuse_port_in_use(self.port)
        self._password.renew()
        self._environment = prefect_environment(
            home=self._home, root=self._root, store=self._store, access=self.access, extra=self._extra
        )
        async with AsyncExitStack() as stack:
            stack.callback(self._leftovers.forget)
            await stack.enter_async_context(self.api)
            await self._start_server(stack)
            await self._forget_orphans()
            # `deploy --all` fails whole when the pool is missing. The pool rests until everything is in
            # place: runs that came due meanwhile would start on deployments that are being replaced.
            await self.api.ensure_pool(WORK_POOL, paused=True, template=CLOSED_TEMPLATE)
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._start_worker(stack))
                    tasks.create_task(self.deploy())
            except BaseExceptionGroup as failures:
                raise failures.exceptions[0] from None
            await self.api.pause_pool(WORK_POOL, False)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def deploy(self, project: Path | None = None) -> None:
        """Create or update all deployments of a project's prefect.yaml, by default of Rekey's own."""
        await deploy(self.api, Register(self._home), project or self._root, self._start)

    async def run_deployment(self, name: str, parameters: Mapping[str, Any] | None = None) -> UUID:
        """Start one run of a deployment, with its own parameters except for those given."""
        return await self.api.start_run(name, parameters or {})

    async def wait_for(self, run_id: UUID, *, seconds: float | None = None) -> RunState:
        return await self.api.wait_for(run_id, seconds=seconds)

    async def cancel(self, run_id: UUID) -> None:
        """As the UI's Cancel: the run is told to end and has 30 seconds for the item in hand."""
        await self.api.cancel(run_id)

    async def pause_schedules(self, paused: bool) -> None:
        """Runs that a person starts go on working; only the schedules rest."""
        for deployment in await self.api.deployments():
            await self.api.pause_deployment(deployment["id"], paused)

    async def watch(self) -> str:
        """Returns, with one sentence, as soon as the server or the worker ended by itself."""
        ends = {asyncio.ensure_future(child.process.wait()): child for child in self._watched}
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
        child = ends[done.pop()]
        return see(f"{child.name} ended by itself", child)

    async def _start_server(self, stack: AsyncExitStack) -> None:
        environment = server_environment(home=self._home, port=self.port, access=self.access)
        command = (sys.executable, "-m", "bots.prefect_host.serve")
        server = await self._start("prefect-server", *command, environment=environment)
        stack.push_async_callback(server.stop, grace=_END_WITHIN)
        self._watched.append(server)
        await self._until(self.api.healthy, server)

    async def _start_worker(self, stack: AsyncExitStack) -> None:
        # A worker of an earlier life counts as online for a while; its record would end our wait too soon.
        await self.api.forget_worker(WORK_POOL, worker_name())
        worker = await self._start("prefect-worker", sys.executable, "-m", "bots.prefect_host.worker")
        stack.push_async_callback(worker.stop, grace=_END_WITHIN)
        # Entered last, so it comes first at the end: while the worker is still there to do it.
        stack.push_async_callback(cancel_runs, self.api, WORK_POOL)
        self._watched.append(worker)
        await self._until(lambda: self.api.worker_online(WORK_POOL), worker)

    async def _start(
        self,
        name: str,
        *command: str,
        directory: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Child:
        child = await start_child(
            name,
            command,
            log=self.logs / f"{name}.log",
            environment=environment or self._environment,
            directory=directory or self._root,
        )
        self._started.append(child)
        self._leftovers.remember(self._started)
        return child

    async def _until(self, condition: Callable[[], Awaitable[bool]], child: Child) -> None:
        """Poll, because starting has no event; a child that died ends the wait at once."""
        deadline = time.monotonic() + _START_WITHIN
        while not await condition():
            if not child.running or time.monotonic() > deadline:
                raise RekeyError(f"{child.name}-did-not-start", see(f"{child.name} did not start", child))
            await asyncio.sleep(0.1)

    async def _forget_orphans(self) -> None:
        """Runs of an earlier life have no process any more, but would hold their deployment's one slot."""
        for run_id in await self.api.active_runs(WORK_POOL):
            await self.api.set_state(run_id, "CRASHED", "The machine stopped during this run.", force=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _refuse_port_in_use(port: int) -> None:
    with socket.socket() as probe:
        if sys.platform != "win32":
            # As the server does; without it a port that was closed a moment ago counts as taken.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise ConfigurationError(
                "prefect-port-in-use",
                f"Port {port} is in use. Stop the program that uses it, or give Prefect another port.",
            ) from None
