"""Processes that race for items on one store, while another clears up leases by a clock that jumps.

However it goes, every item is saved in the target once, and the store knows which entry is whose.
"""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path

import pytest

from bots.engine.core.item import Ending, IntentStatus, Lease, State
from bots.engine.store.database.database import connect, database_clock
from bots.engine.store.work.queue import SqlQueue
from tests.absent import absence_of

from .conftest import emptied, url_of
from .desk import LEASE, PROCESS, STEPS, row
from .machine_invariants import ALWAYS
from .machine_racer import Target, keep, key
from .machine_stores import shown
from .machine_time import Moment

ITEMS, PATIENCE = 60, 60.0


async def start(url: str, target: Path, role: str, name: str, off: float = 0.0) -> Process:
    """A racer that is ready and waits for the word."""
    command = (sys.executable, "-m", "tests.contract.machine_racer", url, str(target), role, name, str(off))
    racer = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert racer.stdout is not None
    async with asyncio.timeout(PATIENCE):
        assert await racer.stdout.readline() == b"ready\n"
    return racer


async def run(racers: list[Process]) -> list[Counter[str]]:
    """All begin at the same moment; what each met with."""
    try:
        async with asyncio.timeout(PATIENCE):
            told = await asyncio.gather(*(racer.communicate(b"go\n") for racer in racers))
    finally:
        for racer in racers:
            if racer.returncode is None:
                racer.kill()
    return [Counter(json.loads(out)) for out, _ in told]


async def settle(queue: SqlQueue, target: Target) -> None:
    """Long after: all racers are gone, so what is in doubt is looked up, and what is left is keyed."""
    queue._clock = lambda c: database_clock(c) + 10 * LEASE
    while lease := await queue.take_in_doubt(PROCESS, "last", LEASE):
        await resolve(queue, target, lease)
    while lease := await queue.take(PROCESS, "last", LEASE):
        await key(queue, target, lease, f"last-{lease.item.id}")


async def resolve(queue: SqlQueue, target: Target, lease: Lease) -> None:
    intent = lease.intent
    assert intent is not None
    there = {(item, step): reference for item, step, reference in target.entries()}
    reference = there.get((intent.item, intent.step))
    if reference is None:
        await queue.close_intent(lease, intent, IntentStatus.ABSENT, "not there", absence_of(intent))
    else:
        await keep(queue, lease, intent, reference)
    await queue.finish(lease, Ending(state=State.NEW), [])


async def filled(url: str) -> SqlQueue:
    database = connect(url)
    queue = await SqlQueue.open(database, "test")
    await emptied(database)
    batch = await queue.open_batch(PROCESS, "bins.xlsx", "ann")
    await queue.add(PROCESS, batch, [row(f"ZZ{number}") for number in range(ITEMS)])
    return queue


async def assert_once_each(queue: SqlQueue, target: Target) -> None:
    """Each step of each item is saved once, under one intent that has its receipt, and no entry is two
    items'."""
    entries, receipts = target.entries(), await queue.receipts(PROCESS)
    assert sorted(entries) == sorted((r.item, r.step, r.reference) for r in receipts)
    assert len({(item, step) for item, step, _ in entries}) == len(entries) == ITEMS * len(STEPS[PROCESS])
    picture = await shown(queue, Moment(wall=await queue.now(), felt=0.0, backs=0))
    assert {item.state for item in picture.items.values()} == {State.DONE}
    for intents in picture.intents.values():
        receipted = [intent.step for intent in intents if intent.status is IntentStatus.RECEIPTED]
        assert sorted(receipted) == sorted(step for step, _ in STEPS[PROCESS])
    for holds in ALWAYS:
        holds(picture, picture)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_processes_race_for_items(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url, target = url_of(kind, request, tmp_path), tmp_path / "target.txt"
    queue = await filled(url)
    racers = [await start(url, target, "worker", name) for name in ("one", "two")]
    met = await run([*racers, await start(url, target, "jumper", "three")])
    assert all(each["taken"] for each in met[:2]), "both had their share"
    assert met[2]["expired"], "and some lost it"
    await settle(queue, Target(target))
    await assert_once_each(queue, Target(target))
    await queue.close()


async def test_no_lease_depends_on_the_clocks_of_the_workers(postgres_url: str, tmp_path: Path) -> None:
    """Two machines whose clocks are hours wrong, in opposite directions, and a database with its own."""
    target = tmp_path / "target.txt"
    queue = await filled(postgres_url)
    wrong = {"early": -7200.0, "late": 7200.0}
    racers = [await start(postgres_url, target, "worker", name, off) for name, off in wrong.items()]
    met = await run(racers)
    assert all(each["taken"] and not each["lost"] for each in met)
    for item in await queue.items(PROCESS):
        assert "lease-ran-out" not in {note.code for note in await queue.history(item.id)}
    await assert_once_each(queue, Target(target))
    await queue.close()
