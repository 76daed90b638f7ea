"""A worker that is killed the moment a transition was acknowledged.

Run as `python -m tests.contract.victim URL POINT`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from bots.engine.core.item import State
from bots.engine.store.database.database import connect
from bots.engine.store.work.queue import SqlQueue

from .desk import STEPS, VERSIONS, Clock, Desk


async def main(url: str, point: str) -> None:
    def die_at(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    clock = Clock()
    queue = await SqlQueue.open(connect(url), "test", versions=VERSIONS, steps=STEPS, clock=clock)
    desk = Desk(queue=queue, clock=clock)
    await desk.add("ZZ1")
    die_at("added")
    lease = await desk.take()
    die_at("taken")
    intent = await desk.intend(lease)
    die_at("intended")
    await desk.receipt(lease, "C-100", intent)
    die_at("receipted")
    await desk.end(lease, State.DONE)
    die_at("finished")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
