"""Taking: who gets what, when, and what becomes of a lease that ran out."""

from __future__ import annotations

from bots.engine.core.item import State
from bots.engine.core.queue import NEVER
from tests import staff

from .desk import LEASE, PROCESS, Desk, row


async def test_items_are_taken_in_the_order_of_the_source(desk: Desk) -> None:
    handed_in = [item for _, item in await desk.hand_in(*(row(f"ZZ{n}") for n in range(12)))]
    desk.clock.forward(1)
    handed_in.append(await desk.add("YY1"))
    assert [(await desk.take()).item.id for _ in handed_in] == handed_in
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None


async def test_a_higher_priority_is_taken_first(desk: Desk) -> None:
    [_, low, _, high] = [item for _, item in await desk.hand_in(*(row(f"ZZ{n}") for n in range(4)))]
    await desk.prioritise(high, 5)
    await desk.prioritise(low, -5)
    taken = [(await desk.take()).item.id for _ in range(4)]
    assert (taken[0], taken[3]) == (high, low)


async def test_a_deferred_item_waits_for_its_time(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await staff.defer(desk.queue, item, "bob", "the property is being renamed", 60)
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    assert await desk.queue.due_in(PROCESS) == 60
    desk.clock.forward(60)
    assert (await desk.take()).item.id == item


async def test_a_lease_says_what_is_held(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    lease = await desk.take("w7")
    assert (lease.item.id, lease.worker, lease.token, lease.intent) == (item, "w7", 1, None)
    assert (lease.item.state, lease.item.attempts, lease.receipts) == (State.IN_PROGRESS, 1, {})
    assert lease.expires == desk.clock.now + LEASE
    assert await desk.queue.take(PROCESS, "w8", LEASE) is None


async def test_another_process_is_not_taken(desk: Desk) -> None:
    await desk.hand_in(row("ZZ1"), process="tree-reports")
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    assert await desk.queue.due_in(PROCESS) is None


async def test_a_lease_that_ran_out_goes_back_to_new(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(LEASE - 1)
    assert await desk.queue.expire(PROCESS) == 0
    desk.clock.forward(1)
    assert await desk.queue.expire(PROCESS) == 1
    assert await desk.state(lease.item.id) is State.NEW
    assert (await desk.look(lease.item.id)).attempts == 1


async def test_a_lease_that_ran_out_with_an_open_intent_goes_in_doubt(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.intend(lease)
    desk.clock.forward(LEASE)
    assert await desk.queue.take(PROCESS, "w2", LEASE) is None
    assert await desk.state(lease.item.id) is State.IN_DOUBT


async def test_taking_clears_up_first(desk: Desk) -> None:
    first = await desk.leased()
    desk.clock.forward(LEASE)
    second = await desk.take("w2")
    assert second.item.id == first.item.id
    assert second.token > first.token
    assert second.item.attempts == 2


async def test_a_lease_that_is_extended_does_not_run_out(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(LEASE - 1)
    longer = await desk.queue.extend(lease, LEASE)
    assert (longer.expires, longer.token) == (desk.clock.now + LEASE, lease.token)
    desk.clock.forward(LEASE - 1)
    assert await desk.queue.expire(PROCESS) == 0
    assert await desk.queue.due_in(PROCESS) == 1


async def test_a_lease_shows_the_receipts_of_earlier_attempts(desk: Desk) -> None:
    lease = await desk.leased()
    kept = await desk.keyed(lease, "C-100")
    await desk.end(lease, State.NEW)
    again = await desk.take()
    assert again.receipts == {"log": kept}


async def test_when_something_is_due(desk: Desk) -> None:
    assert await desk.queue.due_in(PROCESS) is None
    lease = await desk.leased()
    assert await desk.queue.due_in(PROCESS) == LEASE
    intent = await desk.intend(lease)
    await desk.end(lease, State.IN_DOUBT)
    assert await desk.queue.due_in(PROCESS) == intent.resolvable - desk.clock.now
    await desk.add("ZZ2")
    assert await desk.queue.due_in(PROCESS) == 0


async def test_an_item_in_doubt_for_a_person_is_never_due(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.intend(lease)
    await desk.end(lease, State.IN_DOUBT, delay=NEVER)
    assert await desk.queue.due_in(PROCESS) is None
    desk.clock.forward(1_000_000)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is None


async def test_counts(desk: Desk) -> None:
    await desk.done("ZZ1")
    await desk.doubtful("ZZ2")
    await desk.add("ZZ3")
    counts = await desk.queue.counts(PROCESS)
    assert {state: n for state, n in counts.items() if n} == {State.DONE: 1, State.IN_DOUBT: 1, State.NEW: 1}
    assert set(counts) == set(State)
    assert [i.reference for i in await desk.queue.items(PROCESS, [State.NEW, State.DONE])] == ["ZZ1", "ZZ3"]
    assert len(await desk.queue.items(limit=2)) == 2
