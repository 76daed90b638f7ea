"""What people ask bots to look up: each request answered once, by the worker that has it."""

from __future__ import annotations

import asyncio

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from bots.engine.core.lookup import Sight, Sighted, Whose
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.work.lookups import StoreLookups
from tests import staff

from .conftest import OpenDatabase, sql_desk
from .desk import LEASE, PROCESS, Clock, Desk

SIGHT = Sight(
    step="log-case",
    meant={"uprn": "100"},
    entries=[Sighted(reference="C-7", values={"uprn": "200"}, differs=["uprn"], whose=Whose.BEFORE)],
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(open_database: OpenDatabase, clock: Clock) -> Desk:
    return await sql_desk(open_database(), clock)


@pytest.fixture
def lookups(open_database: OpenDatabase, clock: Clock, desk: Desk) -> StoreLookups:
    """Through a connection of its own, as another worker or the console has it."""
    return StoreLookups(open_database(), clock)


async def waiting(desk: Desk, reference: str = "ZZ1") -> str:
    lease = await desk.leased(reference)
    await desk.failed(lease)
    return lease.item.id


async def test_asked_taken_and_answered(desk: Desk, lookups: StoreLookups, clock: Clock) -> None:
    item = await waiting(desk)
    assert await lookups.latest(item) is None
    asked = await lookups.ask(item, "person/ann")
    assert (asked.waits, asked.process, await lookups.waiting(PROCESS)) == (True, PROCESS, 1)
    assert await lookups.take("council-tax-moves", "w1", LEASE) is None
    taken = await lookups.take(PROCESS, "w1", LEASE)
    assert taken == asked
    assert await lookups.take(PROCESS, "w2", LEASE) is None
    clock.forward(1)
    assert await lookups.answer(asked, "w1", 3, SIGHT)
    found = await lookups.latest(item)
    assert found is not None
    assert (found.sight, found.version, found.answered) == (SIGHT, 3, asked.asked + 1)
    assert (await lookups.waiting(PROCESS), await lookups.take(PROCESS, "w1", LEASE)) == (0, None)


async def test_one_that_waits_is_not_asked_twice(desk: Desk, lookups: StoreLookups, clock: Clock) -> None:
    item = await waiting(desk)
    first = await lookups.ask(item, "person/ann")
    clock.forward(1)
    assert await lookups.ask(item, "person/bob") == first
    assert await lookups.take(PROCESS, "w1", LEASE) is not None
    assert await lookups.ask(item, "person/bob") == first
    await lookups.answer(first, "w1", 1, SIGHT)
    assert (await lookups.ask(item, "person/bob")).asked == first.asked + 1


async def test_of_two_workers_one_gets_it(desk: Desk, lookups: StoreLookups) -> None:
    await lookups.ask(await waiting(desk), "person/ann")
    taken = await asyncio.gather(*(lookups.take(PROCESS, f"w{n}", LEASE) for n in range(4)))
    assert sum(one is not None for one in taken) == 1


async def test_a_worker_that_dies_leaves_it_to_the_next(
    desk: Desk, lookups: StoreLookups, clock: Clock
) -> None:
    asked = await lookups.ask(await waiting(desk), "person/ann")
    assert await lookups.take(PROCESS, "w1", LEASE) is not None
    clock.forward(LEASE)
    assert await lookups.take(PROCESS, "w2", LEASE) is not None
    assert not await lookups.answer(asked, "w1", 1, SIGHT)
    assert await lookups.answer(asked, "w2", 1, SIGHT)


async def test_the_oldest_first(desk: Desk, lookups: StoreLookups, clock: Clock) -> None:
    one, two = await waiting(desk), await waiting(desk, "ZZ2")
    await lookups.ask(two, "person/ann")
    clock.forward(1)
    await lookups.ask(one, "person/ann")
    taken = [await lookups.take(PROCESS, "w1", LEASE) for _ in range(2)]
    assert [lookup.item for lookup in taken if lookup] == [two, one]


async def test_an_answer_to_an_older_request_is_dropped(
    desk: Desk, lookups: StoreLookups, clock: Clock
) -> None:
    item = await waiting(desk)
    first = await lookups.ask(item, "person/ann")
    await lookups.take(PROCESS, "w1", LEASE)
    await lookups.answer(first, "w1", 1, SIGHT)
    clock.forward(1)
    await lookups.ask(item, "person/ann")
    assert not await lookups.answer(first, "w1", 1, SIGHT)


async def test_only_for_what_waits_for_a_person(desk: Desk, lookups: StoreLookups) -> None:
    item = await desk.done()
    for one, code in ((item, "not-for-people"), ("mb-nothing", "unknown-item"), ("\0", "unknown-item")):
        with pytest.raises(BusinessException, match=code):
            await lookups.ask(one, "person/ann")


async def test_it_goes_with_the_item(
    desk: Desk, lookups: StoreLookups, open_database: OpenDatabase, clock: Clock
) -> None:
    item = await waiting(desk)
    asked = await lookups.ask(item, "person/ann")
    await lookups.take(PROCESS, "w1", LEASE)
    await lookups.answer(asked, "w1", 1, SIGHT)
    await staff.withdraw(desk.queue, item, "person/ann", "not needed")
    assert await desk.state(item) is State.WITHDRAWN
    audit = StoreAudit(open_database(), clock)
    assert await audit.erase(item, clock.now + 1, "person/ann", "kept long enough")
    assert await lookups.latest(item) is None
