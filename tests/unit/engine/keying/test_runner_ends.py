"""When a run ends before its queue is empty: stopped, held, shut out, closed; and what goes before items.

`bots.engine.keying.runner`, on a store, a target and a clock in memory.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import repeat
from typing import Any

import pytest

from bots.engine.core.errors import (
    ConfigurationError,
    LeaseLost,
    StoreAway,
    SystemClosed,
    SystemException,
)
from bots.engine.core.hours import Hours, Span
from bots.engine.core.item import State
from bots.engine.core.lookup import Lookup, Sight
from bots.engine.core.pace import Pace
from bots.engine.core.points import Point
from bots.engine.core.queue import RESTORED
from bots.engine.core.summary import WorkSummary
from tests import staff

from .own_time import at_once
from .small_office import PROCESS, Office
from .small_target import SYSTEM, Plain, Saving

AWAY = SystemException("unreachable", "It cannot be reached.")


# ---- asked to stop, held ------------------------------------------------------------------------
def stopping(office: Office, point: Point) -> WorkSummary:
    runner, _ = office.runner(office.a_life())

    async def work() -> WorkSummary:
        stop = asyncio.Event()
        office.at[point] = stop.set
        return await runner.run(sessions=1, stop=stop)

    return office.clock.run(work())


def test_asked_to_stop_a_run_ends_its_item_and_takes_no_other(office: Office) -> None:
    office.hand_in("a", "b")
    summary = stopping(office, Point.KEYED)
    assert (summary.stopped, summary.blocked, summary.done) == ("asked to stop", False, 1)
    assert office.states() == {State.DONE: 1, State.NEW: 1}


@pytest.mark.parametrize(("who", "blocked"), [("Ann", False), (RESTORED, True)])
def test_nothing_is_taken_while_it_is_held(office: Office, who: str, blocked: bool) -> None:
    office.hold(who=who)
    office.hand_in("a")
    summary = office.work()
    assert (summary.taken, summary.stopped, summary.blocked) == (0, "held: process:small", blocked)
    assert not office.target.opened


def test_a_hold_ends_the_run_after_the_item_in_hand(office: Office) -> None:
    office.hand_in("a", "b")
    office.at[Point.OUTCOME] = office.hold
    summary = office.work()
    assert (summary.done, summary.taken) == (1, 1)
    assert office.told("b") == (State.NEW, None)


def test_the_brake_lets_one_item_through_to_see_whether_it_is_over(office: Office) -> None:
    office.hand_in("a", "b", "c", "d", "e")
    office.target.troubles["new"] = iter([AWAY] * 3)
    summary = office.work(patience=600.0)
    assert office.states() == {State.DONE: 5}
    assert not office.queue.brake.holds
    assert summary.stopped == ""


def test_what_the_brake_holds_blocks_a_run_that_has_no_patience(office: Office) -> None:
    office.hand_in("a", "b", "c", "d")
    office.target.troubles["new"] = repeat(AWAY)
    summary = office.work(patience=10.0)
    assert summary.stopped.startswith("held: process:small: the same stop was met 3 times (new)")
    assert summary.blocked
    assert State.DONE not in office.states()
    assert not office.target.asked


def test_a_probe_with_nothing_to_take_is_given_up(office: Office) -> None:
    office.hand_in("a", "b", "c")
    office.target.troubles["new"] = repeat(AWAY)
    office.work(patience=0.0)
    for key in "abc":
        at_once(staff.defer(office.queue, office.item(key).id, "Ann", "later", 1e6))
    office.clock.forward(1000)
    office.work(patience=0.0)
    [brake] = office.queue.brake.brakes.values()
    assert brake.prober is None


def test_doubts_are_settled_in_spite_of_the_brake(office: Office) -> None:
    office.hand_in("a", "b", "c", "d")
    for key in "abc":
        office.target.savings[key] = [Saving.CUT]
    office.work(patience=0.0)
    assert office.states() == {State.IN_DOUBT: 3, State.NEW: 1}
    office.clock.forward(100)
    office.work()
    assert office.states() == {State.DONE: 4}


@pytest.mark.parametrize(
    "error", [SystemClosed("no", "Nobody can enter."), ConfigurationError("no", "No map.")]
)
def test_a_system_that_cannot_be_worked_ends_the_run(office: Office, error: Exception) -> None:
    office.target.troubles["sign-in"] = iter([error])
    office.hand_in("a", "b")
    summary = office.work()
    assert (summary.taken, summary.blocked) == (1, True)
    assert summary.stopped in str(error)
    assert office.told("a") == (State.NEW, "no")
    assert office.item("a").attempts == 0


def test_a_sign_in_that_was_refused_is_not_tried_again(office: Office) -> None:
    office.target.refuses_sign_in = True
    office.hand_in("a", "b")
    for _ in range(2):
        assert office.work(sessions=2).blocked
    assert office.target.opened["sign-in"] == 1
    assert office.states() == {State.NEW: 2}


# ---- opening hours ------------------------------------------------------------------------------
def opening(office: Office, opens: int, closes: int) -> dict[str, Any]:
    """So many minutes from now."""
    now = datetime.fromtimestamp(office.clock.now, UTC)
    minute = now.hour * 60 + now.minute
    week = {day: [Span(opens=minute + opens, closes=minute + closes)] for day in range(7)}
    clock = lambda: datetime.fromtimestamp(office.clock.now, UTC)  # noqa: E731
    return {"systems": {"opening": {SYSTEM: Hours(zone=UTC, week=week)}}, "clock": clock}


@pytest.mark.parametrize(("opens", "closes"), [(10, 60), (-60, 0)], ids=["not yet", "no longer"])
def test_nothing_is_taken_while_a_system_is_closed(office: Office, opens: int, closes: int) -> None:
    office.hand_in("a")
    summary = office.work(**opening(office, opens, closes))
    assert summary.taken == 0
    assert summary.stopped.startswith("Small is closed. 1 item waits until it opens")
    assert not summary.blocked


def test_nothing_is_begun_that_may_not_end_before_it_closes(office: Office) -> None:
    office.target.takes = 10.0
    office.hand_in("a", "b", "c")
    summary = office.work(**opening(office, -60, 3))
    assert (summary.done, summary.taken) == (2, 2)
    assert summary.stopped.startswith("Small closes at ")


def test_with_nothing_to_do_nobody_is_told_that_it_is_closed(office: Office) -> None:
    assert office.work(**opening(office, 10, 60)).stopped == ""


def test_for_a_doubt_that_waits_for_a_person_no_system_need_open(office: Office) -> None:
    office.steps = (Plain(),)
    office.doubted("a")
    office.work(max_items=1)
    assert office.told("a") == (State.IN_DOUBT, "absence-not-provable")
    assert office.work(**opening(office, 10, 60)).stopped == ""


# ---- asking first -------------------------------------------------------------------------------
def asking(office: Office, error: Exception | None = None, seconds: float = 0.0) -> tuple[Any, list[float]]:
    """When it was asked, and when that ended."""
    asked: list[float] = []

    async def ask() -> None:
        asked.append(office.clock.now)
        try:
            await asyncio.sleep(seconds)
        finally:
            asked.append(office.clock.now)
        if error is not None:
            raise error

    return ask, asked


def test_nothing_is_keyed_before_the_targets_were_asked(office: Office) -> None:
    ask, asked = asking(office, seconds=100.0)
    office.hand_in("a")
    office.work(ask_first=ask)
    assert office.history("a")[1].at >= asked[0] + 100
    assert office.told("a") == (State.DONE, None)


@pytest.mark.parametrize("error", [AWAY, ConfigurationError("no", "No map.")])
def test_a_target_that_does_not_say_what_it_holds_is_not_keyed_into(office: Office, error: Exception) -> None:
    ask, _ = asking(office, error)
    office.hand_in("a")
    summary = office.work(ask_first=ask)
    assert (summary.taken, summary.blocked) == (0, True)
    assert summary.stopped.startswith("Nothing was keyed, because a system could not be asked what it holds.")


def test_a_target_that_never_answers_is_given_up(office: Office) -> None:
    ask, _ = asking(office, seconds=1e6)
    office.hand_in("a")
    summary = office.work(ask_first=ask)
    assert (summary.taken, summary.blocked) == (0, True)
    assert summary.stopped.endswith("It did not answer in time.")


def test_a_run_may_be_stopped_while_it_asks(office: Office) -> None:
    ask, asked = asking(office, seconds=1000.0)
    runner, _ = office.runner(office.a_life(), ask_first=ask)
    office.hand_in("a")

    async def work() -> WorkSummary:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(5.0, stop.set)
        summary = await runner.run(stop=stop)
        assert len(asked) == 2, "nobody asks on after its end"
        return summary

    summary = office.clock.run(work())
    assert (summary.taken, summary.stopped, summary.blocked) == (0, "asked to stop", False)


def test_cancelled_while_it_asks_a_run_asks_no_further(office: Office) -> None:
    """Its systems are closed next: whoever asks on would open them again."""
    ask, asked = asking(office, seconds=1000.0)
    runner, _ = office.runner(office.a_life(), ask_first=ask)

    async def cancelled() -> list[float]:
        task = asyncio.ensure_future(runner.run())
        asyncio.get_running_loop().call_later(5.0, task.cancel)
        await asyncio.wait({task})
        assert task.cancelled()
        return list(asked)

    assert len(office.clock.run(cancelled())) == 2


def test_what_else_goes_wrong_in_asking_is_the_runs_own_error(office: Office) -> None:
    ask, _ = asking(office, LeaseLost("counted-out", "This worker was counted out."))
    office.hand_in("a")
    with pytest.raises(LeaseLost, match="counted-out"):
        office.work(ask_first=ask)
    assert office.told("a") == (State.NEW, None)


def test_held_or_closed_nothing_is_asked(office: Office) -> None:
    ask, asked = asking(office)
    office.hand_in("a")
    office.work(ask_first=ask, **opening(office, 10, 60))
    office.hold()
    office.work(ask_first=ask)
    assert not asked


def test_an_error_of_the_store_ends_the_run_as_it_is(office: Office) -> None:
    office.fails["take"] = iter([StoreAway("store-failed", "The store is away.")])
    office.hand_in("a")
    with pytest.raises(StoreAway):
        office.work(sessions=2)


# ---- what people ask, and staff first -----------------------------------------------------------
class Asked:
    """Requests of people, in memory."""

    def __init__(self, office: Office, *keys: str) -> None:
        self.waiting = [
            Lookup(item=office.item(key).id, process=PROCESS, who="Ann", asked=1.0) for key in keys
        ]
        self.answers: list[tuple[float, Sight]] = []
        self.office = office

    async def take(self, process: str, worker: str, seconds: float) -> Lookup | None:
        return self.waiting.pop(0) if self.waiting else None

    async def answer(self, lookup: Lookup, worker: str, version: int, sight: Sight) -> bool:
        self.answers.append((self.office.clock.now, sight))
        return True


def test_what_a_person_asks_goes_before_items(office: Office) -> None:
    office.target.put("a", "Somebody else")
    office.hand_in("a", "b")
    asked = Asked(office, "a")
    office.work(lookups=asked)
    [(at, sight)] = asked.answers
    assert [entry.differs for entry in sight.entries] == [["name"]]
    assert at <= min(office.history(key)[1].at for key in "ab")


def test_stopped_while_a_request_is_looked_for_a_run_takes_no_item(office: Office) -> None:
    stop = asyncio.Event()

    class Stopping(Asked):
        async def take(self, process: str, worker: str, seconds: float) -> Lookup | None:
            stop.set()
            return None

    office.hand_in("a")
    runner, _ = office.runner(office.a_life(), lookups=Stopping(office))
    summary = office.clock.run(runner.run(stop=stop))
    assert (summary.taken, summary.stopped) == (0, "asked to stop")
    assert office.told("a") == (State.NEW, None)


def test_a_system_that_cannot_be_entered_for_a_person_ends_the_run(office: Office) -> None:
    office.target.refuses_sign_in = True
    office.hand_in("a")
    summary = office.work(lookups=Asked(office, "a"))
    assert (summary.taken, summary.blocked) == (0, True)
    assert office.told("a") == (State.NEW, None)


def test_a_slow_system_gets_sessions_back(office: Office) -> None:
    pace = Pace()
    for seconds in (*[0.1] * 20, *[9.0] * 20):
        pace.answered(seconds)
    office.hand_in("a", "b", "c", "d")
    summary = office.work(sessions=3, systems={"paces": {SYSTEM: pace}})
    assert summary.given_back == 1, "it is judged anew with one less"
    assert office.states() == {State.DONE: 4}


def test_a_session_that_has_long_to_wait_is_somebody_elses_to_use(office: Office) -> None:
    office.hand_in("a", "b")
    office.target.troubles["new"] = iter([None, AWAY])
    at: list[list[str]] = []
    runner, systems = office.runner(office.a_life())

    async def work() -> None:
        asyncio.get_running_loop().call_later(25.0, lambda: at.append(list(systems.left)))
        await runner.run(sessions=2)

    office.clock.run(work())
    assert sorted(set(at[0])) == ["w1/1", "w1/2"]
    assert office.states() == {State.DONE: 2}
