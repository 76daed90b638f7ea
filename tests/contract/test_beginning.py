"""A hand-in that begins later: nothing that came new with it is taken before, whoever drains the queue."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from bots.engine.store.audit.operations import StoreOperations
from bots.engine.store.work.queue import SqlQueue
from tests import staff

from .conftest import OpenDatabase, sql_desk
from .desk import LEASE, PROCESS, Clock, Desk, row


async def later(desk: Desk, *references: str, seconds: float = 3600) -> tuple[str, float]:
    """A hand-in of so many rows that begins after a while: its name, and when."""
    batch = await desk.queue.open_batch(PROCESS, "later.xlsx", "ann")
    at = desk.clock.now + seconds
    await desk.queue.begin(batch, at, "ann", seen=None)
    await desk.queue.add(PROCESS, batch, [row(one) for one in references])
    return batch, at


async def test_nothing_of_it_is_taken_before_while_others_are(desk: Desk) -> None:
    batch, at = await later(desk, "ZZ1", "ZZ2")
    desk.clock.forward(1)
    await desk.add("YY1")
    lease = await desk.take()
    assert lease.item.reference == "YY1"
    await desk.keyed(lease, "C-1")
    await desk.end(lease, State.DONE)
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    assert await desk.queue.due_in(PROCESS) == at - desk.clock.now
    found = await desk.queue.batch(batch)
    assert found is not None
    assert found.begins == at
    desk.clock.forward(at - desk.clock.now)
    assert await desk.queue.due_in(PROCESS) == 0
    assert {(await desk.take()).item.reference for _ in range(2)} == {"ZZ1", "ZZ2"}


async def test_a_person_who_sends_an_item_back_does_not_let_it_begin(desk: Desk) -> None:
    batch, at = await later(desk)
    [(_, item)] = await desk.queue.add(PROCESS, batch, [row("ZZ1", code="no-uprn", sentence="No property.")])
    await staff.retry(desk.queue, item, "bob", "put right", {"uprn": "101"})
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    desk.clock.forward(at - desk.clock.now)
    assert (await desk.take()).item.id == item


async def test_what_is_put_off_beyond_the_beginning_waits_on(desk: Desk) -> None:
    batch, at = await later(desk, "ZZ1")
    [item] = await desk.queue.items(PROCESS)
    await staff.defer(desk.queue, item.id, "bob", "the property is being renamed", 7200)
    assert await desk.queue.due_in(PROCESS) == 7200
    await desk.queue.begin(batch, None, "ann", seen=at)
    assert await desk.queue.due_in(PROCESS) == 7200


async def test_started_now_it_is_taken_at_once(desk: Desk) -> None:
    batch, at = await later(desk, "ZZ1")
    await desk.queue.begin(batch, None, "ann", seen=at)
    assert await desk.queue.due_in(PROCESS) == 0
    assert (await desk.take()).item.reference == "ZZ1"


async def test_a_change_made_meanwhile_is_not_overwritten(desk: Desk) -> None:
    batch, at = await later(desk, "ZZ1")
    await desk.queue.begin(batch, at + 60, "bob", seen=at)
    for seen in (at, None):
        with pytest.raises(BusinessException, match="changed-meanwhile"):
            await desk.queue.begin(batch, None, "ann", seen=seen)
    found = await desk.queue.batch(batch)
    assert found is not None
    assert found.begins == at + 60
    with pytest.raises(BusinessException, match="changed-meanwhile"):
        await desk.queue.begin("b-none", at, "ann", seen=None)


async def test_what_was_known_already_begins_with_its_own_hand_in(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await later(desk, "ZZ1")
    assert (await desk.take()).item.id == item


async def test_an_item_in_hand_is_finished_when_its_hand_in_is_put_off(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.queue.begin(desk.batches[PROCESS], desk.clock.now + 3600, "ann", seen=None)
    await desk.keyed(lease, "C-1")
    assert await desk.end(lease, State.DONE) is State.DONE


async def test_who_changed_it_is_noted(open_database: OpenDatabase) -> None:
    database = open_database()
    clock = Clock()
    desk = await sql_desk(database, clock)
    batch, at = await later(desk, "ZZ1")
    clock.forward(5)
    await desk.queue.begin(batch, None, "bob", seen=at)
    newest, oldest = await StoreOperations(database, clock).noted(f"hand-in:{batch}")
    assert (newest.who, newest.at, newest.detail) == ("bob", clock.now, {"before": at, "after": None})
    assert (oldest.who, oldest.detail) == ("ann", {"before": None, "after": at})
    # Another worker keeps to it, too.
    again = await SqlQueue.open(open_database(), "test", clock=clock)
    assert await again.take(PROCESS, "w2", LEASE) is not None
