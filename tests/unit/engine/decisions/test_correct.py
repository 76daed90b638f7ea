from __future__ import annotations

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.decisions.correct import CORRECT, changed_fields
from bots.engine.decisions.retry import RETRY

from .cases import RECORD, case, corrected, receipt, refused

OTHER = Answers(why="a digit was missing", record={"uprn": "1001", "account": "5"})


def test_the_record_is_the_next_version_and_its_history_names_the_fields() -> None:
    change = CORRECT.apply(case(), OTHER)
    assert change.ending is not None
    assert change.ending.state is State.NEW
    assert (change.record, change.detail) == (OTHER.record, {"corrected": ["uprn"]})
    assert (change.not_before, change.anew) == (0.0, True)


def test_a_field_that_wants_it_waits_for_a_second_person_with_those_of_before() -> None:
    story = [corrected("bob", "account")]
    change = CORRECT.apply(case(story=story, second=("account", "uprn")), OTHER)
    assert change.ending is not None
    assert change.ending.state is State.AWAITING_APPROVAL
    assert change.ending.detail == {"corrected": ["account", "uprn"]}
    assert change.detail == {"corrected": ["uprn"]}


def test_what_is_as_it_was_is_no_correction() -> None:
    answers = Answers(why="it is right", record=dict(RECORD))
    found = case(receipts={"log": receipt()})
    assert CORRECT.apply(found, answers) == RETRY.apply(found, answers)


def test_nothing_is_corrected_here_that_is_in_a_target() -> None:
    assert refused(CORRECT, case(receipts={"log": receipt()}), OTHER) == "part-done"


def test_a_field_that_is_left_out_or_new_is_changed() -> None:
    assert changed_fields({"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 4, "d": 5}) == ["b", "c", "d"]
