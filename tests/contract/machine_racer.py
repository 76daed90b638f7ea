"""One process of a race for items; run as `python -m tests.contract.machine_racer URL TARGET ROLE NAME OFF`.

A worker keys as fast as it can into the target, a file with one line per saved case. The jumper clears up
leases with a clock that jumps. OFF seconds is how wrong this process's own clock is. Each says "ready", waits
for a line, works until nothing waits for a worker, and prints what it met with. A worker that is ready has
its first item in hand, and a jumper has jumped once, so that no race is over before it began.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from bots.engine.core.errors import LeaseLost
from bots.engine.core.item import Ending, Intent, IntentStatus, Lease, Receipt, State
from bots.engine.store.database.database import connect, database_clock
from bots.engine.store.work.queue import SqlQueue

from .desk import LEASE, PROCESS, STEPS

WINDOW, JUMPS = 20.0, 40
AT_WORK = (State.NEW, State.IN_PROGRESS)


class Target:
    """A system without any rule of its own: what is saved twice is there twice."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def save(self, item: str, step: str, reference: str) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(f"{item} {step} {reference}\n".encode())  # one write, so that lines never mix

    def entries(self) -> list[tuple[str, str, str]]:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return [(item, step, reference) for item, step, reference in map(str.split, lines)]


async def key(queue: SqlQueue, target: Target, lease: Lease, mark: str, refused: bool = False) -> None:
    """All steps that have no receipt yet; refused, the first of them is not saved, and the item goes back."""
    for step, system in STEPS[PROCESS]:
        if step in lease.receipts:
            continue
        before = time.monotonic()
        intent = await intend(queue, lease, step, system)
        if refused or time.monotonic() - before > WINDOW / 2:
            await queue.close_intent(lease, intent, IntentStatus.REFUSED, "not fired")
            await queue.finish(lease, Ending(state=State.NEW), [])
            return
        reference = f"{mark}-{step}"
        target.save(lease.item.id, step, reference)
        await keep(queue, lease, intent, reference)
    await queue.finish(lease, Ending(state=State.DONE), [step for step, _ in STEPS[PROCESS]])


async def intend(queue: SqlQueue, lease: Lease, step: str, system: str) -> Intent:
    return await queue.intend(
        lease,
        step=step,
        system=system,
        digest=lease.item.id,
        seen=[],
        window=WINDOW,
        settle=WINDOW,
        writer="host:1",
    )


async def keep(queue: SqlQueue, lease: Lease, intent: Intent, reference: str) -> None:
    proof = Receipt(
        item=lease.item.id,
        step=intent.step,
        system=intent.system,
        reference=reference,
        values={"uprn": "100"},
        intent=intent.id,
    )
    await queue.record_receipt(lease, proof, intent)


async def work(queue: SqlQueue, target: Target, name: str) -> Counter[str]:
    met: Counter[str] = Counter()
    chance = random.Random(name)
    lease = await queue.take(PROCESS, name, LEASE)
    await ready()
    while lease is not None or await anything_left(queue):
        if lease is None:
            await asyncio.sleep(0.002)
            lease = await queue.take(PROCESS, name, LEASE)
            continue
        met["taken"] += 1
        try:
            await key(queue, target, lease, f"{name}-{met['taken']}", chance.random() < 0.1)
        except LeaseLost:
            met["lost"] += 1
        lease = await queue.take(PROCESS, name, LEASE)
    return met


async def ready() -> None:
    """Until the word is given."""
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def jump(queue: SqlQueue, name: str) -> Counter[str]:
    """A clock that is right, far ahead or far behind, and so on, a few dozen times."""
    met: Counter[str] = Counter()
    chance = random.Random(name)
    met["expired"] += await expire(queue, LEASE + 1)
    await ready()
    for _ in range(JUMPS):
        met["expired"] += await expire(queue, chance.choice([LEASE + 1, -3600.0, 0.0]))
        await asyncio.sleep(chance.random() * 0.02)
    return met


async def expire(queue: SqlQueue, off: float) -> int:
    """Leases cleared up by a clock that is wrong by so many seconds."""
    queue._clock = lambda c: database_clock(c) + off
    return await queue.expire(PROCESS)


async def anything_left(queue: SqlQueue) -> bool:
    counts = await queue.counts(PROCESS)
    return any(counts[state] for state in AT_WORK)


async def main(url: str, target: str, role: str, name: str) -> None:
    queue = await SqlQueue.open(connect(url), "test")
    met = await (work(queue, Target(Path(target)), name) if role == "worker" else jump(queue, name))
    print(json.dumps(met), flush=True)
    await queue.close()


def set_own_clock(off: float) -> None:
    """This process's idea of the time: wrong by so many seconds."""
    right = time.time
    time.time = lambda: right() + off


if __name__ == "__main__":
    set_own_clock(float(sys.argv[5]))
    asyncio.run(main(*sys.argv[1:5]))
