"""Fencing: whoever lost a lease can change nothing more, by any method, however it was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.errors import LeaseLost
from bots.engine.core.item import Ending, Intent, IntentStatus, Lease, State
from tests import staff
from tests.absent import absence_of

from .desk import LEASE, PROCESS, STEP, Desk

Write = Callable[[Desk, Lease, Intent], Awaitable[object]]
WRITES: dict[str, Write] = {
    "extend": lambda desk, lease, _: desk.queue.extend(lease, LEASE),
    "intend": lambda desk, lease, _: desk.intend(lease),
    "intend the next step": lambda desk, lease, _: desk.intend(lease, step="letter", system="post"),
    "refused": lambda desk, lease, intent: desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "no"),
    "absent": lambda desk, lease, intent: desk.queue.close_intent(
        lease, intent, IntentStatus.ABSENT, "no", absence_of(intent)
    ),
    "receipt": lambda desk, lease, intent: desk.receipt(lease, "C-100", intent),
    "receipt without intent": lambda desk, lease, _: desk.receipt(lease, "C-100"),
    "finish as new": lambda desk, lease, _: desk.end(lease, State.NEW),
    "finish as done": lambda desk, lease, _: desk.end(lease, State.DONE),
    "finish as exception": lambda desk, lease, _: desk.failed(lease),
    "finish in doubt": lambda desk, lease, _: desk.queue.finish(lease, Ending(state=State.IN_DOUBT), [STEP]),
}


async def ran_out(desk: Desk) -> None:
    """The lease is over, and nobody has noticed yet."""
    desk.clock.forward(LEASE)


async def cleared_up(desk: Desk) -> None:
    desk.clock.forward(LEASE)
    assert await desk.queue.expire(PROCESS) == 1


async def passed_on(desk: Desk) -> None:
    """Another worker resolves the very same item at this moment."""
    desk.clock.forward(LEASE)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", 10 * LEASE) is not None


async def decided(desk: Desk) -> None:
    """A person decided, and another worker keys it again."""
    desk.clock.forward(LEASE)
    await desk.queue.expire(PROCESS)
    [item] = await desk.queue.items(PROCESS)
    await staff.decide(desk.queue, item.id, "bob", "it is not there", None)
    await desk.take("w2")


LOST = (ran_out, cleared_up, passed_on, decided)


@pytest.mark.parametrize("lost", LOST, ids=lambda way: way.__name__)
@pytest.mark.parametrize("write", WRITES.values(), ids=list(WRITES))
async def test_a_lost_lease_changes_nothing(
    desk: Desk, write: Write, lost: Callable[[Desk], Awaitable[None]]
) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    await lost(desk)
    before = await desk.picture()
    with pytest.raises(LeaseLost):
        await write(desk, lease, intent)
    assert await desk.picture() == before


async def test_the_lease_is_lost_although_no_intent_was_written(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(LEASE)
    again = await desk.take("w2")
    before = await desk.picture()
    with pytest.raises(LeaseLost):
        await desk.intend(lease)
    with pytest.raises(LeaseLost):
        await desk.end(lease, State.NEW)
    assert await desk.picture() == before
    assert await desk.end(again, State.NEW) is State.NEW


async def test_a_lease_ends_once(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.end(lease, State.NEW)
    before = await desk.picture()
    with pytest.raises(LeaseLost):
        await desk.end(lease, State.NEW)
    assert await desk.picture() == before


async def test_the_same_worker_has_no_way_back(desk: Desk) -> None:
    """Fenced by the token, not by the worker's name."""
    old = await desk.leased()
    await desk.end(old, State.NEW)
    await desk.take(old.worker)
    with pytest.raises(LeaseLost):
        await desk.intend(old)


async def test_another_items_intent_cannot_be_closed(desk: Desk) -> None:
    _item, intent = await desk.doubtful("ZZ1")
    lease = await desk.leased("ZZ2")
    before = await desk.picture()
    with pytest.raises((LeaseLost, ValueError)):
        await desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "not mine")
    with pytest.raises((LeaseLost, ValueError)):
        await desk.receipt(lease, "C-100", intent)
    assert await desk.picture() == before
