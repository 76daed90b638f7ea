"""The store's clock is set, forwards and back: nobody holds anything longer, no proof comes cheaper."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException, LeaseLost
from bots.engine.core.item import IntentStatus, State
from bots.engine.keying.clock_watch import TOLERANCE, ClockWatch
from tests import staff
from tests.absent import absence_of
from tests.contract.twin.memory import MemoryQueue

from .desk import LEASE, PROCESS, SETTLE, STEP, SYSTEM, WINDOW, Desk

HOUR = 3600.0


async def test_a_clock_set_back_makes_no_lease_longer(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(-HOUR)
    again = await desk.take("w2")
    assert again.item.id == lease.item.id
    with pytest.raises(LeaseLost):
        await desk.intend(lease)


async def test_a_clock_corrected_by_a_little_ends_no_lease(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(-0.5)
    assert await desk.queue.expire(PROCESS) == 0
    await desk.intend(lease)


async def test_a_clock_set_forward_ends_leases_early_and_nothing_else(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(HOUR)
    with pytest.raises(LeaseLost):
        await desk.intend(lease)
    assert (await desk.take("w2")).item.id == lease.item.id


async def test_a_clock_set_back_makes_no_session_longer(desk: Desk) -> None:
    """Whoever holds it may live: its time begins anew when somebody asks."""
    assert await desk.queue.take_licence(SYSTEM, 1, "dead", 60)
    desk.clock.forward(-HOUR)
    assert not await desk.queue.take_licence(SYSTEM, 1, "alive", 60)
    desk.clock.forward(60)
    assert await desk.queue.take_licence(SYSTEM, 1, "alive", 60)


async def test_a_clock_set_back_makes_no_sign_in_longer(desk: Desk) -> None:
    assert await desk.queue.begin_sign_in(SYSTEM, "svc", "dead", 30)
    desk.clock.forward(-HOUR)
    assert not await desk.queue.begin_sign_in(SYSTEM, "svc", "alive", 30)
    desk.clock.forward(30)
    assert await desk.queue.begin_sign_in(SYSTEM, "svc", "alive", 30)


async def test_after_a_leap_what_is_open_waits_its_whole_time(desk: Desk) -> None:
    """Forward: by the clock the save can arrive no more, in truth it was sent a moment ago."""
    item, intent = await desk.doubtful()
    desk.clock.forward(HOUR)
    await desk.queue.clock_was_set()
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is None
    with pytest.raises(BusinessException, match="too-early"):
        await staff.decide(desk.queue, item, "bob", "I looked", None)
    desk.clock.forward(WINDOW + SETTLE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    assert lease.intent is not None
    assert lease.intent.settled == desk.clock.now
    await desk.queue.close_intent(lease, intent, IntentStatus.ABSENT, "not there", absence_of(intent))


async def test_set_back_what_is_open_waits_no_longer_than_its_time(desk: Desk) -> None:
    await desk.doubtful()
    desk.clock.forward(-HOUR)
    await desk.queue.clock_was_set()
    assert await desk.queue.due_in(PROCESS) == WINDOW + SETTLE
    desk.clock.forward(WINDOW + SETTLE)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is not None


async def test_a_case_of_before_the_leap_proves_no_search_alive(desk: Desk) -> None:
    """Set back: an older case bears a later time than the intent in doubt."""
    await desk.done("ZZ0", "C-1")
    desk.clock.forward(-HOUR)
    await desk.queue.clock_was_set()
    item, intent = await desk.doubtful("ZZ1")
    assert await desk.queue.keyed_after(STEP, SYSTEM, intent.settled, item) is None
    desk.clock.forward(WINDOW + SETTLE + 1)
    later = await desk.done("ZZ2", "C-2")
    proof = await desk.queue.keyed_after(STEP, SYSTEM, intent.settled, item)
    assert proof is not None
    assert proof[0].id == later


async def test_without_a_leap_nothing_is_unsteady(desk: Desk) -> None:
    item, _ = await desk.doubtful()
    [intent] = await desk.queue.intents(item)
    assert intent.settled == intent.resolvable
    assert await desk.state(item) is State.IN_DOUBT


@pytest.mark.parametrize(("store", "own", "leapt"), [
    (10.0, 10.0, False),
    (10.0, 10.0 + TOLERANCE, False),
    (HOUR, 10.0, True),
    (-HOUR, 10.0, True),
    (10.0, HOUR, True),  # the machine of the store stood still
])  # fmt: skip
async def test_a_worker_notices_a_leap(store: float, own: float, leapt: bool) -> None:
    said: list[str] = []

    class Queue(MemoryQueue):
        async def clock_was_set(self) -> None:
            said.append("leapt")

    mine = 100.0
    watch = ClockWatch(Queue(), monotonic=lambda: mine)
    await watch.saw(1_000_000.0)
    mine += own
    await watch.saw(1_000_000.0 + store)
    assert bool(said) is leapt
