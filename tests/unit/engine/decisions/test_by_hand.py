from __future__ import annotations

import pytest

from bots.engine.core.decision import Answers
from bots.engine.core.item import State
from bots.engine.decisions.by_hand import BY_HAND

from .cases import case, receipt, refused


def answers(reference: str | None) -> Answers:
    return Answers(why="keyed by hand", reference=reference)


@pytest.mark.parametrize(
    ("kept", "step", "system"), [((), "log", "waste"), (("log",), "letter", "post")], ids=["none", "one"]
)
def test_the_reference_is_that_of_the_first_step_that_is_left(
    kept: tuple[str, ...], step: str, system: str
) -> None:
    change = BY_HAND.apply(case(receipts={name: receipt(name) for name in kept}), answers("C-500"))
    assert change.word is not None
    assert (change.word.step, change.word.system, change.word.reference) == (step, system, "C-500")
    assert not change.word.proven
    assert change.word.intent is None


def test_it_is_closed_and_its_history_has_the_reference() -> None:
    change = BY_HAND.apply(case(), answers("C-500"))
    assert change.ending is not None
    assert (change.ending.state, change.detail) == (State.WITHDRAWN, {"reference": "C-500"})
    assert change.closed


@pytest.mark.parametrize("blank", [None, "", "  "])
def test_a_reference_is_wanted(blank: str | None) -> None:
    assert refused(BY_HAND, case(), answers(blank)) == "no-reference"


def test_nothing_is_left_where_every_step_has_its_receipt() -> None:
    both = {"log": receipt(), "letter": receipt("letter")}
    assert refused(BY_HAND, case(receipts=both), answers("C-500")) == "nothing-left"
