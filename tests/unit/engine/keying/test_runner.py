"""What a run keys, when it ends, and what becomes of an item when its worker, its lease or its time goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.lookup import Lookup, Sight
from bots.engine.core.pace import Pace
from bots.engine.core.points import Point
from bots.engine.core.queue import RESTORED
from bots.engine.core.summary import Progress, WorkSummary

from .own_time import at_once
from .small_office import PROCESS, Office
from .small_target import STEP, SYSTEM, Plain, Saving

AnOffice = Callable[..., Office]
AWAY = SystemException("unreachable", "It cannot be reached.")


# ---- what is keyed ------------------------------------------------------------------------------
def test_every_case_is_keyed_once_and_has_its_receipt(office: Office) -> None:
    office.hand_in("a", "b", "c")
    summary = office.work(sessions=2)
    assert office.target.keys() == {"a": 1, "b": 1, "c": 1}
    assert (summary.taken, summary.done, summary.keyed, summary.adopted) == (3, 3, 3, 0)
    assert (summary.stopped, summary.blocked, summary.raised) == ("", False, ())
    for key in "abc":
        receipt = office.receipts(key)[STEP]
        assert office.told(key) == (State.DONE, None)
        assert receipt.values["key"] == key
        assert receipt.account == "bot"


@pytest.mark.parametrize("sessions", [1, 3])
def test_no_more_items_are_taken_than_were_asked_for(office: Office, sessions: int) -> None:
    office.hand_in("a", "b", "c", "d")
    assert office.work(sessions, max_items=2).taken == 2
    assert office.states() == {State.DONE: 2, State.NEW: 2}


def test_no_more_sessions_are_opened_than_a_system_allows(office: Office) -> None:
    office.target.limit = 2
    office.hand_in("a", "b", "c", "d", "e", "f")
    _, systems = office.worked(sessions=5)
    assert systems.most == 2
    assert not systems.sessions, "and all are given back"


def test_an_item_is_told_as_soon_as_it_ends(office: Office) -> None:
    office.target.put("b", "Somebody else")
    office.hand_in("a", "b")
    told: list[Progress] = []

    async def on_progress(progress: Progress) -> None:
        told.append(progress)

    summary = office.work(on_progress=on_progress)
    assert [(one.done, one.exceptions, one.total) for one in told] == [(1, 0, 2), (1, 1, 2)]
    [raised] = summary.raised
    assert (raised.item, raised.code) == (office.item("b").id, "already-in-target")


def test_an_item_that_comes_right_is_not_told_any_more(office: Office) -> None:
    office.target.savings["a"] = [Saving.CUT]
    office.hand_in("a")
    summary = office.work()
    assert (summary.raised, summary.done, summary.adopted) == ((), 1, 1)


def test_a_stop_is_tried_again_in_the_same_run(office: Office) -> None:
    office.target.troubles["new"] = iter([AWAY])
    office.hand_in("a")
    summary = office.work()
    assert (office.told("a"), summary.retried, summary.done) == ((State.DONE, None), 1, 1)


def test_a_run_does_not_wait_longer_than_its_patience(office: Office) -> None:
    office.target.troubles["new"] = iter([AWAY])
    office.hand_in("a")
    began = office.clock.now
    office.work(patience=20.0)
    assert office.told("a") == (State.NEW, "unreachable")
    assert office.clock.now - began < 20


def test_what_a_dead_worker_had_is_taken_up(office: Office) -> None:
    office.hand_in("a")
    office.lease("dead/1")
    office.clock.forward(100)
    office.work()
    assert office.told("a") == (State.DONE, None)


def test_new_and_doubtful_items_are_taken_by_turns(office: Office) -> None:
    office.doubted("a", Point.ANSWERED)
    office.doubted("b", Point.ANSWERED)
    office.hand_in("c", "d")
    office.work()
    ends = sorted((office.history(key)[-1].at, key) for key in "abcd")
    assert [key for _, key in ends] == ["c", "a", "d", "b"]


def test_a_run_that_gets_nothing_on_leaves_doubts_to_the_next(an_office: AnOffice) -> None:
    office = an_office()
    office.target.gone = False
    office.doubted("a")
    began = office.clock.now
    office.work(patience=100.0)
    assert office.told("a") == (State.IN_DOUBT, "browser-not-gone")
    assert office.clock.now - began < 1000


# ---- killed, cancelled, overtaken ---------------------------------------------------------------
@pytest.mark.parametrize("sessions", [1, 2])
@pytest.mark.parametrize("point", Point)
def test_killed_anywhere_a_case_is_keyed_once(office: Office, point: Point, sessions: int) -> None:
    office.hand_in("a", "b", "c")
    assert office.killed(point, 2, sessions)
    office.clock.forward(100)
    office.hand_in("d")
    office.work()
    office.clock.forward(1000)
    office.work()
    assert office.states() == {State.DONE: 4}
    assert office.target.keys() == {"a": 1, "b": 1, "c": 1, "d": 1}


BEFORE = (Point.TAKEN, Point.MATCHED, Point.LOOKED, Point.KEYED, Point.READ_BACK)
OPEN = (Point.INTENT, Point.FIRING, Point.SENDING, Point.ANSWERED, Point.OUTCOME, Point.REOPENED)


@pytest.mark.parametrize("point", [*BEFORE, *OPEN, Point.RECEIPTED])
def test_when_the_lease_of_a_dead_worker_ends_its_intent_says_what_the_item_is(
    office: Office, point: Point
) -> None:
    office.hand_in("a")
    assert office.killed(point)
    assert office.told("a") == (State.IN_PROGRESS, None)
    office.clock.forward(61)
    at_once(office.queue.expire(PROCESS))
    assert office.told("a")[0] is (State.IN_DOUBT if point in OPEN else State.NEW)


@pytest.mark.parametrize("point", BEFORE[:-1])
def test_cancelled_before_its_intent_an_item_is_given_back(office: Office, point: Point) -> None:
    office.hand_in("a")
    office.stopped_at(point)
    assert office.told("a") == (State.NEW, "cancelled")
    assert office.item("a").attempts == 0
    assert not office.target.asked
    office.work()
    assert office.told("a") == (State.DONE, None)


@pytest.mark.parametrize("point", [Point.SENDING, Point.ANSWERED, Point.OUTCOME])
def test_cancelled_after_its_intent_an_item_is_in_doubt(office: Office, point: Point) -> None:
    office.hand_in("a")
    office.stopped_at(point)
    assert office.told("a")[0] is State.IN_DOUBT
    assert office.intents("a")[0].status is IntentStatus.OPEN
    assert office.intents("a")[0].browser == "", "its session was closed first"
    office.clock.forward(100)
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert office.target.keys() == {"a": 1}


def test_a_store_that_is_away_does_not_keep_a_run_from_being_cancelled(office: Office) -> None:
    office.fails["finish"] = repeat(StoreAway("store-failed", "The store is away."))
    office.hand_in("a")
    office.stopped_at(Point.LOOKED)
    assert office.told("a") == (State.IN_PROGRESS, None)


def slow_then(office: Office, what: Callable[[], Any]) -> None:
    """Something happens while the second item of a run is on a page that takes minutes."""

    def happens() -> None:
        office.target.takes = 150.0
        what()

    office.at[Point.LOOKED] = happens


def test_the_lease_of_a_slow_item_is_renewed(office: Office) -> None:
    office.target.takes = 50.0
    office.hand_in("a")
    _, systems = office.worked(longest=5000.0)
    assert office.told("a") == (State.DONE, None)
    assert (office.item("a").token, office.item("a").attempts) == (1, 1)
    assert systems.beats["w1/1"] > 5


def test_without_its_lease_the_work_stops_at_once(office: Office) -> None:
    slow_then(office, office.takes_over)
    office.hand_in("a")
    began = office.clock.now
    _, systems = office.worked(longest=5000.0, patience=0.0)
    assert office.clock.now - began < 30, "within a third of a lease"
    assert office.item("a").state is State.IN_PROGRESS
    assert [one.who for one in office.history("a")] == ["tester", "w1/1"]
    assert systems.left == ["w1/1"]
    assert not office.target.asked


def test_with_the_store_away_the_work_stops_and_says_so(office: Office) -> None:
    gone = StoreAway("store-failed", "The store is away.")
    slow_then(office, lambda: office.fails.update(extend=repeat(gone)))
    office.hand_in("a", "b")
    summary = office.work(longest=5000.0)
    assert (summary.stopped, summary.blocked, summary.taken) == ("The store is away.", True, 1)
    assert not office.target.asked
    assert office.item("a").state is State.IN_PROGRESS


def test_a_lease_that_is_lost_at_the_very_end_writes_nothing(office: Office) -> None:
    office.fails["finish"] = iter([LeaseLost("lease-lost", "It is another's.")])
    office.hand_in("a")
    summary = office.work(patience=0.0)
    assert Point.FINISHED not in office.points
    assert (summary.done, summary.raised) == (0, ())


# ---- too long -----------------------------------------------------------------------------------
def test_an_item_that_takes_too_long_ends_the_run(office: Office) -> None:
    slow_then(office, lambda: None)
    office.hand_in("a", "b")
    summary, systems = office.worked(longest=100.0)
    assert office.told("a") == (State.NEW, "took-too-long")
    assert office.told("b") == (State.NEW, None)
    assert "longer than the 100 seconds" in summary.stopped
    assert summary.blocked
    assert systems.left == ["w1/1"]
    assert not office.target.asked


def test_a_save_that_is_never_answered_is_in_doubt(office: Office) -> None:
    office.target.savings["a"] = [Saving.HANGS]
    office.hand_in("a")
    office.work(longest=100.0)
    assert office.told("a") == (State.IN_DOUBT, "took-too-long")
    office.clock.forward(100)
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert office.target.keys() == {"a": 1}


def test_the_longest_time_of_an_item_is_of_the_maps(office: Office) -> None:
    office.target.savings["a"] = [Saving.HANGS]
    office.hand_in("a")
    began = office.clock.now
    office.work()
    assert office.clock.now - began == pytest.approx(120 + 2 * 60)


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
        at_once(office.queue.defer(office.item(key).id, "Ann", "later", 1e6))
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
    asked: list[float] = []

    async def ask() -> None:
        asked.append(office.clock.now)
        await asyncio.sleep(seconds)
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
    ask, _ = asking(office, seconds=1000.0)
    runner, _ = office.runner(office.a_life(), ask_first=ask)
    office.hand_in("a")

    async def work() -> WorkSummary:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(5.0, stop.set)
        return await runner.run(stop=stop)

    summary = office.clock.run(work())
    assert (summary.taken, summary.stopped, summary.blocked) == (0, "asked to stop", False)


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
