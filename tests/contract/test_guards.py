"""Guards: holds, session licences, sign-ins."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import SystemClosed
from bots.engine.core.queue import scopes_of

from .desk import PROCESS, SYSTEM, Desk

ACCOUNT = "svc-waste"


async def test_a_hold_says_who_and_why(desk: Desk) -> None:
    await desk.queue.hold("system:waste", "bob", "maintenance")
    [held] = await desk.queue.holds()
    assert (held.scope, held.who, held.why, held.since) == (
        "system:waste",
        "bob",
        "maintenance",
        desk.clock.now,
    )
    assert await desk.queue.holds(scopes_of(PROCESS, SYSTEM)) == [held]
    assert await desk.queue.holds(scopes_of(PROCESS, "post")) == []


async def test_release_ends_every_hold_of_its_scope_only(desk: Desk) -> None:
    for scope in ("all", "all", "system:waste"):
        await desk.queue.hold(scope, "bob", "why")
        desk.clock.forward(1)
    assert await desk.queue.release("all", "ann", "over") == 2
    assert [held.scope for held in await desk.queue.holds()] == ["system:waste"]
    assert await desk.queue.release("all", "ann", "over") == 0


async def test_a_hold_that_came_after_a_person_looked_stays(desk: Desk) -> None:
    await desk.queue.hold("system:waste", "bob", "maintenance")
    looked = desk.clock.now
    desk.clock.forward(1)
    await desk.queue.hold("system:waste", "ann", "the test team is in it")
    assert await desk.queue.release("system:waste", "cat", "over", until=looked) == 1
    assert [held.who for held in await desk.queue.holds()] == ["ann"]


async def test_licences_are_limited(desk: Desk) -> None:
    take = desk.queue.take_licence
    assert [await take(SYSTEM, 2, holder, 60) for holder in ("a", "b", "c")] == [True, True, False]
    assert await take("post", 1, "c", 60), "another system has its own"
    await desk.queue.give_licence(SYSTEM, "a")
    assert await take(SYSTEM, 2, "c", 60)
    assert not await take(SYSTEM, 2, "a", 60)


async def test_a_holder_renews_its_licence_and_takes_no_second(desk: Desk) -> None:
    take = desk.queue.take_licence
    await take(SYSTEM, 2, "a", 60)
    desk.clock.forward(50)
    assert await take(SYSTEM, 2, "a", 60)
    assert await take(SYSTEM, 2, "b", 60)
    desk.clock.forward(50)
    assert not await take(SYSTEM, 2, "c", 60), "both were renewed or taken less than 60 seconds ago"


async def test_a_licence_runs_out(desk: Desk) -> None:
    take = desk.queue.take_licence
    await take(SYSTEM, 1, "a", 60)
    desk.clock.forward(59)
    assert not await take(SYSTEM, 1, "b", 60)
    desk.clock.forward(1)
    assert await take(SYSTEM, 1, "b", 60)
    assert not await take(SYSTEM, 1, "a", 60)


async def test_a_lower_limit_gives_out_no_more(desk: Desk) -> None:
    for holder in ("a", "b"):
        await desk.queue.take_licence(SYSTEM, 3, holder, 60)
    assert not await desk.queue.take_licence(SYSTEM, 1, "c", 60)
    assert await desk.queue.take_licence(SYSTEM, 1, "a", 60), "who has one may keep it"
    await desk.queue.give_licence(SYSTEM, "a")
    assert not await desk.queue.take_licence(SYSTEM, 1, "c", 60), "one is still out"


async def test_one_sign_in_at_a_time(desk: Desk) -> None:
    begin, end = desk.queue.begin_sign_in, desk.queue.end_sign_in
    assert await begin(SYSTEM, ACCOUNT, "a", 30)
    assert not await begin(SYSTEM, ACCOUNT, "b", 30)
    assert await begin(SYSTEM, "svc-other", "b", 30)
    assert await begin("post", ACCOUNT, "b", 30)
    await end(SYSTEM, ACCOUNT, "a", False)
    assert await begin(SYSTEM, ACCOUNT, "b", 30)


async def test_a_sign_in_that_died_does_not_block_for_ever(desk: Desk) -> None:
    await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "a", 30)
    desk.clock.forward(30)
    assert await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "b", 30)
    await desk.queue.end_sign_in(SYSTEM, ACCOUNT, "a", False)
    assert not await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "c", 30), "a's end does not end b's"


async def test_refused_credentials_wait_for_a_person(desk: Desk) -> None:
    begin = desk.queue.begin_sign_in
    await begin(SYSTEM, ACCOUNT, "a", 30)
    await desk.queue.end_sign_in(SYSTEM, ACCOUNT, "a", True)
    desk.clock.forward(1_000_000)
    for holder in ("a", "b"):
        with pytest.raises(SystemClosed, match="sign-in-refused"):
            await begin(SYSTEM, ACCOUNT, holder, 30)
    assert await desk.queue.allow_sign_in("post", "bob") == 0
    assert await desk.queue.allow_sign_in(SYSTEM, "bob") == 1
    assert await begin(SYSTEM, ACCOUNT, "b", 30)
    assert await desk.queue.allow_sign_in(SYSTEM, "bob") == 0


async def test_a_refusal_that_comes_late_still_counts(desk: Desk) -> None:
    await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "a", 30)
    desk.clock.forward(30)
    await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "b", 30)
    await desk.queue.end_sign_in(SYSTEM, ACCOUNT, "a", True)
    await desk.queue.end_sign_in(SYSTEM, ACCOUNT, "b", False)
    with pytest.raises(SystemClosed):
        await desk.queue.begin_sign_in(SYSTEM, ACCOUNT, "c", 30)


async def test_the_store_says_whether_it_is_trusted(desk: Desk) -> None:
    assert await desk.queue.trusted(PROCESS) is None
    await desk.queue.trust(PROCESS, True)
    since = await desk.queue.trusted(PROCESS)
    assert since is not None
    assert await desk.queue.trusted("another") is None, "one process agrees for itself alone"
    desk.clock.forward(5)
    await desk.queue.trust(PROCESS, True)
    assert await desk.queue.trusted(PROCESS) == since, "it has been clean since then"
    await desk.queue.trust(PROCESS, False)
    assert await desk.queue.trusted(PROCESS) is None
    await desk.queue.trust(PROCESS, True)
    await desk.queue.note_restored()
    assert await desk.queue.trusted(PROCESS) is None
