"""The console's parts, put together; and serving it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from bots import registry
from bots.engine.console.app import around, console
from bots.engine.console.codes import new_key
from bots.engine.console.desk import Desk
from bots.engine.console.pages import Installation, Pages
from bots.engine.core.errors import ConfigurationError
from bots.engine.credentials import Credentials
from bots.engine.evidence import Evidence
from bots.wiring import Rekey

HOST = "127.0.0.1"
"""The console speaks to this machine alone; a proxy that speaks TLS stands before it."""
_ENDS_WITHIN = 5


def console_of(rekey: Rekey) -> FastAPI:
    settings = rekey.settings
    installation = Installation(name=settings.console_name, environment=settings.environment)
    desk = Desk(
        queue=rekey.queue,
        people=rekey.people,
        work=rekey.work_list,
        evidence=Evidence(settings.home / "evidence"),
        pages=Pages(installation, around=around),
        processes=registry.PROCESSES,
        home=settings.home,
        tls=settings.console_tls,
        code_key=Credentials(settings).key("console", new_key),
    )
    return console(desk)[0]


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
        config = uvicorn.Config(
            app,
            log_level="error",
            access_log=False,
            server_header=False,
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
