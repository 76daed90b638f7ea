from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.core.limits import SECOND_PERSON
from bots.engine.decisions.retry import RETRY

from .cases import agreed, case, corrected

WHY = Answers(why="the property is there now")


def test_it_goes_to_the_bot_at_once_as_it_is() -> None:
    change = RETRY.apply(case(), WHY)
    assert change.ending is not None
    assert change.ending.state is State.NEW
    assert (change.record, change.not_before, change.anew, change.detail) == (None, 0.0, True, {})


def test_a_correction_that_nobody_agreed_to_waits_for_a_second_person() -> None:
    change = RETRY.apply(case(story=[corrected("bob", "account", "uprn")], second=("account",)), WHY)
    assert change.ending is not None
    assert (change.ending.state, change.ending.code) == (State.AWAITING_APPROVAL, SECOND_PERSON)
    assert change.ending.detail == {"corrected": ["account"]}


def test_what_somebody_agreed_to_waits_for_nobody() -> None:
    story = [agreed("cleo"), corrected("bob", "account")]
    change = RETRY.apply(case(story=story, second=("account",)), WHY)
    assert change.ending is not None
    assert change.ending.state is State.NEW
