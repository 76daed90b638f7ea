"""PostgreSQL lets transactions overlap: each must see what the one before it did, however long that took.

The first transaction is held open just before its commit until the second waits for it, so that nothing here
depends on chance or time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from bots.engine.core.errors import BusinessException, LeaseLost
from bots.engine.core.item import State
from bots.engine.store.database.database import Database, Transaction
from bots.engine.store.work.queue import SqlQueue
from tests import staff

from .conftest import OpenDatabase, sql_desk
from .desk import LEASE, PROCESS, STEPS, VERSIONS, Clock, Desk

pytestmark = pytest.mark.parametrize("open_database", ["postgres"], indirect=True)

WAITING = sa.text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")


@dataclass
class Slow:
    """A database whose transactions stop before their commit, once it is told so."""

    database: Database
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    slow: bool = False

    async def run(self, transaction: Transaction[Any], *, patiently: bool = False) -> Any:
        return await self.database.run(lambda c: self._run(c, transaction))

    def _run(self, connection: sa.Connection, transaction: Transaction[Any]) -> Any:
        result = transaction(connection)
        if self.slow:
            self.reached.set()
            await_only(self.go.wait())
        return result

    async def close(self) -> None:
        await self.database.close()


@dataclass
class Bench:
    """Two workers, the first of which can be slow, and an onlooker."""

    slow: Slow
    first: Desk
    second: Desk
    onlooker: Database

    async def overlap(self, first: Awaitable[Any], second: Awaitable[Any]) -> tuple[Any, Any]:
        """The second begins before the first has committed."""
        self.slow.slow = True
        one = asyncio.ensure_future(first)
        await self.slow.reached.wait()
        two = asyncio.ensure_future(second)
        while not two.done() and not await self.onlooker.run(lambda c: c.execute(WAITING).scalar_one()):
            pass  # asking is waiting: each question goes to the server and back
        self.slow.slow = False
        self.slow.go.set()
        done = await asyncio.gather(one, two, return_exceptions=True)
        return done[0], done[1]


@pytest.fixture
async def bench(open_database: OpenDatabase) -> Bench:
    clock, slow = Clock(), Slow(open_database())
    queue = await SqlQueue.open(slow, "test", versions=VERSIONS, steps=STEPS, clock=clock)
    first = Desk(queue=queue, clock=clock)
    return Bench(slow, first, await sql_desk(open_database(), clock), open_database())


async def open_batches(bench: Bench) -> None:
    for desk in (bench.first, bench.second):
        desk.batches[PROCESS] = await desk.queue.open_batch(PROCESS, "bins.xlsx", "ann")


async def test_a_worker_ends_while_a_correction_is_being_written(bench: Bench) -> None:
    lease = await bench.second.leased("ZZ1")
    await bench.second.keyed(lease, "C-100")
    await open_batches(bench)
    _, state = await bench.overlap(bench.first.add("ZZ1", "999"), bench.second.end(lease, State.DONE))
    assert state is State.EXCEPTION
    assert (await bench.first.look(lease.item.id)).code == "changed-at-source"


async def test_a_correction_comes_while_a_worker_ends(bench: Bench) -> None:
    lease = await bench.second.leased("ZZ1")
    await bench.second.keyed(lease, "C-100")
    await open_batches(bench)
    await bench.overlap(bench.first.end(lease, State.DONE), bench.second.add("ZZ1", "999"))
    held = await bench.first.look(lease.item.id)
    assert (held.state, held.code) == (State.EXCEPTION, "changed-at-source")


async def test_an_intent_comes_while_a_correction_is_being_written(bench: Bench) -> None:
    lease = await bench.second.leased("ZZ1")
    await open_batches(bench)
    _, refusal = await bench.overlap(bench.first.add("ZZ1", "999"), bench.second.intend(lease))
    assert isinstance(refusal, LeaseLost)


async def test_a_decision_comes_while_another_is_being_written(bench: Bench) -> None:
    item, _intent = await bench.second.doubtful("ZZ1")
    bench.second.clock.forward(LEASE)
    _, refusal = await bench.overlap(
        staff.decide(bench.first.queue, item, "bob", "there", "C-100"),
        staff.decide(bench.second.queue, item, "cat", "not there", None),
    )
    assert isinstance(refusal, BusinessException)
    assert refusal.code == "wrong-state"


async def test_a_decision_comes_while_a_worker_takes_it(bench: Bench) -> None:
    item, _intent = await bench.second.doubtful("ZZ1")
    bench.second.clock.forward(LEASE)
    lease, refusal = await bench.overlap(
        bench.first.queue.take_in_doubt(PROCESS, "w2", LEASE),
        staff.decide(bench.second.queue, item, "bob", "there", "C-100"),
    )
    assert lease.item.id == item
    assert isinstance(refusal, BusinessException)
    assert await bench.first.queue.receipts(PROCESS) == []


async def test_an_item_that_is_being_taken_is_passed_over(bench: Bench) -> None:
    await bench.second.add("ZZ1")
    await bench.second.add("ZZ2")
    one, two = await bench.overlap(bench.first.take("w1"), bench.second.take("w2"))
    assert {one.item.reference, two.item.reference} == {"ZZ1", "ZZ2"}


async def test_a_lease_is_extended_while_it_is_cleared_up(bench: Bench) -> None:
    lease = await bench.second.leased("ZZ1")
    bench.first.clock = Clock()
    bench.first.clock.forward(LEASE)
    bench.first.queue._clock = bench.first.clock  # type: ignore[attr-defined]
    stale, refusal = await bench.overlap(
        bench.first.queue.expire(PROCESS), bench.second.queue.extend(lease, LEASE)
    )
    assert stale == 1
    assert isinstance(refusal, LeaseLost)


async def test_the_same_entry_of_the_target_is_claimed_twice(bench: Bench) -> None:
    leases = [await bench.second.leased(f"ZZ{n}") for n in range(2)]
    kept, refusal = await bench.overlap(
        bench.first.receipt(leases[0], "C-100"), bench.second.receipt(leases[1], "C-100")
    )
    assert kept.reference == "C-100"
    assert isinstance(refusal, BusinessException)
    assert refusal.code == "already-in-target"


async def test_a_row_is_handed_in_twice_at_once(bench: Bench) -> None:
    await open_batches(bench)
    first, second = await bench.overlap(bench.first.add("ZZ1"), bench.second.add("ZZ1"))
    assert first == second


async def test_the_last_licence_is_taken_twice_at_once(bench: Bench) -> None:
    await bench.second.queue.take_licence("waste", 2, "a", 60)
    both = await bench.overlap(
        bench.first.queue.take_licence("waste", 2, "b", 60),
        bench.second.queue.take_licence("waste", 2, "c", 60),
    )
    assert both == (True, False)


async def test_a_cancelled_transaction_is_finished(bench: Bench) -> None:
    """The caller is gone, and what it began is written as if it had stayed."""
    bench.slow.slow = True
    work = asyncio.ensure_future(bench.first.queue.hold("all", "bob", "stop"))
    await bench.slow.reached.wait()
    work.cancel()
    bench.slow.go.set()
    await bench.first.queue.close()
    assert [held.scope for held in await bench.second.queue.holds()] == ["all"]
