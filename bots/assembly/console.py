"""The console's parts, put together; and serving it."""

from __future__ import annotations

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from bots.engine.console.app import around, console
from bots.engine.console.services.background import Underway
from bots.engine.console.services.hosts import Hosts
from bots.engine.console.services.openid import OpenIdProvider
from bots.engine.console.services.planner import Planner
from bots.engine.console.services.rendering import Installation, Pages
from bots.engine.console.services.source_files import SourceFiles
from bots.engine.console.services.totp import new_key
from bots.engine.console.services.uploads import SentFile, Uploads
from bots.engine.console.web.context import Desk, Outline
from bots.engine.core.errors import ConfigurationError, refusal
from bots.engine.core.item import BatchRow
from bots.engine.core.queue import Queue
from bots.engine.core.summary import FileChecked, HandInSummary
from bots.engine.core.work_list import FOR_PEOPLE
from bots.engine.credentials import Credentials
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.evidence import Evidence
from bots.engine.intake.answers import LIMITS, Answers
from bots.engine.intake.claiming import digest_of
from bots.engine.intake.files import refused
from bots.engine.intake.mail import check_any, reading
from bots.engine.settings import Settings
from bots.processes import registry

from .console_sites import MappedSites
from .worker import Rekey

HOST = "127.0.0.1"
"""The console speaks to this machine alone; a proxy that speaks TLS stands before it."""
_ENDS_WITHIN = 5
_ARRIVED = 1.0
"""Seconds until an upload, which is whole and nobody else's, counts as settled."""
_SHOWN = 50
"""Items of one hand-in that need a person."""
_RESTS = 20
_REMEMBERED = 1000


def console_of(rekey: Rekey, planner: Planner | None = None) -> FastAPI:
    """`planner`: whatever begins the runs, where it is known; it is closed with the console."""
    settings = rekey.settings
    installation = Installation(name=settings.console_name, environment=settings.environment)
    underway = Underway()
    desk = Desk(
        queue=rekey.queue,
        people=rekey.people,
        work=rekey.work_list,
        lookups=rekey.lookups,
        figures=rekey.figures,
        history=rekey.audit.store,
        evidence=Evidence(settings.home / "evidence"),
        pages=Pages(installation, around=around),
        processes=registry.PROCESSES,
        home=settings.home,
        incoming=FilesIn(rekey),
        uploads=Uploads(settings.home),
        sources=SourceFiles(),
        underway=underway,
        hosts=_hosts(settings),
        tls=settings.console_tls,
        code_key=Credentials(settings).key("console", new_key),
        working_days=rekey.working_days,
        openid=_provider(settings),
        operations=rekey.operations,
        comparisons=rekey.comparisons,
        alerts=rekey.alerts,
        sites=MappedSites(settings),
        planner=planner,
    )
    app = console(desk)[0]

    @asynccontextmanager
    async def life(_: Any) -> AsyncIterator[None]:
        yield
        await underway.end()
        await desk.sources.close()
        if planner is not None:
            await planner.close()

    app.router.lifespan_context = life
    return app


class FilesIn:
    """Satisfies the console's `Incoming`. Files are opened at a distance, as everywhere."""

    def __init__(self, rekey: Rekey) -> None:
        self._rekey = rekey
        self._writing = asyncio.Semaphore(2)  # what goes back is made in up to 2 GB each
        self._outlines: dict[str, tuple[float, float, Outline]] = {}

    async def check(self, process: str, files: Sequence[Path]) -> AsyncGenerator[FileChecked, None]:
        known = partial(self._rekey.work_list.known, process)
        async with Sandbox() as sandbox:
            for file in files:
                yield await check_any(registry.find(process), file, sandbox, _ARRIVED, known)

    async def hand_in(
        self,
        process: str,
        files: Sequence[tuple[Path, SentFile]],
        who: str,
        begins: float | None = None,
    ) -> AsyncGenerator[Sequence[HandInSummary], None]:
        async with Sandbox() as sandbox:
            for path, sent in files:
                if await asyncio.to_thread(_digest, path) != sent.digest:
                    sentence = "The file is not the one that was checked. Send it again."
                    yield [refused(sent.name, refusal("file-changed", sentence))]
                    continue
                found = registry.find(process)
                desk = self._rekey.desk(
                    found, sandbox, who=who, called=sent.name, begins=begins, patience=_ARRIVED
                )
                # Held until whoever asked has noted what became of it, and asks for the next.
                async with reading(desk, found, path) as read:
                    yield read.found

    async def outline(self, batch: str, age: float = 0.0) -> Outline:
        made, cost, found = self._outlines.get(batch, (0.0, 0.0, None))
        began = time.monotonic()
        # Reading all rows of a large hand-in takes a while: that may fill a small part of the time only.
        if found is None or began - made > max(age, _RESTS * cost):
            found = _outline(await self._rekey.queue.batch_rows(batch))
            if len(self._outlines) >= _REMEMBERED:
                self._outlines.clear()
            self._outlines[batch] = (began, time.monotonic() - began, found)
        return found

    async def give_back(self, process: str, batch: str, folder: Path) -> Path:
        queue = cast(Queue, _Unanswered(self._rekey.queue))
        async with self._writing, Sandbox(LIMITS) as sandbox:
            answers = Answers(queue=queue, kept=self._folder(process), outbox=folder, sandbox=sandbox)
            return await answers.give_back(registry.find(process), batch)

    def _folder(self, process: str) -> Path:
        return self._rekey.settings.home / "handed-in" / process


def _outline(rows: Sequence[BatchRow]) -> Outline:
    items: dict[str, BatchRow] = {}
    for row in rows:
        items.setdefault(row.item.id, row)
    waiting = (row for row in items.values() if row.item.state in FOR_PEOPLE)
    return Outline(
        outcomes=Counter(row.outcome for row in rows),
        states=Counter(row.item.state for row in items.values()),
        waiting=list(islice(waiting, _SHOWN)),
    )


class _Unanswered:
    """The queue, without the note that answers went back: what one person downloads, the outbox gets too."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def answered(self, batch: str, at: float) -> None:
        pass


def _digest(path: Path) -> str:
    try:
        return digest_of(path)
    except OSError:  # somebody deleted it
        return ""


def _hosts(settings: Settings) -> Hosts:
    if settings.console_tls and not settings.console_hosts:
        sentence = (
            "REKEY_CONSOLE_TLS says that people come through a proxy. Name its host in REKEY_CONSOLE_HOSTS."
        )
        raise ConfigurationError("console-hosts", sentence)
    return Hosts(settings.console_hosts, tls=settings.console_tls)


def _provider(settings: Settings) -> OpenIdProvider | None:
    if settings.oidc is None:
        return None
    return OpenIdProvider(settings.oidc, Credentials(settings).account("oidc").password, registry.names())


@asynccontextmanager
async def serving(app: FastAPI, port: int) -> AsyncIterator[str]:
    """Serves until the block ends; gives the address. `port` 0: any free one.

    Raises ConfigurationError for a port that is taken.
    """
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((HOST, port))
        except OSError:
            sentence = f"Another program uses port {port} of this machine. Choose another one with --port."
            raise ConfigurationError("console-port-in-use", sentence) from None
        listening.listen()  # before the address is told
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
            # Whom a request comes from is what the proxy says, where there is one; else nobody may say.
            proxy_headers=bool(getattr(app.state, "proxied", False)),
            forwarded_allow_ips=HOST,
            timeout_graceful_shutdown=_ENDS_WITHIN,
        )
        server = _Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://{HOST}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


class _Server(uvicorn.Server):
    """Leaves signals to the command that runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
