"""So much a day, and the first items one by one."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException, Held
from bots.engine.core.item import State
from bots.engine.core.limits import Leave, Limits, Spent, day_of
from tests import staff

from .desk import PROCESS, Desk, row

DAY = 86_400.0


async def limited(desk: Desk, **wanted: int) -> None:
    await desk.queue.set_limits(PROCESS, Limits(**wanted), "ann", "a new bot")


async def test_without_a_limit_nothing_is_held(desk: Desk) -> None:
    assert await desk.queue.limits(PROCESS) == Limits()
    await desk.intend(await desk.leased())
    assert await desk.queue.spent(PROCESS) == Spent()


async def test_a_day_has_so_many_items(desk: Desk) -> None:
    await limited(desk, daily_items=2)
    await desk.hand_in(*(row(f"ZZ{n}") for n in range(3)))
    for n in range(2):
        lease = await desk.take()
        await desk.keyed(lease, f"C-{n}")
        await desk.end(lease, State.DONE)
    third = await desk.take()
    with pytest.raises(Held, match="limit of 2 items a day is reached"):
        await desk.intend(third)
    assert await desk.queue.intents(third.item.id) == []
    assert await desk.queue.spent(PROCESS) == Spent(items=2)
    await desk.end(third, State.NEW)
    desk.clock.forward(DAY)
    await desk.intend(await desk.take())


async def test_an_item_counts_once_a_day(desk: Desk) -> None:
    """However many steps and tries it takes."""
    await limited(desk, daily_items=1)
    lease = await desk.leased()
    await desk.keyed(lease, "C-1")
    await desk.keyed(lease, "L-1", "letter")
    assert await desk.queue.spent(PROCESS) == Spent(items=1)


async def test_a_day_has_so_many_pounds(desk: Desk) -> None:
    await limited(desk, daily_pence=10_000)
    await desk.hand_in(*(row(f"ZZ{n}") for n in range(3)))
    leases = [await desk.take(f"w{n}") for n in range(3)]
    await desk.intend(leases[0], pence=6_000, digest="one")
    with pytest.raises(Held, match=r"£100\.00 a day would be passed"):
        await desk.intend(leases[1], pence=4_001, digest="two")
    with pytest.raises(BusinessException, match="over-daily-limit"):
        await desk.intend(leases[1], pence=10_001, digest="two")
    await desk.intend(leases[2], pence=4_000, digest="three")
    assert await desk.queue.spent(PROCESS) == Spent(items=2, pence=10_000)


async def test_the_day_is_londons(desk: Desk) -> None:
    assert day_of(1_782_000_000.0 - 600) == "2026-06-21"  # 00:50 in summer time, 23:50 the day before in UTC
    assert day_of(1_767_225_600.0) == "2026-01-01"


async def test_the_first_items_want_a_person(desk: Desk) -> None:
    await limited(desk, approve_first=2)
    await desk.hand_in(*(row(f"ZZ{n}") for n in range(4)))
    shown = []
    for _ in range(2):
        lease = await desk.take()
        assert await desk.queue.leave(lease) is Leave.WANTED
        await desk.end(lease, State.AWAITING_APPROVAL, code="first-items", sentence="Agree, please.")
        shown.append(lease.item.id)
    third = await desk.take()
    assert await desk.queue.leave(third) is Leave.FULL
    await desk.end(third, State.NEW)

    await staff.approve(desk.queue, shown[0], "bob", "it is right")
    first = await desk.take()
    assert first.item.id == shown[0]
    assert await desk.queue.leave(first) is Leave.GIVEN
    await desk.keyed(first, "C-1")
    await desk.end(first, State.DONE)
    other = await desk.take()
    assert await desk.queue.leave(other) is Leave.FULL
    await desk.end(other, State.NEW)

    await staff.approve(desk.queue, shown[1], "bob", "it is right")
    for _ in range(3):
        assert await desk.queue.leave(await desk.take()) is Leave.GIVEN


async def test_what_was_corrected_wants_it_anew(desk: Desk) -> None:
    await limited(desk, approve_first=1)
    lease = await desk.leased()
    await desk.end(lease, State.AWAITING_APPROVAL, code="first-items", sentence="Agree, please.")
    await staff.decline(desk.queue, lease.item.id, "bob", "wrong property")
    found = await desk.look(lease.item.id)
    assert (found.state, found.code) == (State.EXCEPTION, "declined")
    await staff.retry(desk.queue, lease.item.id, "ann", "put right", {"uprn": "200"})
    assert await desk.queue.leave(await desk.take()) is Leave.WANTED


async def test_only_what_waits_is_approved(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    with pytest.raises(BusinessException, match="cannot be approved"):
        await staff.approve(desk.queue, item, "bob", "it is right")
    with pytest.raises(BusinessException, match="cannot be declined"):
        await staff.decline(desk.queue, item, "bob", "it is wrong")
    assert (await desk.last(item)).who != "bob"


async def test_who_agreed_stands_in_the_history(desk: Desk) -> None:
    await limited(desk, approve_first=1)
    lease = await desk.leased()
    await desk.end(lease, State.AWAITING_APPROVAL, code="first-items", sentence="Agree, please.")
    await staff.approve(desk.queue, lease.item.id, "bob", "it is right")
    last = await desk.last(lease.item.id)
    assert (last.who, last.why, last.before, last.after) == (
        "bob",
        "it is right",
        State.AWAITING_APPROVAL,
        State.NEW,
    )
