from __future__ import annotations

from bots.engine.core.decision import Answers, Change
from bots.engine.core.item import State
from bots.engine.decisions.look_again import LOOK_AGAIN

from .cases import case, intent


def test_it_stays_in_doubt_and_is_due_at_once() -> None:
    change = LOOK_AGAIN.apply(case(State.IN_DOUBT, intent=intent()), Answers(why="the search works again"))
    assert change == Change(not_before=0.0)


def test_only_what_is_in_doubt_is_looked_up() -> None:
    assert LOOK_AGAIN.states == (State.IN_DOUBT,)
