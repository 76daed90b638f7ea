"""What those see who run the bots: locators that drift, how systems are doing, who decided what."""

from __future__ import annotations

import asyncio

from bots.engine.store.audit.operations import StoreOperations
from bots.engine.store.work.queue import SqlQueue

from .conftest import OpenDatabase
from .desk import SYSTEM, Clock, Desk
from .test_brake import stopped

PLACE = "waste.new_case.uprn[1]"


async def test_drift_is_counted_on_over_runs(desk: Desk) -> None:
    await desk.queue.note_drift({})
    assert await desk.queue.drift() == []
    first = desk.clock.now
    await desk.queue.note_drift({PLACE: 3, "waste.new_case.save[0]": 1})
    desk.clock.forward(60)
    await desk.queue.note_drift({PLACE: 2})
    newest, other = await desk.queue.drift()
    assert (newest.place, newest.times, newest.first, newest.last) == (PLACE, 5, first, first + 60)
    assert (newest.system, newest.screen, newest.field, newest.rank) == ("waste", "new_case", "uprn", 2)
    assert (other.times, other.first, other.last) == (1, first, first)
    assert [one.place for one in await desk.queue.drift(since=first + 1)] == [PLACE]


async def test_two_runs_that_end_together_are_both_counted(open_database: OpenDatabase) -> None:
    queues = [await SqlQueue.open(open_database(), "test") for _ in range(2)]
    counts = {f"waste.new_case.field{number}[0]": 1 for number in range(5)}
    await asyncio.gather(*(queue.note_drift(counts) for queue in queues for _ in range(5)))
    assert {one.times for one in await queues[0].drift()} == {10}


async def test_how_a_system_is_doing(open_database: OpenDatabase) -> None:
    database, clock = open_database(), Clock()
    queue = await SqlQueue.open(database, "test", clock=clock)
    store = StoreOperations(database, clock)
    quiet = (await store.states([SYSTEM]))[SYSTEM]
    assert (quiet.sessions, quiet.failures, quiet.refused) == (0, 0, None)
    for holder in ("a", "b"):
        await queue.take_licence(SYSTEM, 2, holder, 60)
    desk = Desk(queue=queue, clock=clock)
    await stopped(desk, await desk.leased())
    await queue.begin_sign_in(SYSTEM, "svc", "a", 60)
    await queue.end_sign_in(SYSTEM, "svc", "a", refused=True)
    busy = (await store.states([SYSTEM, "post"]))[SYSTEM]
    assert (busy.sessions, busy.failures, busy.refused) == (2, 1, clock.now)
    clock.forward(61)
    await queue.allow_sign_in(SYSTEM, "ann")
    after = (await store.states([SYSTEM]))[SYSTEM]
    assert (after.sessions, after.refused) == (0, None), "a session that was not renewed is free"


async def test_the_log_says_who_what_and_why(open_database: OpenDatabase) -> None:
    database, clock = open_database(), Clock()
    await SqlQueue.open(database, "test", clock=clock)
    store = StoreOperations(database, clock)
    await store.note("person/ann", "schedule:work-a", "paused", "Year end", {"before": "x"})
    clock.forward(1)
    await store.note("person/bob", "schedule:work-a", "resumed", "Over")
    await store.note("person/bob", "schedule:work-b", "paused", "Other")
    told = await store.noted("schedule:work-a")
    assert [(one.who, one.what, one.why) for one in told] == [
        ("person/bob", "resumed", "Over"),
        ("person/ann", "paused", "Year end"),
    ]
    assert (told[1].detail, told[1].at) == ({"before": "x"}, clock.now - 1)
    assert len(await store.noted("schedule:work-a", "schedule:work-b", limit=2)) == 2
