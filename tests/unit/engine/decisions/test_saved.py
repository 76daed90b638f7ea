from __future__ import annotations

import pytest

from bots.engine.core.decision import Answers
from bots.engine.core.item import IntentStatus, State
from bots.engine.decisions.saved import SAVED

from .cases import NOW, case, intent, refused

THERE = Answers(why="I looked", reference="C-7")


def test_the_reference_is_the_receipt_of_what_was_in_doubt() -> None:
    change = SAVED.apply(case(State.IN_DOUBT, intent=intent()), THERE)
    assert change.word is not None
    assert (change.word.step, change.word.system) == ("log", "waste")
    assert (change.word.reference, change.word.intent) == ("C-7", "intent-1")
    assert change.intent is IntentStatus.RECEIPTED


def test_the_bot_goes_on_unless_the_source_changed() -> None:
    change = SAVED.apply(case(State.IN_DOUBT, intent=intent()), THERE)
    assert change.ending is not None
    assert (change.ending.state, change.yields, change.anew) == (State.NEW, True, True)


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_reference_is_wanted(blank: str | None) -> None:
    found = case(State.IN_DOUBT, intent=intent())
    assert refused(SAVED, found, Answers(why="I looked", reference=blank)) == "no-reference"


def test_not_while_the_change_could_still_arrive() -> None:
    assert refused(SAVED, case(State.IN_DOUBT, intent=intent(NOW + 1)), THERE) == "too-early"


def test_not_without_an_open_intent() -> None:
    assert refused(SAVED, case(State.IN_DOUBT), THERE) == "no-open-intent"
