from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.core.people import Role
from bots.engine.decisions.decline import DECLINE

from .cases import case, corrected


def test_it_is_an_exception_with_a_reason() -> None:
    change = DECLINE.apply(case(State.AWAITING_APPROVAL), Answers(why="the old one was right"))
    assert change.ending is not None
    assert (change.ending.state, change.ending.code) == (State.EXCEPTION, "declined")
    assert not change.agreed


def test_who_corrected_it_may_change_their_mind() -> None:
    found = case(State.AWAITING_APPROVAL, story=[corrected("ann", "account")], second=("account",))
    assert DECLINE.apply(found, Answers(why="I changed my mind")).ending is not None


def test_it_is_for_approvers() -> None:
    assert DECLINE.role is Role.APPROVER
