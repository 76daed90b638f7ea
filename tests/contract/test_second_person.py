"""Four eyes: nobody agrees to a correction of one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.item import State
from bots.engine.core.limits import Leave, Limits
from tests import staff

from .desk import PROCESS, Desk, row
from .test_decisions import excepted, refused

ACCOUNT = {"uprn": "100", "account": "ZZ-2"}
"""A correction of what the process wants a second person for."""


async def corrected(desk: Desk, data: dict[str, str] = ACCOUNT) -> str:
    item = await excepted(desk)
    await staff.retry(desk.queue, item, "ann", "the digits were swapped", data)
    return item


async def test_a_correction_waits_for_a_second_person(desk: Desk) -> None:
    item = await corrected(desk)
    held = await desk.look(item)
    assert (held.state, held.code, held.version) == (State.AWAITING_APPROVAL, "second-person", 2)
    assert held.detail == {"corrected": ["account"]}, "names, no values"
    assert await desk.queue.take(PROCESS, "w1", 60) is None


async def test_other_corrections_need_nobody(desk: Desk) -> None:
    item = await corrected(desk, {"uprn": "1001"})
    assert (await desk.look(item)).state is State.NEW
    assert (await desk.take()).item.id == item


async def test_who_corrected_it_does_not_agree(desk: Desk) -> None:
    item = await corrected(desk)
    before = await desk.picture()
    assert await refused(staff.approve(desk.queue, item, "ann", "it is right")) == "four-eyes"
    assert await desk.picture() == before
    await staff.approve(desk.queue, item, "bob", "I rang the tenant")
    assert (await desk.take()).item.data == ACCOUNT


async def test_a_correction_that_is_declined_goes_back_to_people(desk: Desk) -> None:
    item = await corrected(desk)
    await staff.decline(desk.queue, item, "bob", "the old one was right")
    assert (await desk.look(item)).state is State.EXCEPTION
    assert await desk.queue.take(PROCESS, "w1", 60) is None


async def test_it_is_the_last_correction_that_counts(desk: Desk) -> None:
    item = await corrected(desk)
    await staff.decline(desk.queue, item, "bob", "another digit")
    await staff.retry(desk.queue, item, "bob", "another digit", {**ACCOUNT, "account": "ZZ-3"})
    assert await refused(staff.approve(desk.queue, item, "bob", "it is right")) == "four-eyes"
    await staff.approve(desk.queue, item, "ann", "it is right")
    assert (await desk.look(item)).state is State.NEW


async def test_also_among_the_first_items_of_a_bot(desk: Desk) -> None:
    """Corrected by ann, shown by the bot: ann is not the one who agrees."""
    await desk.queue.set_limits(PROCESS, Limits(approve_first=1), "ann", "a new bot")
    item = await corrected(desk, {"uprn": "1001"})
    lease = await desk.take()
    assert await desk.queue.leave(lease) is Leave.WANTED
    await desk.end(lease, State.AWAITING_APPROVAL)
    assert await refused(staff.approve(desk.queue, item, "ann", "it is right")) == "four-eyes"
    await staff.approve(desk.queue, item, "bob", "it is right")


# ---- what waits for a second person waits, whatever happens in between ---------------------------
async def as_it_is(desk: Desk, item: str) -> None:
    await staff.decline(desk.queue, item, "ann", "I changed my mind")
    await staff.retry(desk.queue, item, "ann", "it is right after all")


async def another_field(desk: Desk, item: str) -> None:
    await staff.decline(desk.queue, item, "bob", "the old account was right")
    await staff.retry(desk.queue, item, "ann", "the street", {**ACCOUNT, "uprn": "1001"})


async def later(desk: Desk, item: str) -> None:
    await staff.decline(desk.queue, item, "bob", "the old account was right")
    await staff.defer(desk.queue, item, "ann", "tomorrow", 0)


async def after_a_workbook(desk: Desk, item: str) -> None:
    """Somebody else's workbook takes it out of approval: nobody even declined."""
    await desk.hand_in(row("ZZ1", "777"))
    assert (await desk.look(item)).code == "changed-at-source"
    await staff.retry(desk.queue, item, "ann", "ours is right")


@pytest.mark.parametrize("way", [as_it_is, another_field, later, after_a_workbook])
async def test_nobody_gets_around_the_second_person(
    desk: Desk, way: Callable[[Desk, str], Awaitable[None]]
) -> None:
    item = await corrected(desk)
    await way(desk, item)
    assert await desk.state(item) is State.AWAITING_APPROVAL
    assert await desk.queue.take(PROCESS, "w1", 60) is None
    assert await refused(staff.approve(desk.queue, item, "ann", "it is right")) == "four-eyes"
    await staff.approve(desk.queue, item, "bob", "I rang the tenant")
    assert (await desk.take()).item.id == item


async def test_who_corrected_what_waits_does_not_agree_after_anothers_correction(desk: Desk) -> None:
    item = await corrected(desk)
    await staff.decline(desk.queue, item, "bob", "another street")
    await staff.retry(desk.queue, item, "bob", "the street", {**ACCOUNT, "uprn": "1001"})
    for one in ("ann", "bob"):
        assert await refused(staff.approve(desk.queue, item, one, "it is right")) == "four-eyes"
    await staff.approve(desk.queue, item, "cleo", "it is right")


async def test_what_was_agreed_waits_for_nobody_again(desk: Desk) -> None:
    item = await corrected(desk)
    await staff.approve(desk.queue, item, "bob", "it is right")
    await desk.failed(await desk.take())
    await staff.retry(desk.queue, item, "ann", "the property is there now")
    assert await desk.state(item) is State.NEW


async def test_the_same_values_may_be_agreed_to_twice(desk: Desk) -> None:
    item = await corrected(desk)
    await staff.approve(desk.queue, item, "bob", "ok")
    await desk.failed(await desk.take())
    await staff.retry(desk.queue, item, "ann", "oops", {**ACCOUNT, "account": "ZZ-9"})
    await staff.decline(desk.queue, item, "bob", "no")
    await staff.retry(desk.queue, item, "ann", "as before", ACCOUNT)
    await staff.approve(desk.queue, item, "bob", "ok again")
    assert await desk.state(item) is State.NEW


@pytest.mark.parametrize(
    ("pence", "leave"), [(10_000, Leave.GIVEN), (10_001, Leave.LARGE)], ids=["at the limit", "over it"]
)
async def test_a_case_that_moves_much_money_wants_a_person(desk: Desk, pence: int, leave: Leave) -> None:
    await desk.queue.set_limits(PROCESS, Limits(approve_over=10_000), "ann", "large payments")
    assert (await desk.queue.limits(PROCESS)).approve_over == 10_000
    assert await desk.queue.leave(await desk.leased(), pence) is leave


async def test_a_large_case_is_agreed_to_once(desk: Desk) -> None:
    await desk.queue.set_limits(PROCESS, Limits(approve_over=10_000), "ann", "large payments")
    lease = await desk.leased()
    for _ in range(2):
        assert await desk.queue.leave(lease, 20_000) is Leave.LARGE
    await desk.end(lease, State.AWAITING_APPROVAL)
    await staff.approve(desk.queue, lease.item.id, "bob", "I saw the letter")
    assert await desk.queue.leave(await desk.take(), 20_000) is Leave.GIVEN
