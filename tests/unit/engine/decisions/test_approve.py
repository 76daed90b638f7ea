from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.core.people import Role
from bots.engine.decisions.approve import APPROVE

from .cases import agreed, case, corrected, refused

RIGHT = Answers(why="I rang the tenant")


def test_a_second_person_agrees_to_these_very_data() -> None:
    change = APPROVE.apply(case(State.AWAITING_APPROVAL, story=[corrected("bob", "account")]), RIGHT)
    assert change.ending is not None
    assert (change.ending.state, change.agreed, change.anew) == (State.NEW, True, True)


def test_nobody_agrees_to_a_correction_of_ones_own() -> None:
    found = case(State.AWAITING_APPROVAL, story=[corrected("ann", "uprn")])
    assert refused(APPROVE, found, RIGHT) == "four-eyes"


def test_also_not_to_one_before_the_last_that_nobody_agreed_to() -> None:
    story = [corrected("bob", "uprn"), corrected("ann", "account")]
    found = case(State.AWAITING_APPROVAL, story=story, second=("account",))
    assert refused(APPROVE, found, RIGHT) == "four-eyes"


def test_to_another_once_somebody_agreed_to_ones_own() -> None:
    story = [corrected("bob", "uprn"), agreed("cleo"), corrected("ann", "account")]
    assert APPROVE.apply(case(State.AWAITING_APPROVAL, story=story, second=("account",)), RIGHT).agreed


def test_it_is_for_approvers() -> None:
    assert APPROVE.role is Role.APPROVER
