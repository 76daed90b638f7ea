"""History: one row for each transition, with who, why and the versions in force."""

from __future__ import annotations

from itertools import pairwise

from bots.engine.core.item import IntentStatus, State
from tests import staff
from tests.absent import absence_of

from .desk import LEASE, PROCESS, VERSIONS, Desk


async def test_one_row_per_transition(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    first = await desk.take("w1")
    await desk.failed(first)
    await staff.retry(desk.queue, item, "bob", "the property exists now")
    desk.clock.forward(3)
    await desk.take("w2")
    desk.clock.forward(LEASE)
    third = await desk.take("w3")
    await desk.intend(third)
    await desk.end(third, State.NEW, sentence="The browser died.", code="browser-died")
    desk.clock.forward(LEASE)
    fourth = await desk.queue.take_in_doubt(PROCESS, "w4", LEASE)
    assert fourth is not None
    assert fourth.intent is not None
    await desk.queue.close_intent(
        fourth, fourth.intent, IntentStatus.ABSENT, "not there", absence_of(fourth.intent)
    )
    await desk.end(fourth, State.NEW)
    await staff.withdraw(desk.queue, item, "bob", "not needed")

    rows = await desk.queue.history(item)
    new, progress, doubt = State.NEW, State.IN_PROGRESS, State.IN_DOUBT
    assert [(r.before, r.after, r.who) for r in rows] == [
        (None, new, "ann"),
        (new, progress, "w1"),
        (progress, State.EXCEPTION, "w1"),
        (State.EXCEPTION, new, "bob"),
        (new, progress, "w2"),
        (progress, new, "store"),
        (new, progress, "w3"),
        (progress, doubt, "w3"),
        (doubt, progress, "w4"),
        (progress, new, "w4"),
        (new, State.WITHDRAWN, "bob"),
    ]
    assert all(before.after == after.before for before, after in pairwise(rows))
    assert all(before.at <= after.at for before, after in pairwise(rows))
    assert all(before.token <= after.token for before, after in pairwise(rows))
    assert all(r.why and r.versions == VERSIONS for r in rows)


async def test_a_correction_is_kept_in_the_history_with_both_sides(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.add("ZZ1", "999")
    note = await desk.last(lease.item.id)
    assert (note.before, note.after, note.code) == (State.IN_PROGRESS, State.IN_PROGRESS, "changed-at-source")
    assert note.detail == {"held": {"uprn": "100"}, "source": {"uprn": "999"}}


async def test_an_ending_keeps_its_code_and_attempt(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.failed(lease)
    note = await desk.last(lease.item.id)
    assert (note.code, note.why, note.attempt, note.token) == (
        "property-not-found",
        "No such property.",
        1,
        1,
    )


async def test_a_lease_that_ran_out_names_its_worker(desk: Desk) -> None:
    lease = await desk.leased()
    desk.clock.forward(LEASE)
    await desk.queue.expire(PROCESS)
    note = await desk.last(lease.item.id)
    assert (note.who, note.code, note.detail) == ("store", "lease-ran-out", {"worker": "w1"})
