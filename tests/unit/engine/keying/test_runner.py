"""What a run keys, when it ends, and what becomes of an item when its worker, its lease or its time goes.

`bots.engine.keying.runner`, on a store, a target and a clock in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest

from bots.engine.core.errors import (
    LeaseLost,
    StoreAway,
    SystemException,
)
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.points import Point
from bots.engine.core.summary import Progress

from .own_time import at_once
from .small_office import PROCESS, Office
from .small_target import STEP, Saving

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
    office.hand_in("a", "b")
    office.lease("dead/1"), office.lease("dead/2")
    office.clock.forward(100)
    totals: list[int] = []

    async def on_progress(progress: Progress) -> None:
        totals.append(progress.total)

    office.work(on_progress=on_progress)
    assert office.states() == {State.DONE: 2}
    assert totals == [2, 2], "they are counted from the beginning"


def test_new_and_doubtful_items_are_taken_by_turns(office: Office) -> None:
    office.doubted("a", Point.ANSWERED)
    office.doubted("b", Point.ANSWERED)
    office.hand_in("c", "d")
    office.work()
    ends = sorted((office.history(key)[-1].at, key) for key in "abcd")
    assert [key for _, key in ends] == ["c", "a", "d", "b"]


def test_a_run_that_gets_nothing_on_leaves_doubts_to_the_next(office: Office) -> None:
    for key in "abc":
        office.doubted(key)
    office.target.takes = 40.0
    office.work(longest=5000.0)
    codes = [office.told(key)[1] for key in "abc"]
    assert codes == ["search-not-proven", None, None], "the first look took longer than its patience"


def test_looks_do_not_keep_a_run_alive(office: Office) -> None:
    office.doubted("a")
    [intent] = office.intents("a")
    office.clock.passed += intent.settled - office.clock.now
    began = office.clock.now
    office.work()
    assert office.told("a") == (State.IN_DOUBT, "search-not-proven")
    assert office.clock.now - began < 60


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
    assert office.intents("a")[0].writer == "", "its session was closed first"
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


def test_nothing_can_fire_any_more_when_it_is_told_that_it_took_too_long(office: Office) -> None:
    slow_then(office, lambda: None)
    office.hand_in("a")
    runner, systems = office.runner(office.a_life(), longest=100.0)
    at: list[int] = []
    office.at[Point.FINISHED] = lambda: at.append(len(systems.sessions))
    office.clock.run(runner.run())
    assert at == [0]


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
