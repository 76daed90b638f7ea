"""When a target goes wrong: how much is saved before work stops, what stops, and what goes on by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from bots.engine.core.brake import AT_RISK, BRAKE, OVERCOME, Trouble
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import Ending, State
from tests import staff
from tests.tiny import CUT, PROCESS, STEP, SYSTEM, Bench, Log, a_bench, page

MINE, TWIN = f"process:{PROCESS}", "process:twin"
KEYS = [f"K{number:02d}" for number in range(15)]
FOREVER = 120.0
"""Seconds after which a run counts as one that never ends."""


def changes(bench: Bench, *keys: str) -> None:
    """The target writes another name than it was given; of these keys only, if any are named."""

    def save(values: Mapping[str, str]) -> str:
        if keys and values["key"] not in keys:
            return bench.target.save(values)
        return bench.target.save(values, name="SOMEBODY ELSE")

    bench.target.at["/save"] = save


def reworded(bench: Bench) -> None:
    """It saves, and says so in words that no map declares."""

    def save(values: Mapping[str, str]) -> str:
        bench.target.save(values)
        return page("Thank you")

    bench.target.at["/save"] = save


def wrong(bench: Bench) -> int:
    return sum(one["name"] != "Ann" for one in bench.target.saves)


# ---- saved differently --------------------------------------------------------------------------
@pytest.mark.parametrize("sessions", [1, 8])
async def test_what_is_saved_differently_stops_at_two(tmp_path: Path, sessions: int) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS)
        changes(bench)
        summary = await bench.work(sessions=sessions)
        assert len(bench.target.saves) == AT_RISK == 2
        assert await bench.held() == [(MINE, Trouble.CHANGED), (TWIN, Trouble.CHANGED)]
        assert summary.blocked
        assert MINE in summary.stopped
        again = await bench.work(sessions=sessions)
        assert again.blocked
        assert len(bench.target.saves) == 2, "a later run saves nothing either"


async def test_it_stops_at_two_also_after_many_were_right_and_over_two_workers(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS)
        changes(bench, *KEYS[4:])
        await asyncio.gather(*(bench.work(sessions=4, worker=name) for name in ("w1", "w2")))
        assert wrong(bench) == 2
        assert MINE in dict(await bench.held())


async def test_one_odd_record_holds_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS[:8])
        changes(bench, KEYS[3])
        await bench.work(sessions=8)
        assert await bench.held() == []
        assert await bench.states() == {"done": 7, "in_doubt": 1}


async def test_more_may_be_at_risk_where_the_map_says_so(tmp_path: Path) -> None:
    async with a_bench(tmp_path, more={"at_risk": 4}) as bench:
        await bench.add(*KEYS)
        changes(bench)
        await bench.work(sessions=8)
        assert len(bench.target.saves) == 4


async def test_a_person_releases_what_was_saved_differently(tmp_path: Path) -> None:
    """Also when the items were settled: somebody must have found out why."""
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS[:8])
        changes(bench)
        await bench.work()
        del bench.target.at["/save"]
        for item in await bench.queue.items(PROCESS, [State.IN_DOUBT]):
            reference = str(item.detail["reference"])
            next(one for one in bench.target.saves if one["ref"] == reference)["name"] = "Ann"
            await decided(bench, item.id, reference)
        assert MINE in dict(await bench.held())
        await bench.queue.release(MINE, "person/ann", "the release was taken back")
        assert await bench.held() == [], "the twin was held for the very same cause"
        assert (await bench.work()).done == 8
        assert set(bench.target.keys().values()) == {1}


# ---- in doubt -----------------------------------------------------------------------------------
@pytest.mark.parametrize("sessions", [1, 8])
async def test_saves_in_doubt_stop_and_go_on_when_they_were_right(tmp_path: Path, sessions: int) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS[:8])
        reworded(bench)
        summary = await bench.work(sessions=sessions)
        assert len(bench.target.saves) == AT_RISK + 1
        assert await bench.held() == [(MINE, Trouble.DOUBT), (TWIN, Trouble.DOUBT)]
        assert summary.blocked
        del bench.target.at["/save"]
        # It looks them up in spite of the hold, finds them equal, and goes on by itself.
        summary = await bench.work(sessions=sessions, patience=10)
        assert (summary.done, summary.blocked) == (8, False)
        assert await bench.held() == []
        assert set(bench.target.keys().values()) == {1}


async def test_a_long_list_does_not_use_up_the_patience_of_a_run(tmp_path: Path) -> None:
    """Asked for minutes what it holds, a system would never be asked again for what is in doubt."""
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS[:4])
        reworded(bench)
        await bench.work()
        assert await bench.states() == {"in_doubt": AT_RISK + 1, "new": 1}
        del bench.target.at["/save"]
        summary = await bench.work(patience=4, ask_first=lambda: asyncio.sleep(5))
        assert (summary.done, summary.blocked) == (4, False)


async def test_saves_in_doubt_that_are_not_there_wait_for_a_person(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add(*KEYS[:8])
        bench.target.at["/save"] = lambda values: page("Something went wrong")
        await bench.work(sessions=8)
        summary = await asyncio.wait_for(bench.work(sessions=8, patience=5), FOREVER)
        assert summary.blocked
        assert (await bench.states())["in_doubt"] == AT_RISK + 1
        assert dict(await bench.held())[MINE] is Trouble.DOUBT
        del bench.target.at["/save"]
        await bench.queue.release(MINE, "person/ann", "it was restarted")
        await asyncio.wait_for(bench.work(sessions=8, patience=10), FOREVER)
        assert await bench.states() == {"done": 8}
        assert set(bench.target.keys().values()) == {1}


async def test_old_doubts_that_many_right_saves_followed_hold_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.hidden.update(KEYS)  # nothing is settled by looking
        await bench.add(*KEYS)
        reworded(bench)
        await bench.work(max_items=AT_RISK)
        del bench.target.at["/save"]
        await bench.work(max_items=OVERCOME)
        reworded(bench)
        await bench.work(max_items=AT_RISK)
        assert (await bench.states())["in_doubt"] == 2 * AT_RISK
        assert await bench.held() == []


# ---- stops --------------------------------------------------------------------------------------
async def test_a_blip_with_eight_sessions_holds_nothing(tmp_path: Path) -> None:
    """All eight are on their way to the form when the target goes away, and it stays away for a while."""
    async with a_bench(tmp_path) as bench:
        arrived, back = 0, asyncio.Event()
        all_there = asyncio.Event()

        async def away(values: Mapping[str, str]) -> str | None:
            return None if back.is_set() or not all_there.is_set() else CUT

        async def form(values: Mapping[str, str]) -> str | None:
            nonlocal arrived
            arrived += 1
            if arrived == 8:
                all_there.set()
                asyncio.get_running_loop().call_later(1.0, back.set)
            if arrived <= 8:
                await all_there.wait()
                return CUT
            return None

        bench.target.at |= {"*": away, "/new": form}
        bench.wait = 1.0
        await bench.add(*KEYS)
        summary = await bench.work(sessions=8, patience=30)
        assert await bench.held() == []
        assert (summary.done, summary.blocked) == (15, False)


async def test_an_outage_is_probed_and_goes_on_by_itself(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.wait = 1.0  # a busy machine must not use up an item's tries before the third item has failed
        bench.target.at["*"] = lambda values: CUT
        await bench.add(*KEYS[:8])
        summary = await bench.work(sessions=4, patience=3)
        assert summary.blocked
        assert await bench.held() == [(f"system:{SYSTEM}", Trouble.STOP)], "nobody can sign in"
        assert await bench.states() == {"new": 8}, "no item is spoilt by it"
        asked = bench.target.seen["GET /login"]
        await bench.work(sessions=4, patience=0)
        assert bench.target.seen["GET /login"] <= asked + 1, "one looks whether it is over"
        bench.target.at.clear()
        summary = await bench.work(sessions=4, patience=30)
        assert (summary.done, summary.blocked) == (8, False)
        assert await bench.held() == []


async def test_a_changed_screen_holds_its_process_and_not_the_system(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.at["/new"] = lambda values: page("New case", "<p>Under construction</p>")
        await bench.add(*KEYS[:8])
        summary = await bench.work(patience=2)
        assert summary.blocked
        assert await bench.held() == [(MINE, Trouble.STOP)]
        [hold] = await bench.queue.holds()
        assert hold.cause is not None
        assert (hold.who, hold.cause.code) == (BRAKE, "screen-changed")
        assert (hold.cause.system, hold.cause.place, hold.cause.count) == (SYSTEM, "new", 3)
        assert (await bench.states())["exception"] == 2, "the two before it was known"
        bench.target.at.clear()
        summary = await bench.work(patience=30)
        assert (summary.done, summary.blocked) == (6, False)
        assert await bench.held() == []


async def test_two_awkward_records_are_no_pattern(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:

        def search(values: Mapping[str, str]) -> str | None:
            return page("Search") if values["q"] in KEYS[:2] else None

        bench.target.at["/search"] = search
        await bench.add(*KEYS[:8])
        summary = await bench.work(patience=10)
        assert summary.done == 6
        assert await bench.held() == []


# ---- turns --------------------------------------------------------------------------------------
async def test_twenty_doubts_do_not_starve_five_new_ones(tmp_path: Path) -> None:
    """The new ones are keyed, and prove by it that the doubts are not there; the run ends."""
    async with a_bench(tmp_path) as bench:
        for item in await bench.add(*(f"D{number:02d}" for number in range(20))):
            await doubt(bench, item)
        await bench.add(*(f"N{number}" for number in range(5)))
        summary = await asyncio.wait_for(bench.work(sessions=2, patience=12), FOREVER)
        assert all(bench.target.keys()[f"N{number}"] == 1 for number in range(5))
        assert await bench.states() == {"done": 25}
        assert set(bench.target.keys().values()) == {1}
        assert bench.target.seen["POST /login"] <= 2, "looking keeps its session"
        assert not summary.blocked


async def test_doubts_that_nothing_settles_do_not_keep_a_run_alive(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        for item in await bench.add(*(f"D{number:02d}" for number in range(10))):
            await doubt(bench, item)
        summary = await asyncio.wait_for(bench.work(sessions=2, patience=12), FOREVER)
        assert await bench.codes(State.IN_DOUBT) == {"search-not-proven": 10}
        assert len(summary.raised) == 10, "people are told of each"
        looks = bench.target.seen["GET /search"]
        assert 10 <= looks < 10 * 8, "ever more rarely"
        assert bench.target.seen["POST /login"] <= 2


async def doubt(bench: Bench, item: str) -> None:
    """Whatever was about to be saved, its worker went away; nothing can arrive any more."""
    lease = await bench.queue.take(PROCESS, "gone", 30)
    assert lease is not None
    assert lease.item.id == item
    await bench.queue.intend(
        lease, step=STEP, system=SYSTEM, digest=item, seen=[], window=0.01, settle=0.01, writer=""
    )
    await bench.queue.finish(lease, Ending(state=State.IN_DOUBT), [STEP])


# ---- a person's word ----------------------------------------------------------------------------
async def decided(bench: Bench, item: str, reference: str) -> None:
    """As soon as nothing can arrive in the target any more."""
    while True:
        try:
            return await staff.decide(bench.queue, item, "person/ann", "it is there", reference)
        except BusinessException as refused:
            if refused.code != "too-early":
                raise
            await asyncio.sleep(0.05)


class Unreadable(Log):
    """Its target can be searched by nobody, and opens nothing again."""

    not_searchable_because = "it has no search"
    not_reopened_because = "it shows nothing again"


class Listed(Log):
    """It lists what it holds, and opens nothing of it."""

    not_reopened_because = "it opens nothing"


@pytest.mark.parametrize("step", [Unreadable, Listed])
async def test_a_persons_word_is_the_receipt_where_nothing_can_be_opened(
    tmp_path: Path, step: type[Log]
) -> None:
    async with a_bench(tmp_path, step=step()) as bench:
        [item] = await bench.add("K01")
        bench.target.save({"key": "K01", "name": "Ann"})
        await doubt(bench, item)
        await decided(bench, item, "C0001")
        assert (await bench.work(patience=5)).done == 1
        found = await bench.queue.item(item)
        [receipt] = await bench.queue.receipts_of(item)
        assert found is not None
        assert (found.state, receipt.reference) == (State.DONE, "C0001")
        assert ("their word is the proof" in (found.sentence or "")) == (step is Unreadable)
        assert receipt.proven == (step is Listed), "what the search shows is read"


async def test_a_persons_word_against_what_the_search_shows_is_told(tmp_path: Path) -> None:
    async with a_bench(tmp_path, step=Listed()) as bench:
        [item] = await bench.add("K01")
        bench.target.save({"key": "K01", "name": "Somebody else"})
        await doubt(bench, item)
        await decided(bench, item, "C0001")
        await bench.work(patience=5)
        assert await bench.codes(State.EXCEPTION) == {"decided-wrongly": 1}
