"""An intake in a process of its own, which is killed or stands still at a named point.

Run as `python -m tests.contract.reader HOME POINT HOW [FILE...]`. Without files it reads the inbox.
HOW: `die`; the path of a file for which it waits; or that behind `frozen:`, when it shows no sign of life
meanwhile.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bots.assembly.worker import open_rekey
from bots.engine.intake import claiming
from bots.engine.intake.inbox import Inbox
from bots.engine.settings import Settings
from bots.engine.store.work.claims import StoreClaims

PROCESS = "council-tax-moves"
SECONDS = 1.0
"""Without a sign of life, until this reader counts as dead."""
POINTS: dict[str, tuple[Any, str, int]] = {
    "claimed": (StoreClaims, "take", 1),
    "moved": (Inbox, "take", 1),
    "opened": (StoreClaims, "open_batch", 1),
    "half queued": (StoreClaims, "add", 1),
    "queued": (StoreClaims, "add", 2),
    "put away": (Inbox, "put_away", 1),
    "ended": (StoreClaims, "end", 1),
}
"""After which call of which method."""


def act(point: str, how: str) -> None:
    print(point, flush=True)
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)


def at(point: str, how: str) -> Any:
    """The point's method, which goes on as ever until the call after which something happens."""
    owner, name, call = POINTS[point]
    usual, calls = getattr(owner, name), 0

    def counted() -> bool:
        nonlocal calls
        calls += 1
        return calls == call

    async def later(*given: Any, **named: Any) -> Any:
        found = await usual(*given, **named)
        if counted():
            act(point, how)
            frozen, _, file = how.rpartition(":")
            while not Path(file).exists():
                time.sleep(0.05) if frozen else await asyncio.sleep(0.05)  # noqa: ASYNC251
        return found

    def at_once(*given: Any, **named: Any) -> Any:
        found = usual(*given, **named)
        if counted():
            act(point, how)
        return found

    wrapped: Callable[..., Any] = later if asyncio.iscoroutinefunction(usual) else at_once
    return patch.object(owner, name, wrapped)


async def main(home: str, point: str, how: str, *files: str) -> None:
    settings = Settings(home=Path(home), file_patience=0.0)
    with at(point, how), patch.object(claiming, "_SECONDS", SECONDS):
        async with open_rekey(settings) as rekey:
            if files:
                found = await rekey.hand_in(PROCESS, [Path(file) for file in files], who="person/ann")
            else:
                found = await rekey.collect(PROCESS)
    for one in found:
        print(one.code or one.verdict, one.rows.added if one.rows else one.sentence, flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
