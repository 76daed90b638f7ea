"""In doubt: looked up only when the change can no longer arrive, by one worker at a time."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.queue import NEVER
from tests import staff
from tests.absent import absence_of

from .desk import LEASE, PROCESS, SETTLE, WINDOW, Desk


async def test_it_is_not_resolved_before_its_time(desk: Desk) -> None:
    item, intent = await desk.doubtful()
    desk.clock.forward(WINDOW + SETTLE - 0.5)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is None
    desk.clock.forward(0.5)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    assert (lease.item.id, lease.intent, lease.worker) == (item, intent, "w2")
    assert await desk.state(item) is State.IN_PROGRESS


async def test_it_is_never_taken_as_new_work(desk: Desk) -> None:
    await desk.doubtful()
    desk.clock.forward(10 * LEASE)
    assert await desk.queue.take(PROCESS, "w2", LEASE) is None


async def test_one_worker_resolves(desk: Desk) -> None:
    await desk.doubtful()
    desk.clock.forward(LEASE)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is not None
    assert await desk.queue.take_in_doubt(PROCESS, "w3", LEASE) is None


async def test_a_resolver_that_dies_leaves_the_doubt(desk: Desk) -> None:
    item, _intent = await desk.doubtful()
    desk.clock.forward(LEASE)
    first = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    desk.clock.forward(LEASE)
    second = await desk.queue.take_in_doubt(PROCESS, "w3", LEASE)
    assert first is not None
    assert second is not None
    assert second.item.id == item
    assert second.token > first.token


async def test_proved_absent_it_is_new_again(desk: Desk) -> None:
    item, _intent = await desk.doubtful()
    desk.clock.forward(LEASE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    assert lease.intent is not None
    await desk.queue.close_intent(
        lease, lease.intent, IntentStatus.ABSENT, "not there", absence_of(lease.intent)
    )
    assert await desk.end(lease, State.NEW) is State.NEW
    assert (await desk.take()).item.id == item


async def test_adopted_it_is_done(desk: Desk) -> None:
    item, intent = await desk.doubtful()
    desk.clock.forward(LEASE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    await desk.receipt(lease, "C-100", intent, adopted=True)
    assert await desk.end(lease, State.DONE) is State.DONE
    assert await desk.state(item) is State.DONE


async def test_not_resolved_it_waits_again(desk: Desk) -> None:
    item, _intent = await desk.doubtful()
    desk.clock.forward(LEASE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    assert await desk.end(lease, State.NEW, delay=30, code="search-not-proven") is State.IN_DOUBT
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is None
    desk.clock.forward(30)
    again = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert again is not None
    assert again.item.id == item


async def test_a_person_asks_to_look_again(desk: Desk) -> None:
    """Also of one that no bot would look up any more. It stays in doubt, with its reason."""
    item, intent = await desk.doubtful()
    desk.clock.forward(LEASE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    why = {"code": "two-fit", "sentence": "Two entries are equal.", "delay": NEVER}
    assert await desk.end(lease, State.IN_DOUBT, **why) is State.IN_DOUBT
    assert await desk.queue.take_in_doubt(PROCESS, "w3", LEASE) is None
    before = await desk.look(item)
    with pytest.raises(BusinessException, match="changed-meanwhile"):
        await staff.look_again(desk.queue, item, "person/ann", "one was deleted", seen=before.updated - 1)
    await staff.look_again(desk.queue, item, "person/ann", "one was deleted", seen=before.updated)
    now, last = await desk.look(item), await desk.last(item)
    assert (now.state, now.code, now.sentence) == (State.IN_DOUBT, before.code, before.sentence)
    assert (last.who, last.why, last.before, last.after) == (
        *("person/ann", "one was deleted"),
        *(State.IN_DOUBT, State.IN_DOUBT),
    )
    again = await desk.queue.take_in_doubt(PROCESS, "w3", LEASE)
    assert again is not None
    assert again.intent == intent


async def test_what_is_not_in_doubt_is_not_looked_up_again(desk: Desk) -> None:
    item = await desk.done()
    with pytest.raises(BusinessException, match="wrong-state"):
        await staff.look_again(desk.queue, item, "person/ann", "to be sure")
