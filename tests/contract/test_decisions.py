"""What people decide, and everything that is refused to them with a sentence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import IntentStatus, Receipt, State
from tests import staff

from .desk import LEASE, PROCESS, SETTLE, STEP, SYSTEM, WINDOW, Desk


async def refused(decision: Awaitable[object]) -> str:
    """The code of a refusal, which always brings a sentence."""
    with pytest.raises(BusinessException) as refusal:
        await decision
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


async def excepted(desk: Desk, reference: str = "ZZ1") -> str:
    lease = await desk.leased(reference)
    await desk.failed(lease)
    return lease.item.id


async def in_progress(desk: Desk) -> str:
    return (await desk.leased()).item.id


async def in_doubt(desk: Desk) -> str:
    return (await desk.doubtful())[0]


async def awaiting(desk: Desk) -> str:
    lease = await desk.leased()
    await desk.end(lease, State.AWAITING_APPROVAL)
    return lease.item.id


async def withdrawn(desk: Desk) -> str:
    item = await desk.add("ZZ1")
    await staff.withdraw(desk.queue, item, "bob", "not needed")
    return item


async def new(desk: Desk) -> str:
    return await desk.add("ZZ1")


async def done(desk: Desk) -> str:
    return await desk.done()


Reach = Callable[[Desk], Awaitable[str]]
Decision = Callable[[Desk, str], Awaitable[None]]
DECISIONS: dict[str, Decision] = {
    "retry": lambda desk, item: staff.retry(desk.queue, item, "bob", "why"),
    "retry with data": lambda desk, item: staff.retry(desk.queue, item, "bob", "why", {"uprn": "7"}),
    "defer": lambda desk, item: staff.defer(desk.queue, item, "bob", "why", 60),
    "withdraw": lambda desk, item: staff.withdraw(desk.queue, item, "bob", "why"),
    "keyed by hand": lambda desk, item: staff.withdraw(desk.queue, item, "bob", "why", "C-500"),
    "decide": lambda desk, item: staff.decide(desk.queue, item, "bob", "why", None),
    "decide there": lambda desk, item: staff.decide(desk.queue, item, "bob", "why", "C-500"),
}
REFUSED_IN: list[tuple[str, Reach]] = [
    *[(name, reach) for name in DECISIONS for reach in (in_progress, done, withdrawn)],
    *[(name, new) for name in ("retry", "retry with data", "decide", "decide there")],
    *[(name, in_doubt) for name in ("retry", "retry with data", "defer", "withdraw", "keyed by hand")],
    *[(name, excepted) for name in ("decide", "decide there")],
    *[(name, awaiting) for name in ("retry", "retry with data", "defer", "decide", "decide there")],
]


@pytest.mark.parametrize(
    ("name", "reach"), REFUSED_IN, ids=[f"{name}-{reach.__name__}" for name, reach in REFUSED_IN]
)
async def test_a_decision_in_the_wrong_state_is_refused(desk: Desk, name: str, reach: Reach) -> None:
    item = await reach(desk)
    before = await desk.picture()
    assert await refused(DECISIONS[name](desk, item)) == "wrong-state"
    assert await desk.picture() == before


@pytest.mark.parametrize("name", DECISIONS)
async def test_a_decision_on_nothing_is_refused(desk: Desk, name: str) -> None:
    assert await refused(DECISIONS[name](desk, "missed-bins-nothing")) == "unknown-item"


SEEN: list[tuple[str, Reach]] = [
    ("retry", excepted),
    ("retry with data", excepted),
    ("defer", excepted),
    ("withdraw", excepted),
    ("approve", awaiting),
    ("decline", awaiting),
    ("decide", in_doubt),
]


async def decided(desk: Desk, name: str, item: str, seen: float) -> None:
    queue = desk.queue
    match name:
        case "retry":
            await staff.retry(queue, item, "bob", "why", seen=seen)
        case "retry with data":
            await staff.retry(queue, item, "bob", "why", {"uprn": "7"}, seen=seen)
        case "defer":
            await staff.defer(queue, item, "bob", "why", 60, seen=seen)
        case "withdraw":
            await staff.withdraw(queue, item, "bob", "why", seen=seen)
        case "approve":
            await staff.approve(queue, item, "bob", "why", seen=seen)
        case "decline":
            await staff.decline(queue, item, "bob", "why", seen=seen)
        case _:
            await staff.decide(queue, item, "bob", "why", None, seen=seen)


@pytest.mark.parametrize(("name", "reach"), SEEN, ids=[name for name, _ in SEEN])
async def test_a_change_made_meanwhile_is_not_overwritten(desk: Desk, name: str, reach: Reach) -> None:
    item = await reach(desk)
    desk.clock.now += WINDOW + SETTLE + 1
    seen = (await desk.look(item)).updated
    before = await desk.picture()
    assert await refused(decided(desk, name, item, seen - 1)) == "changed-meanwhile"
    assert await desk.picture() == before
    await decided(desk, name, item, seen)
    assert (await desk.look(item)).updated >= seen


async def test_of_two_who_saw_the_same_one_decides(desk: Desk) -> None:
    item = await excepted(desk)
    seen = (await desk.look(item)).updated
    desk.clock.now += 1
    await staff.retry(desk.queue, item, "ann", "the property exists now", seen=seen)
    assert (
        await refused(staff.withdraw(desk.queue, item, "bob", "not needed", seen=seen)) == "changed-meanwhile"
    )
    assert (await desk.look(item)).state is State.NEW


async def test_retry_makes_it_new(desk: Desk) -> None:
    item = await excepted(desk)
    await staff.retry(desk.queue, item, "bob", "the property exists now")
    held = await desk.look(item)
    assert (held.state, held.attempts, held.version, held.code) == (State.NEW, 0, 1, None)
    assert (await desk.take()).item.id == item


async def test_retry_with_a_correction_is_the_next_version(desk: Desk) -> None:
    item = await excepted(desk)
    before = await desk.look(item)
    await staff.retry(desk.queue, item, "bob", "a digit was missing", {"uprn": "1001"})
    held = await desk.look(item)
    assert (held.id, held.version, held.data) == (item, 2, {"uprn": "1001"})
    assert held.digest != before.digest
    assert await desk.intend(await desk.take())


async def test_retry_with_the_same_data_is_the_same_version(desk: Desk) -> None:
    item = await excepted(desk)
    await staff.retry(desk.queue, item, "bob", "again", {"uprn": "100"})
    assert (await desk.look(item)).version == 1


async def test_a_correction_after_a_first_receipt_is_refused(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    await desk.failed(lease)
    assert await refused(staff.retry(desk.queue, lease.item.id, "bob", "why", {"uprn": "7"})) == "part-done"
    await staff.retry(desk.queue, lease.item.id, "bob", "the letter failed")
    assert await desk.state(lease.item.id) is State.NEW


async def test_a_retry_answers_the_correction_that_waited(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    await desk.add("ZZ1", "999")
    await staff.retry(desk.queue, item, "bob", "the source is right", {"uprn": "999"})
    lease = await desk.take()
    await desk.keyed(lease, "C-100")
    assert await desk.end(lease, State.DONE) is State.DONE


async def test_a_deferral_answers_the_correction_that_waited(desk: Desk) -> None:
    await desk.add("ZZ1")
    item = await desk.add("ZZ1", "999")
    await staff.defer(desk.queue, item, "bob", "keep the first row, but on Monday", 60)
    desk.clock.forward(60)
    lease = await desk.take()
    await desk.keyed(lease, "C-100")
    assert await desk.end(lease, State.DONE) is State.DONE


async def test_withdraw_closes_it(desk: Desk) -> None:
    item = await excepted(desk)
    await staff.withdraw(desk.queue, item, "bob", "reported twice")
    assert await desk.state(item) is State.WITHDRAWN
    assert await desk.queue.receipts(PROCESS) == []
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None


async def test_an_item_that_awaits_approval_can_be_withdrawn(desk: Desk) -> None:
    item = await awaiting(desk)
    await staff.withdraw(desk.queue, item, "bob", "not approved")
    assert await desk.state(item) is State.WITHDRAWN


async def test_keyed_by_hand_keeps_the_persons_reference(desk: Desk) -> None:
    item = await excepted(desk)
    await staff.withdraw(desk.queue, item, "bob", "keyed by hand", "C-500")
    [kept] = await desk.queue.receipts(PROCESS)
    assert (kept.item, kept.step, kept.reference, kept.adopted) == (item, STEP, "C-500", True)
    assert await desk.queue.owner(SYSTEM, STEP, "C-500") == item
    assert (await desk.last(item)).detail == {"reference": "C-500"}


async def test_keyed_by_hand_is_for_the_first_step_that_is_open(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    await desk.failed(lease)
    desk.clock.forward(1)
    await staff.withdraw(desk.queue, lease.item.id, "bob", "sent by hand", "L-500")
    assert [(r.step, r.system) for r in await desk.queue.receipts(PROCESS)] == [
        (STEP, SYSTEM),
        ("letter", "post"),
    ]


async def test_keyed_by_hand_with_nothing_left(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    await desk.keyed(lease, "L-100", step="letter")
    await desk.failed(lease)
    assert await refused(staff.withdraw(desk.queue, lease.item.id, "bob", "why", "C-500")) == "nothing-left"


async def test_a_persons_reference_cannot_be_another_items(desk: Desk) -> None:
    await desk.done("ZZ1", "C-100")
    item = await excepted(desk, "ZZ2")
    before = await desk.picture()
    assert await refused(staff.withdraw(desk.queue, item, "bob", "why", "C-100")) == "already-in-target"
    assert await desk.picture() == before


async def ripe(desk: Desk, reference: str = "ZZ1") -> str:
    item, _intent = await desk.doubtful(reference)
    desk.clock.forward(WINDOW + SETTLE)
    return item


async def test_decide_too_early(desk: Desk) -> None:
    item, _intent = await desk.doubtful()
    desk.clock.forward(WINDOW + SETTLE - 1)
    before = await desk.picture()
    for reference in (None, "C-100"):
        assert await refused(staff.decide(desk.queue, item, "bob", "why", reference)) == "too-early"
    assert await desk.picture() == before


async def test_decide_that_it_is_there(desk: Desk) -> None:
    item = await ripe(desk)
    await staff.decide(desk.queue, item, "bob", "I see it", "C-100")
    assert await desk.state(item) is State.NEW
    assert [i.status for i in await desk.queue.intents(item)] == [IntentStatus.RECEIPTED]
    lease = await desk.take()
    assert lease.receipts[STEP].reference == "C-100"
    assert await desk.end(lease, State.DONE) is State.DONE


async def test_decide_that_it_is_not_there(desk: Desk) -> None:
    item = await ripe(desk)
    await staff.decide(desk.queue, item, "bob", "I do not see it", None)
    assert await desk.state(item) is State.NEW
    assert [i.status for i in await desk.queue.intents(item)] == [IntentStatus.ABSENT]
    assert await desk.intend(await desk.take())


@pytest.mark.parametrize("blank", ["", "  "])
async def test_a_blank_reference_decides_nothing(desk: Desk, blank: str) -> None:
    """An empty box of a form must mean neither "there" nor "not there"."""
    item = await ripe(desk)
    assert await refused(staff.decide(desk.queue, item, "bob", "why", blank)) == "no-reference"
    assert await desk.state(item) is State.IN_DOUBT


async def test_decide_with_another_items_entry(desk: Desk) -> None:
    await desk.done("ZZ1", "C-100")
    item = await ripe(desk, "ZZ2")
    before = await desk.picture()
    assert await refused(staff.decide(desk.queue, item, "bob", "why", "C-100")) == "already-in-target"
    assert await desk.picture() == before


async def test_decide_with_a_second_receipt(desk: Desk) -> None:
    """A worker kept the receipt of another entry, and left its intent open."""
    lease = await desk.leased()
    await desk.intend(lease)
    found = Receipt(item=lease.item.id, step=STEP, system=SYSTEM, reference="C-1", values={}, adopted=True)
    await desk.queue.record_receipt(lease, found, None)
    assert await desk.end(lease, State.DONE) is State.IN_DOUBT
    desk.clock.forward(LEASE)
    assert await refused(staff.decide(desk.queue, lease.item.id, "bob", "why", "C-2")) == "second-receipt"
    await staff.decide(desk.queue, lease.item.id, "bob", "it is C-1", "C-1")
    assert await desk.state(lease.item.id) is State.NEW


async def test_decide_while_a_worker_looks(desk: Desk) -> None:
    item = await ripe(desk)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE) is not None
    assert await refused(staff.decide(desk.queue, item, "bob", "why", None)) == "wrong-state"


async def test_a_reference_in_other_letters_is_the_same(desk: Desk) -> None:
    await desk.done("ZZ0", "WM-100")
    item = await excepted(desk)
    assert await refused(staff.withdraw(desk.queue, item, "bob", "by hand", "wm-100")) == "already-in-target"
    await staff.withdraw(desk.queue, item, "bob", "by hand", "WM-101")
