from __future__ import annotations

from bots.engine.core.decision import Answers, Change
from bots.engine.core.item import Ending, State
from bots.engine.decisions.not_needed import NOT_NEEDED

from .cases import case, receipt


def test_it_is_closed_and_holds_nothing_any_more() -> None:
    change = NOT_NEEDED.apply(case(), Answers(why="reported twice"))
    assert change == Change(ending=Ending(state=State.WITHDRAWN), detail={}, closed=True)


def test_also_with_a_step_in_its_target() -> None:
    change = NOT_NEEDED.apply(case(receipts={"log": receipt()}), Answers(why="the letter is not needed"))
    assert change.word is None


def test_nothing_in_doubt_is_closed() -> None:
    assert State.IN_DOUBT not in NOT_NEEDED.states
