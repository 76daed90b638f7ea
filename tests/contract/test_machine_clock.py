"""What the store's clock does to waiting when somebody sets it: what holds, and what does not hold yet.

The machine in `machine_rules` shows that nothing is keyed twice by leases under any jump. Here is the other
half: that nothing waits longer than it should after the clock went back, and that nothing is believed that
only the clock says. What does not hold today is marked so, with the reason; when it is mended, the mark fails
and must go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.item import State
from tests import staff

from .desk import LEASE, PROCESS, SETTLE, STEP, SYSTEM, WINDOW, Desk

HOUR = 3600.0


def set_back(desk: Desk, seconds: float = HOUR) -> None:
    desk.clock.forward(-seconds)


# ---- what holds ------------------------------------------------------------------------------
@pytest.mark.parametrize("jump", [-1.0, 1.0])
async def test_a_living_worker_keeps_what_it_has(desk: Desk, jump: float) -> None:
    """A small step of the clock, as machines take it every day, takes no item from a worker."""
    lease = await desk.leased()
    desk.clock.forward(jump)
    lease = await desk.queue.extend(lease, LEASE)
    await desk.keyed(lease, "C-100")
    await desk.keyed(lease, "L-100", step="letter")
    assert await desk.end(lease, State.DONE) is State.DONE


async def test_a_jump_forwards_ends_leases_and_nothing_worse(desk: Desk) -> None:
    """The worker is told at its next write, and another one begins anew."""
    lease = await desk.leased()
    desk.clock.forward(HOUR)
    again = await desk.take("w2")
    assert again.item.id == lease.item.id
    assert again.token > lease.token
    await desk.keyed(again, "C-100")


async def test_an_open_intent_outlives_every_jump(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    for jump in (HOUR, -2 * HOUR, 3 * HOUR):
        desk.clock.forward(jump)
        await desk.queue.expire(PROCESS)
        assert await desk.state(lease.item.id) is State.IN_DOUBT
        assert [i.id for i in await desk.queue.intents(lease.item.id)] == [intent.id]


# ---- nothing waits longer by the jump ---------------------------------------------------------
def not_yet(why: str) -> pytest.MarkDecorator:
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=why)


async def test_a_dead_workers_item_is_taken_in_time_although_the_clock_went_back(desk: Desk) -> None:
    lease = await desk.leased()
    set_back(desk)
    desk.clock.forward(LEASE)  # the whole lease is over for anybody who looks at another clock
    again = await desk.queue.take(PROCESS, "w2", LEASE)
    assert again is not None
    assert again.item.id == lease.item.id


async def test_due_in_is_never_longer_than_the_lease_although_the_clock_went_back(desk: Desk) -> None:
    await desk.leased()
    set_back(desk)
    due = await desk.queue.due_in(PROCESS)
    assert due is not None
    assert due <= LEASE


async def test_a_dead_sessions_licence_comes_back_although_the_clock_went_back(desk: Desk) -> None:
    await desk.queue.take_licence(SYSTEM, 1, "dead", 60)
    set_back(desk)
    assert not await desk.queue.take_licence(SYSTEM, 1, "other", 60), "its holder may live"
    desk.clock.forward(60)
    assert await desk.queue.take_licence(SYSTEM, 1, "other", 60)


async def test_a_dead_sign_in_frees_its_account_although_the_clock_went_back(desk: Desk) -> None:
    await desk.queue.begin_sign_in(SYSTEM, "svc", "dead", 60)
    set_back(desk)
    assert not await desk.queue.begin_sign_in(SYSTEM, "svc", "other", 60)
    desk.clock.forward(60)
    assert await desk.queue.begin_sign_in(SYSTEM, "svc", "other", 60)


async def test_a_doubt_is_looked_up_in_time_although_the_clock_went_back(desk: Desk) -> None:
    await desk.doubtful()
    set_back(desk)
    await desk.queue.clock_was_set()  # a worker noticed: see ClockWatch
    desk.clock.forward(WINDOW + SETTLE)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is not None


@not_yet("a hand-in is answered again when an item moved later than the answer, by the store's clock")
async def test_a_hand_in_is_answered_again_although_the_clock_went_back(desk: Desk) -> None:
    """Otherwise the sender is never told that a person withdrew or reopened a row."""
    item = await desk.add("ZZ1", code="no-uprn", sentence="No property.")
    [batch] = await desk.queue.unanswered(PROCESS)
    await desk.queue.answered(batch.id, await desk.queue.now())
    set_back(desk)
    await staff.withdraw(desk.queue, item, "bob", "not needed")
    assert [b.id for b in await desk.queue.unanswered(PROCESS)] == [batch.id]


# ---- nothing is believed too early --------------------------------------------------------------
async def test_an_older_commit_does_not_prove_a_search_alive_although_the_clock_went_back(desk: Desk) -> None:
    """A search that shows only what is old would seem alive, the intent be called absent, and keyed twice."""
    lease = await desk.leased("ZZ1")
    await desk.keyed(lease, "C-1")
    await desk.failed(lease)
    set_back(desk)
    await desk.queue.clock_was_set()
    doubtful, intent = await desk.doubtful("ZZ2")
    assert await desk.queue.keyed_after(STEP, SYSTEM, intent.resolvable, doubtful) is None


Waits = Callable[[Desk], Awaitable[bool]]


async def _second_session(desk: Desk) -> bool:
    await desk.queue.take_licence(SYSTEM, 1, "alive", 60)
    desk.clock.forward(HOUR)
    return await desk.queue.take_licence(SYSTEM, 1, "other", 60)


async def _second_sign_in(desk: Desk) -> bool:
    await desk.queue.begin_sign_in(SYSTEM, "svc", "alive", 60)
    desk.clock.forward(HOUR)
    return await desk.queue.begin_sign_in(SYSTEM, "svc", "other", 60)


async def _looked_up(desk: Desk) -> bool:
    await desk.doubtful()
    desk.clock.forward(HOUR)
    return await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is not None


@pytest.mark.parametrize("too_early", [_second_session, _second_sign_in, _looked_up])
async def test_a_jump_forwards_ends_what_no_token_fences_too(desk: Desk, too_early: Waits) -> None:
    """A jump forwards cannot be told from time that passed. What it ends early is listed here, because no
    fence stands behind it: one session too many, two at one account, a doubt that is looked up while the
    change can still arrive. The database's machine must not be set forwards while workers run."""
    assert await too_early(desk)
