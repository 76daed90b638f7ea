"""What several commands share: their options and how they run."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from bots.engine.core.queue import Queue

T = TypeVar("T")
Json = Annotated[Path | None, typer.Option("--json", help="Also write the facts to this file.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the record.")]


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def with_queue(work: Callable[[Queue], Awaitable[T]], *, reading: bool = False) -> T:
    """Do something with the store alone: works with Prefect and every system down. `reading`: only look."""
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def inside() -> T:
        async with open_rekey(load_settings(), reading=reading) as rekey:
            return await work(rekey.queue)

    return run(inside())


def person() -> str:
    """Who decides, for the history: the name that this machine knows."""
    return f"person/{login()}"


def login() -> str:
    """As the operating system knows who runs this. No variable of the environment counts: with one, anybody
    could agree to a correction in a colleague's name."""
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def when(moment: float) -> str:
    """On this machine's clock."""
    return time.strftime("%d/%m/%Y %H:%M:%S", time.localtime(moment))
