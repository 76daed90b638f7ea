from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import IntentStatus, State
from bots.engine.decisions.not_saved import NOT_SAVED

from .cases import NOW, case, intent, refused

LOOKED = Answers(why="I looked")


def test_the_intent_is_closed_as_absent_and_the_bot_keys_it() -> None:
    change = NOT_SAVED.apply(case(State.IN_DOUBT, intent=intent()), LOOKED)
    assert change.ending is not None
    assert (change.ending.state, change.intent, change.word) == (State.NEW, IntentStatus.ABSENT, None)
    assert (change.yields, change.anew, change.not_before) == (True, True, 0.0)


def test_not_while_the_change_could_still_arrive() -> None:
    assert refused(NOT_SAVED, case(State.IN_DOUBT, intent=intent(NOW + 1)), LOOKED) == "too-early"


def test_not_without_an_open_intent() -> None:
    assert refused(NOT_SAVED, case(State.IN_DOUBT), LOOKED) == "no-open-intent"
