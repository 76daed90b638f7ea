"""The intent: written before the commit, or the commit does not happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.core.errors import Busy, Held, LeaseLost
from bots.engine.core.item import IntentStatus, State
from tests.absent import absence_of

from .desk import LEASE, PROCESS, SETTLE, STEP, STEPS, SYSTEM, WINDOW, Desk


async def test_an_intent_says_what_was_about_to_happen(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease, digest="d7", seen=["C-1", "C-2"])
    assert (intent.item, intent.step, intent.system) == (lease.item.id, STEP, SYSTEM)
    assert (intent.token, intent.digest, intent.seen) == (lease.token, "d7", ("C-1", "C-2"))
    assert intent.recorded == desk.clock.now
    assert intent.deadline == desk.clock.now + WINDOW
    assert intent.resolvable == desk.clock.now + WINDOW + SETTLE
    assert intent.status is IntentStatus.OPEN
    assert await desk.queue.intents(lease.item.id) == [intent]


async def test_a_lease_that_does_not_outlast_the_window_refuses(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(LEASE - WINDOW + 1)
    with pytest.raises(LeaseLost):
        await desk.intend(lease)
    assert await desk.queue.intents(lease.item.id) == []
    assert await desk.intend(lease, window=WINDOW - 1)


async def test_a_record_that_is_not_the_stored_one_refuses(desk: Desk) -> None:
    """The worker keyed other data than the store holds, however that came about."""
    lease = await desk.leased()
    other = replace(lease, item=replace(lease.item, digest="0" * 16))
    with pytest.raises(LeaseLost):
        await desk.intend(other)
    assert await desk.intend(lease)


@pytest.mark.parametrize("scope", ["all", f"process:{PROCESS}", f"system:{SYSTEM}"])
async def test_a_hold_refuses_until_it_is_released(desk: Desk, scope: str) -> None:
    lease = await desk.leased()
    await desk.queue.hold(scope, "bob", "the target is being restored")
    with pytest.raises(Held, match=scope) as refusal:
        await desk.intend(lease)
    assert "restored" not in str(refusal.value), "a person's words stay in the store"
    assert await desk.queue.intents(lease.item.id) == []
    await desk.queue.release(scope, "bob", "restored")
    assert await desk.intend(lease)


@pytest.mark.parametrize("scope", ["process:tree-reports", "system:post"])
async def test_a_hold_elsewhere_does_not_refuse(desk: Desk, scope: str) -> None:
    await desk.queue.hold(scope, "bob", "not this one")
    assert await desk.intend(await desk.leased())


async def test_only_one_intent_is_open(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    for step, system in ((STEP, SYSTEM), ("letter", "post")):
        with pytest.raises(LeaseLost):
            await desk.intend(lease, step=step, system=system)
    assert await desk.queue.intents(lease.item.id) == [intent]


async def test_a_step_with_its_receipt_is_not_committed_again(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    with pytest.raises(LeaseLost):
        await desk.intend(lease)
    assert await desk.intend(lease, step="letter", system="post")


async def test_refused_closes_and_another_may_follow(desk: Desk) -> None:
    lease = await desk.leased()
    first = await desk.intend(lease)
    await desk.queue.close_intent(lease, first, IntentStatus.REFUSED, "duplicate-case")
    second = await desk.intend(lease)
    statuses = {intent.id: intent.status for intent in await desk.queue.intents(lease.item.id)}
    assert statuses == {first.id: IntentStatus.REFUSED, second.id: IntentStatus.OPEN}


async def test_absent_waits_until_the_change_can_no_longer_arrive(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    desk.clock.forward(WINDOW + SETTLE - 1)
    with pytest.raises(ValueError, match="could still arrive"):
        await desk.queue.close_intent(lease, intent, IntentStatus.ABSENT, "not found", absence_of(intent))
    desk.clock.forward(1)
    await desk.queue.close_intent(lease, intent, IntentStatus.ABSENT, "not found", absence_of(intent))
    assert [i.status for i in await desk.queue.intents(lease.item.id)] == [IntentStatus.ABSENT]


@pytest.mark.parametrize("wrong", [{"step": "letter"}, {"key": "of another"}, {"asked": 0.0}, None], ids=str)
async def test_absent_wants_the_proof_of_this_very_case(desk: Desk, wrong: dict[str, Any] | None) -> None:
    """A proof that was begun while the change could still arrive is none either."""
    lease = await desk.leased()
    intent = await desk.intend(lease)
    desk.clock.forward(WINDOW + SETTLE)
    proof = None if wrong is None else replace(absence_of(intent), **wrong)
    with pytest.raises(ValueError, match=r"proof|when the target was asked"):
        await desk.queue.close_intent(lease, intent, IntentStatus.ABSENT, "not found", proof)
    assert await desk.queue.intents(lease.item.id) == [intent]


async def test_what_the_target_said_of_a_save_is_kept(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    assert await desk.queue.said(intent) is None
    await desk.queue.note_said(lease, intent, "C-7")
    assert await desk.queue.said(intent) == "C-7"
    await desk.end(lease, State.IN_DOUBT)
    assert await desk.queue.said(intent) == "C-7"


async def test_that_a_target_refuses_is_known_once_it_did(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    assert not await desk.queue.refused_before(SYSTEM, STEP, "duplicate-case")
    await desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "duplicate-case")
    assert await desk.queue.refused_before(SYSTEM, STEP, "duplicate-case")
    assert not await desk.queue.refused_before(SYSTEM, STEP, "another")
    assert not await desk.queue.refused_before("post", STEP, "duplicate-case")


@pytest.mark.parametrize("status", [IntentStatus.OPEN, IntentStatus.RECEIPTED])
async def test_an_intent_is_not_closed_as_if_it_had_a_receipt(desk: Desk, status: IntentStatus) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    with pytest.raises(ValueError, match="closed as"):
        await desk.queue.close_intent(lease, intent, status, "believe me")
    assert await desk.queue.intents(lease.item.id) == [intent]


async def test_an_intent_closes_once(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    await desk.receipt(lease, "C-100", intent)
    before = await desk.picture()
    with pytest.raises(LeaseLost):
        await desk.queue.close_intent(lease, intent, IntentStatus.REFUSED, "no")
    assert await desk.picture() == before


async def test_no_two_items_save_the_very_same_values_at_once(desk: Desk) -> None:
    """Both looked before either saved: the second one waits, and then finds what the first one saved."""
    lease = await desk.leased("ZZ1")
    intent = await desk.intend(lease, digest="same")
    other = await desk.leased("ZZ2")
    with pytest.raises(Busy) as refusal:
        await desk.intend(other, digest="same")
    assert refusal.value.code == "same-values-in-doubt"
    assert await desk.queue.intents(other.item.id) == []
    assert await desk.queue.rivals(STEP, SYSTEM, "same", other.item.id) == 1
    assert await desk.queue.rivals(STEP, SYSTEM, "same", lease.item.id) == 0
    assert await desk.queue.rivals("letter", "post", "same", other.item.id) == 0
    await desk.receipt(lease, "C-100", intent)
    with pytest.raises(Busy) as refusal:
        await desk.intend(other, digest="same", seen=["C-1"])
    assert refusal.value.code == "same-case-saved", "it looked before the other one saved"
    assert await desk.queue.intents(other.item.id) == []
    await desk.intend(other, digest="same", seen=["C-1", "C-100"])
    assert await desk.state(lease.item.id) is State.IN_PROGRESS


async def test_what_another_step_saved_is_no_rival(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.receipt(lease, "C-100", await desk.intend(lease, digest="same"))
    other = await desk.leased("ZZ2")
    (_, _), (letter, post) = STEPS[PROCESS]
    await desk.intend(other, step=letter, system=post, digest="same")
