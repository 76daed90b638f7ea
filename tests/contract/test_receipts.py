"""Receipts: one entry of a target proves one step of one item."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException, LeaseLost
from bots.engine.core.item import IntentStatus, Receipt, State
from tests import staff

from .desk import PROCESS, STEP, SYSTEM, Desk


async def test_a_receipt_closes_its_intent(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    desk.clock.forward(5)
    kept = await desk.receipt(lease, "C-100", intent, evidence="e1.json")
    assert (kept.item, kept.step, kept.reference) == (lease.item.id, STEP, "C-100")
    assert (kept.at, kept.intent, kept.evidence) == (desk.clock.now, intent.id, "e1.json")
    assert await desk.queue.receipts(PROCESS) == [kept]
    assert await desk.queue.receipts_of(kept.item) == [kept]
    assert await desk.queue.receipts_of("missed-bins-nothing") == []
    assert [i.status for i in await desk.queue.intents(lease.item.id)] == [IntentStatus.RECEIPTED]
    assert await desk.queue.owner(SYSTEM, STEP, "C-100") == lease.item.id
    assert await desk.queue.owner(SYSTEM, STEP, "C-101") is None


async def test_an_entry_belongs_to_one_item(desk: Desk) -> None:
    first = await desk.done("ZZ1", "C-100")
    lease = await desk.leased("ZZ2")
    intent = await desk.intend(lease)
    before = await desk.picture()
    with pytest.raises(BusinessException) as refusal:
        await desk.receipt(lease, "C-100", intent)
    assert refusal.value.code == "already-in-target"
    assert refusal.value.detail == {"item": first}
    assert await desk.picture() == before
    assert await desk.receipt(lease, "C-101", intent)


async def test_the_same_reference_of_another_step_is_another_entry(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "100")
    await desk.keyed(lease, "100", step="letter")
    assert await desk.end(lease, State.DONE, steps=(STEP, "letter")) is State.DONE


async def test_a_receipt_that_is_kept_twice_is_kept_once(desk: Desk) -> None:
    """The answer to the first call was lost on its way to the worker."""
    lease = await desk.leased()
    intent = await desk.intend(lease)
    kept = await desk.receipt(lease, "C-100", intent)
    desk.clock.forward(1)
    assert await desk.receipt(lease, "C-100", intent) == kept
    assert await desk.queue.receipts(PROCESS) == [kept]


async def test_a_step_has_one_receipt(desk: Desk) -> None:
    lease = await desk.leased()
    kept = await desk.keyed(lease, "C-100")
    with pytest.raises(BusinessException) as refusal:
        await desk.receipt(lease, "C-101")
    assert refusal.value.code == "second-receipt"
    assert await desk.queue.receipts(PROCESS) == [kept]


async def test_a_receipt_for_another_item_than_the_leased_one(desk: Desk) -> None:
    other = await desk.add("ZZ0")
    mine = await desk.take()
    assert mine.item.id == other
    lease = await desk.leased("ZZ1")
    false = Receipt(item=other, step=STEP, system=SYSTEM, reference="C-100", values={})
    with pytest.raises(ValueError, match="other item"):
        await desk.queue.record_receipt(lease, false, None)
    assert await desk.queue.receipts(PROCESS) == []


async def test_a_receipt_of_another_step_does_not_close_the_intent(desk: Desk) -> None:
    lease = await desk.leased()
    intent = await desk.intend(lease)
    with pytest.raises(ValueError, match="other step"):
        await desk.receipt(lease, "L-1", intent, step="letter")
    assert await desk.queue.intents(lease.item.id) == [intent]
    assert await desk.queue.receipts(PROCESS) == []


async def test_keyed_after_proves_that_a_search_is_alive(desk: Desk) -> None:
    doubtful, intent = await desk.doubtful("ZZ1")

    async def proof() -> str | None:
        found = await desk.queue.keyed_after(STEP, SYSTEM, intent.recorded, doubtful)
        return found[1].reference if found else None

    same_moment = await desk.leased("ZZ2")
    await desk.keyed(same_moment, "C-2")
    assert await proof() is None, "recorded at the same moment is not after"
    desk.clock.forward(10)
    adopted = await desk.leased("ZZ3")
    await desk.receipt(adopted, "C-3", adopted=True)
    assert await proof() is None, "what we did not commit proves nothing"
    await desk.keyed(await desk.leased("ZZ4"), "C-4")
    assert await proof() == "C-4"
    desk.clock.forward(10)
    item = await desk.done("ZZ5", "C-5")
    found = await desk.queue.keyed_after(STEP, SYSTEM, intent.recorded, doubtful)
    assert found is not None
    assert (found[0].id, found[1].reference) == (item, "C-5")
    assert await desk.queue.keyed_after(STEP, SYSTEM, desk.clock.now, doubtful) is None
    assert (await desk.queue.keyed_after(STEP, SYSTEM, intent.recorded, item) or [None])[0] != item
    assert await desk.queue.keyed_after("letter", "post", 0, doubtful) is None


async def test_a_persons_word_is_confirmed_by_the_target(desk: Desk) -> None:
    await _on_a_persons_word(desk)
    lease = await desk.take()
    assert not lease.receipts[STEP].proven
    await desk.queue.confirm(lease, STEP, {"name": "A. Sample"})
    assert await desk.end(lease, State.DONE) is State.DONE
    assert [receipt.proven for receipt in await desk.queue.receipts(PROCESS)] == [True]


async def test_a_persons_word_is_taken_back(desk: Desk) -> None:
    item = await _on_a_persons_word(desk)
    lease = await desk.take()
    await desk.queue.retract(lease, STEP, "another case stands there")
    assert await desk.queue.receipts(PROCESS) == []
    assert (await desk.queue.history(item))[-1].code == "receipt-retracted"
    with pytest.raises(ValueError, match="no receipt"):
        await desk.end(lease, State.DONE)


async def test_a_proven_receipt_is_never_taken_back(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    with pytest.raises(ValueError, match="person's word"):
        await desk.queue.retract(lease, STEP, "no reason")
    assert len(await desk.queue.receipts(PROCESS)) == 1


async def test_an_old_lease_confirms_nothing(desk: Desk) -> None:
    await _on_a_persons_word(desk)
    lease = await desk.take()
    desk.clock.forward(10_000)
    for write in (desk.queue.confirm(lease, STEP, {"a": "b"}), desk.queue.retract(lease, STEP, "late")):
        with pytest.raises(LeaseLost):
            await write
    assert [receipt.proven for receipt in await desk.queue.receipts(PROCESS)] == [False]


async def _on_a_persons_word(desk: Desk) -> str:
    lease = await desk.leased()
    await desk.intend(lease)
    await desk.end(lease, State.IN_DOUBT)
    desk.clock.forward(10_000)
    await staff.decide(desk.queue, lease.item.id, "person/sample", "I looked", "C-100")
    return lease.item.id
