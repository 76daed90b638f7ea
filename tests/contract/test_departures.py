"""What leaves of a commit is written down before its first byte, or it does not leave."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.engine.core.errors import Held, LeaseLost
from bots.engine.core.item import IntentStatus, Lease, State
from bots.engine.core.sent import Fate, Sent

from .desk import LEASE, PROCESS, SYSTEM, WINDOW, Desk

SAVE = Sent(
    intent="",
    number=1,
    of=2,
    method="POST",
    host="127.0.0.1:80",
    path="/cases/{part}",
    names=("uprn", "note"),
    size=31,
)


async def of_an_intent(desk: Desk) -> tuple[Lease, Sent]:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    return lease, replace(SAVE, intent=intent.id)


async def test_it_left_and_was_answered(desk: Desk) -> None:
    lease, save = await of_an_intent(desk)
    await desk.queue.note_left(lease, save)
    left = replace(save, left=desk.clock.now)
    assert await desk.queue.sent(lease.item.id) == [left]
    assert left.fate is Fate.LEFT
    desk.clock.forward(1)
    await desk.queue.note_ended(lease, replace(save, status=303))
    [kept] = await desk.queue.sent(lease.item.id)
    assert (kept.left, kept.ended, kept.status) == (left.left, desk.clock.now, 303)
    assert kept.fate is Fate.ANSWERED


async def test_one_of_two_was_cut(desk: Desk) -> None:
    lease, save = await of_an_intent(desk)
    second = replace(save, number=2, path="/dispatch")
    await desk.queue.note_left(lease, save)
    await desk.queue.note_ended(lease, replace(save, status=200))
    await desk.queue.note_left(lease, second)
    await desk.queue.note_ended(lease, second)
    kept = await desk.queue.sent(lease.item.id)
    assert [(one.number, one.path, one.fate) for one in kept] == [
        (1, "/cases/{part}", Fate.ANSWERED),
        (2, "/dispatch", Fate.CUT),
    ]


@pytest.mark.parametrize("left", [True, False])
async def test_a_refusal_is_told_when_its_worker_ends_before_it_could(desk: Desk, left: bool) -> None:
    """Otherwise the target's word alone would have the item keyed again. What never left is nobody's."""
    lease = await desk.leased()
    intent = await desk.intend(lease)
    if left:
        await desk.queue.note_left(lease, replace(SAVE, intent=intent.id))
    await desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "duplicate")
    desk.clock.forward(LEASE)
    assert await desk.queue.expire(PROCESS) == 1
    found = await desk.queue.item(lease.item.id)
    assert found is not None
    assert (found.state, found.code) == ((State.EXCEPTION, "duplicate") if left else (State.NEW, None))
    assert bool(found.sentence) is left


async def test_it_outlives_its_worker(desk: Desk) -> None:
    lease, save = await of_an_intent(desk)
    await desk.queue.note_left(lease, save)
    desk.clock.forward(LEASE + 1)
    assert await desk.queue.expire(PROCESS) == 1
    assert (await desk.look(lease.item.id)).state is State.IN_DOUBT
    [kept] = await desk.queue.sent(lease.item.id)
    assert kept.fate is Fate.LEFT


async def test_without_the_lease_it_does_not_leave(desk: Desk) -> None:
    lease, save = await of_an_intent(desk)
    desk.clock.forward(LEASE + 1)
    with pytest.raises(LeaseLost):
        await desk.queue.note_left(lease, save)
    assert await desk.queue.sent(lease.item.id) == []


async def test_after_its_time_it_does_not_leave(desk: Desk) -> None:
    """By the store's clock, whatever the worker's own says."""
    lease, save = await of_an_intent(desk)
    desk.clock.forward(WINDOW + 1)
    with pytest.raises(LeaseLost):
        await desk.queue.note_left(lease, save)


async def test_without_its_intent_it_does_not_leave(desk: Desk) -> None:
    lease, save = await of_an_intent(desk)
    with pytest.raises(LeaseLost):
        await desk.queue.note_left(lease, replace(save, intent="another"))
    [intent] = await desk.queue.intents(lease.item.id)
    await desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "not fired")
    with pytest.raises(LeaseLost):
        await desk.queue.note_left(lease, save)


@pytest.mark.parametrize("scope", ["all", f"process:{PROCESS}", f"system:{SYSTEM}"])
async def test_a_hold_of_the_last_moment_counts(desk: Desk, scope: str) -> None:
    lease, save = await of_an_intent(desk)
    await desk.queue.hold(scope, "bob", "stop")
    with pytest.raises(Held):
        await desk.queue.note_left(lease, save)
    await desk.queue.release(scope, "bob", "go on")
    await desk.queue.note_left(lease, save)
