"""Several readings of one line of a scan: their values vote."""

from __future__ import annotations

from functools import partial

import pytest

from bots.engine.documents.scans.voting import Reading, letters, value_of, vote
from bots.processes.benefit_changes.record import BenefitChange

DAY = partial(value_of(BenefitChange), "changed_on")
CLAIM = partial(value_of(BenefitChange), "claim")
NAME = partial(value_of(BenefitChange), "name")


def texts(*found: str) -> list[Reading]:
    return [(text, 0.8) for text in found]


def test_spaces_that_were_lost_do_no_harm() -> None:
    text, sure = vote(texts("19 April 2026", "19April 2026", "19 April 2026"), DAY)
    assert (text, sure) == ("19 April 2026", pytest.approx(0.96))


def test_what_is_no_value_says_nothing() -> None:
    text, sure = vote(texts("HB446O247", "HB4460247", "HB4460247"), CLAIM)
    assert (text, sure) == ("HB4460247", pytest.approx(0.96)), "the letter was no digit"


@pytest.mark.parametrize(
    ("readings", "value"),
    [
        (("HB4460247", "HB4460241", "HB4460247"), CLAIM),
        (("19 April 2026", "18 April 2026", "19 April 2026"), DAY),
        (("Ian Example", "lan Example", "Ian Example"), NAME),
        (("19 April 2026", "", "19 Aprii 2O26"), DAY),
        (("19 April 2026",), DAY),
    ],
)
def test_one_that_contradicts_or_stands_alone_is_a_question(
    readings: tuple[str, ...], value: partial[object]
) -> None:
    assert vote(texts(*readings), value) == (readings[0], 0.0)


def test_without_a_type_the_letters_vote() -> None:
    assert vote(texts("1 20", "120"), partial(letters, ""))[1] == pytest.approx(0.96)
    assert vote(texts("120", "12O"), partial(letters, ""))[1] == 0.0
