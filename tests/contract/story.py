"""A store in which everything happened that can happen to an item: what the audit is tried on."""

from __future__ import annotations

from bots.engine.core.item import HIDDEN, IntentStatus, State
from tests import staff
from tests.absent import absence_of

from .desk import LEASE, PROCESS, SECOND, STEP, Desk, row


async def story(desk: Desk) -> dict[str, str]:
    """The items by what became of them."""
    found = {
        "done": await desk.done("ZZ1", "C-1"),
        "both steps": await _both_steps(desk),
        "corrected": await _corrected(desk),
        "changed": await _changed(desk),
        "by hand": await _by_hand(desk),
        "decided": await _decided(desk, "C-5"),
        "not saved": await _decided(desk, None),
        "retracted": await _retracted(desk),
        "confirmed": await _confirmed(desk),
        "found absent": await _absent(desk),
        "ran out": await _ran_out(desk),
    }
    found["in doubt"], _ = await desk.doubtful("ZZ12")
    found["hidden"] = await desk.add("ZZ13", code=HIDDEN, sentence="Hidden.", detail={"fields": ["uprn"]})
    desk.batches.clear()
    await desk.hand_in(row("ZZ1"), row("ZZ14"), row("ZZ13"))
    found["taken"] = (await desk.take()).item.id
    return found


async def _both_steps(desk: Desk) -> str:
    lease = await desk.leased("ZZ2")
    await desk.keyed(lease, "C-2")
    intent = await desk.intend(lease, SECOND, "post", account="svc-post")
    await desk.receipt(lease, "L-2", intent, SECOND, account="svc-post", evidence="e1")
    await desk.end(lease, State.DONE, steps=(STEP, SECOND))
    return lease.item.id


async def _corrected(desk: Desk) -> str:
    item = await desk.add("ZZ3")
    desk.batches.clear()
    await desk.add("ZZ3", "200")
    lease = await desk.take()
    await desk.failed(lease)
    await staff.retry(desk.queue, item, "bob", "the property was wrong", {"uprn": "300"})
    await staff.defer(desk.queue, item, "bob", "not this year", 1e7)
    return item


async def _changed(desk: Desk) -> str:
    lease = await desk.leased("ZZ4")
    await desk.keyed(lease, "C-4")
    await desk.add("ZZ4", "999")
    await desk.end(lease, State.DONE)
    await desk.add("ZZ4", "998")
    return lease.item.id


async def _by_hand(desk: Desk) -> str:
    item = await desk.add("ZZ5")
    await staff.withdraw(desk.queue, item, "bob", "keyed by hand", "C-hand")
    return item


async def _decided(desk: Desk, reference: str | None) -> str:
    item, _ = await desk.doubtful(f"ZZ6{reference}")
    desk.clock.forward(LEASE)
    await staff.decide(desk.queue, item, "bob", "I looked", reference)
    await staff.withdraw(desk.queue, item, "bob", "enough of it")
    return item


async def _retracted(desk: Desk) -> str:
    item, _ = await desk.doubtful("ZZ7")
    desk.clock.forward(LEASE)
    await staff.decide(desk.queue, item, "bob", "I looked", "C-wrong")
    lease = await desk.take()
    await desk.queue.retract(lease, STEP, "it is another case")
    await desk.failed(lease)
    return item


async def _confirmed(desk: Desk) -> str:
    item, _ = await desk.doubtful("ZZ8")
    desk.clock.forward(LEASE)
    await staff.decide(desk.queue, item, "bob", "I looked", "C-8")
    lease = await desk.take()
    await desk.queue.confirm(lease, STEP, {"uprn": "100"})
    await desk.end(lease, State.DONE)
    return item


async def _absent(desk: Desk) -> str:
    lease = await desk.leased("ZZ9")
    refused = await desk.intend(lease)
    await desk.queue.close_intent(lease, refused, IntentStatus.REFUSED, "the target said no")
    await desk.intend(lease)
    await desk.end(lease, State.IN_DOUBT, writer_closed=True, delay=1.0)
    desk.clock.forward(LEASE)
    again = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert again is not None
    assert again.intent is not None
    await desk.queue.close_intent(
        again, again.intent, IntentStatus.ABSENT, "not there", absence_of(again.intent)
    )
    await desk.end(again, State.EXCEPTION, code="not-kept", sentence="It does not keep it.")
    return lease.item.id


async def _ran_out(desk: Desk) -> str:
    lease = await desk.leased("ZZ10")
    desk.clock.forward(LEASE)
    await desk.queue.expire(PROCESS)
    await staff.withdraw(desk.queue, lease.item.id, "bob", "not needed")
    return lease.item.id
