from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.decisions.defer import DEFER

from .cases import NOW, case, corrected

LATER = Answers(why="not before the hearing", seconds=3600)


def test_it_waits_for_so_long() -> None:
    change = DEFER.apply(case(), LATER)
    assert change.ending is not None
    assert (change.ending.state, change.not_before) == (State.NEW, NOW + 3600)
    assert (change.anew, change.detail) == (True, {})


def test_putting_it_off_is_no_way_round_the_second_person() -> None:
    change = DEFER.apply(case(story=[corrected("bob", "account")], second=("account",)), LATER)
    assert change.ending is not None
    assert change.ending.state is State.AWAITING_APPROVAL


def test_only_what_nobody_works_on_and_nobody_must_agree_to_is_put_off() -> None:
    assert set(DEFER.states) == {State.NEW, State.EXCEPTION}
