"""A worker that keys as fast as it can and says what was acknowledged, until the disk is full.

Run as `python -m tests.contract.busy URL BYTES`: no file that it writes may grow beyond so many bytes, as
under a quota.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import sys

from bots.engine.core.errors import RekeyError
from bots.engine.core.item import State
from bots.engine.store.database.database import connect
from bots.engine.store.work.queue import SqlQueue

from .desk import STEPS, VERSIONS, Clock, Desk, row

ROWS = 40


async def main(url: str, most: int) -> None:
    queue = await SqlQueue.open(connect(url), "test", versions=VERSIONS, steps=STEPS, clock=Clock())
    desk = Desk(queue=queue, clock=Clock())
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the write fails, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    for hand_in in range(1000):
        await desk.hand_in(*(row(f"ZZ{hand_in}-{number}") for number in range(ROWS)))
        for number in range(ROWS):
            say("added", f"ZZ{hand_in}-{number}")
        for _ in range(ROWS):
            await keyed(desk)


async def keyed(desk: Desk) -> None:
    lease = await desk.take()
    reference = lease.item.reference
    say("taken", reference)
    intent = await desk.intend(lease)
    say("intended", reference)
    await desk.receipt(lease, f"C-{reference}", intent)
    say("receipted", reference)
    await desk.end(lease, State.DONE)
    say("done", reference)


def say(what: str, reference: str) -> None:
    print(what, reference, flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1], int(sys.argv[2])))
    except RekeyError as error:
        sys.exit(error.sentence)
