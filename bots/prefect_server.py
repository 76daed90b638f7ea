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

import httpx

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.prefect_api import PrefectApi, RunState
from bots.prefect_child import Child, start_child
from bots.prefect_environment import HOST, WORK_POOL, api_address, prefect_environment, ui_address
from bots.prefect_leftovers import Leftovers

_PREFECT = (sys.executable, "-m", "prefect")
_START_WITHIN = 120.0  # a first start makes the database: 7-14 seconds here, longer on a busy machine
_CANCEL_WITHIN = 40.0  # Prefect kills a cancelled run's process after 30 seconds and then sets its state
_END_WITHIN = 10.0
_RUNS_AT_ONCE = 4  # more flow runs at once and SQLite answers "database is locked" and loses events


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
        self._home, self._root = home, root
        self.port = _free_port() if port is None else port
        self._environment = prefect_environment(
            home=home, root=root, store=store, port=self.port, extra=extra or {}
        )
        self._stack = AsyncExitStack()
        self._started: list[Child] = []
        self._watched: list[Child] = []
        self._leftovers = Leftovers(home)
        self.api = PrefectApi(self.api_url)

    @property
    def api_url(self) -> str:
        return api_address(self.port)

    @property
    def ui_url(self) -> str:
        return ui_address(self.port)

    @property
    def logs(self) -> Path:
        return self._home / "logs"

    def run_url(self, run_id: UUID) -> str:
        return f"{self.ui_url}/runs/flow-run/{run_id}"

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._leftovers.clear)
        _refuse_port_in_use(self.port)
        async with AsyncExitStack() as stack:
            stack.callback(self._leftovers.forget)
            await stack.enter_async_context(self.api)
            await self._start_server(stack)
            await self._forget_orphans()
            # `deploy --all` fails whole when the pool is missing. The pool rests until everything is in
            # place: runs that came due meanwhile would start on deployments that are being replaced.
            await self.api.ensure_pool(WORK_POOL, paused=True)
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
        resting = await self.api.resting()
        command = (*_PREFECT, "--no-prompt", "deploy", "--all")
        child = await self._start("prefect-deploy", *command, directory=project)
        try:
            status = await asyncio.wait_for(child.process.wait(), _START_WITHIN)
        finally:
            await child.stop(grace=0)
        if status != 0:
            raise RekeyError("prefect-deploy-failed", _see("The deployments could not be created", child))
        # Deploying switches on what a person had switched off.
        await self.api.rest(resting)

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
        return _see(f"{child.name} ended by itself", child)

    async def _start_server(self, stack: AsyncExitStack) -> None:
        server = await self._start("prefect-server", *_PREFECT, "server", "start")
        stack.push_async_callback(server.stop, grace=_END_WITHIN)
        self._watched.append(server)
        await self._until(self.api.healthy, server)

    async def _start_worker(self, stack: AsyncExitStack) -> None:
        name = f"rekey-{socket.gethostname()}"
        # A worker of an earlier life counts as online for a while; its record would end our wait too soon.
        await self.api.forget_worker(WORK_POOL, name)
        options = ("--pool", WORK_POOL, "--type", "process", "--name", name, "--limit", str(_RUNS_AT_ONCE))
        worker = await self._start("prefect-worker", *_PREFECT, "worker", "start", *options)
        stack.push_async_callback(worker.stop, grace=_END_WITHIN)
        # Entered last, so it comes first at the end: a worker that is told to end kills its flow runs at
        # once and leaves them Running, so the runs are cancelled while the worker is still there to do it.
        stack.push_async_callback(self._cancel_runs)
        self._watched.append(worker)
        await self._until(lambda: self.api.worker_online(WORK_POOL), worker)

    async def _start(self, name: str, *command: str, directory: Path | None = None) -> Child:
        child = await start_child(
            name,
            command,
            log=self.logs / f"{name}.log",
            environment=self._environment,
            # `deploy` reads the prefect.yaml of its working directory.
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
                raise RekeyError(f"{child.name}-did-not-start", _see(f"{child.name} did not start", child))
            await asyncio.sleep(0.1)

    async def _forget_orphans(self) -> None:
        """Runs of an earlier life have no process any more, but would hold their deployment's one slot."""
        for run_id in await self.api.active_runs(WORK_POOL):
            await self.api.set_state(run_id, "CRASHED", "The machine stopped during this run.", force=True)

    async def _cancel_runs(self) -> None:
        """Ask every run to end, and wait until each has; nothing new starts meanwhile."""
        try:
            async with asyncio.timeout(_CANCEL_WITHIN):
                await self.api.pause_pool(WORK_POOL, True)
                runs = await self.api.active_runs(WORK_POOL)
                await asyncio.gather(*(self.cancel(run_id) for run_id in runs))
                await asyncio.gather(*(self.wait_for(run_id) for run_id in runs))
        except (httpx.HTTPStatusError, RekeyError, TimeoutError):
            # The server is gone or a run does not end: the processes are ended next, and our store's
            # leases and intents keep the items safe.
            return


def _see(sentence: str, child: Child) -> str:
    return f"{sentence}. See logs/{child.log.name} under Rekey's home folder."


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
