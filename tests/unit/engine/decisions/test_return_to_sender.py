from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import SENT_BACK, State
from bots.engine.decisions.return_to_sender import RETURN_TO_SENDER

from .cases import case, receipt, refused

WHICH = Answers(why="Which flat?")


def test_it_is_closed_with_the_reason_that_goes_back() -> None:
    change = RETURN_TO_SENDER.apply(case(), WHICH)
    assert change.ending is not None
    assert (change.ending.state, change.ending.code) == (State.WITHDRAWN, SENT_BACK)
    assert change.ending.sentence == "Sent back: Which flat?"
    assert change.closed


def test_not_with_something_of_it_in_a_target() -> None:
    assert refused(RETURN_TO_SENDER, case(receipts={"log": receipt()}), WHICH) == "part-done"
