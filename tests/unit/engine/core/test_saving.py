"""Hours given back: no figure without a baseline, below nothing when it is so, never more than measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.core.baseline import Baseline, Measured
from bots.engine.core.limits import LONDON
from bots.engine.core.saving import Reviewed, Worked, mean_review, saving

PROCESS, FIRST = "missed-bins", date(2026, 11, 2)


def base(
    minutes: float = 6, day: int = 0, staff_hour: str | None = "30", a_year: str | None = "3650"
) -> Baseline:
    said = {"minutes": str(minutes), "cases": 40, "timed_by": "ann", "first": "2026-10-01"}
    money = {"staff_hour": staff_hour, "a_year": a_year}
    on = FIRST + timedelta(days=day)
    return Baseline(
        number=day + 1,
        process=PROCESS,
        measured=Measured.model_validate({**said, "last": "2026-10-02", **money}),
        signed=datetime(on.year, on.month, on.day, 17, tzinfo=LONDON).timestamp(),
        who="person/ann",
    )


def worked(keyed: int, day: int = 0, **reviewed: Any) -> Worked:
    on = FIRST + timedelta(days=day)
    return Worked(day=on, keyed=keyed, reviewed=Reviewed(process=PROCESS, day=on, **reviewed))


def test_cases_by_the_minutes_that_they_take_by_hand_less_review() -> None:
    found = saving([worked(100, decisions=10, timed=10, seconds=3600.0)], [base(6)], None)
    assert found is not None
    assert (found.cases, found.by_hand, found.review, found.hours) == (100, 10.0, 1.0, 9.0)
    assert found.cost == pytest.approx(3000 + 1000), "an hour of staff, and a day of the bot"
    assert (found.per_case, found.per_case_by_hand) == (pytest.approx(40), pytest.approx(300))


def test_it_may_be_less_than_nothing() -> None:
    found = saving([worked(10, decisions=9, timed=9, seconds=9 * 1800.0)], [base(6)], None)
    assert found is not None
    assert found.hours == pytest.approx(1 - 4.5)


def test_no_baseline_no_figure() -> None:
    assert saving([worked(100)], [], None) is None
    assert saving([worked(100)], [base(day=1)], None) is None, "signed off later"
    assert saving([], [base()], None) is None


def test_days_before_the_first_baseline_are_left_out() -> None:
    days = [worked(500, 0, decisions=5, timed=5, seconds=5000.0), worked(10, 1)]
    found = saving(days, [base(6, day=1)], None)
    assert found is not None
    assert (found.cases, found.by_hand, found.review) == (10, 1.0, 0.0)


def test_each_day_by_the_baseline_of_then() -> None:
    found = saving([worked(10, 0), worked(10, 1)], [base(6, 0), base(12, 1)], None)
    assert found is not None
    assert found.by_hand == 1.0 + 2.0


def test_what_was_not_timed_is_reckoned_with_the_mean_of_what_was() -> None:
    day = worked(100, decisions=30, timed=10, seconds=1200.0)
    found = saving([day], [base()], mean_review([day.reviewed]))
    assert found is not None
    assert found.review == pytest.approx(1.0)


def test_where_nothing_was_timed_nobody_knows() -> None:
    found = saving([worked(100, decisions=3)], [base()], mean_review([]))
    assert found is not None
    assert (found.by_hand, found.review, found.hours, found.cost, found.per_case) == (
        10,
        None,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("money", [{"staff_hour": None}, {"a_year": None}])
def test_no_cost_without_the_owners_figures(money: dict[str, Any]) -> None:
    found = saving([worked(10), worked(10, 1)], [base(), base(day=1, **money)], None)
    assert found is not None
    assert (found.cost, found.per_case) == (None, None), "half of the days is no figure"
    assert found.hours == pytest.approx(2.0)


def test_no_case_has_no_cost() -> None:
    found = saving([worked(0)], [base()], None)
    assert found is not None
    assert found.per_case is None
    assert found.per_case_by_hand is None


days = st.builds(
    worked,
    st.integers(0, 500),
    st.integers(-3, 20),
    decisions=st.integers(0, 50),
    timed=st.integers(0, 50),
    seconds=st.floats(0, 90_000),
)
bases = st.lists(st.builds(base, st.integers(1, 60), st.integers(0, 12)), max_size=4)


@given(st.lists(days, max_size=12), bases)
def test_the_whole_is_the_sum_of_its_parts(some: list[Worked], baselines: list[Baseline]) -> None:
    mean = mean_review([one.reviewed for one in some])
    whole = saving(some, baselines, mean)
    parts = [part for one in some if (part := saving([one], baselines, mean)) is not None]
    assert (whole is None) is (not parts)
    if whole is not None:
        assert whole.cases == sum(one.cases for one in parts)
        assert whole.by_hand == pytest.approx(sum(one.by_hand for one in parts))
        if whole.hours is not None:
            assert whole.hours == pytest.approx(sum(one.hours or 0.0 for one in parts))
            assert whole.hours <= whole.by_hand
            assert whole.cost == pytest.approx(sum(one.cost or 0.0 for one in parts))


@given(st.lists(days, min_size=1, max_size=8), st.floats(1, 100_000))
def test_more_review_gives_back_less(some: list[Worked], more: float) -> None:
    longer = [
        replace(one, reviewed=replace(one.reviewed, seconds=one.reviewed.seconds + more)) for one in some
    ]
    before, after = saving(some, [base(day=-5)], 60.0), saving(longer, [base(day=-5)], 60.0)
    assert before is not None
    assert after is not None
    assert before.hours is not None
    assert after.hours is not None
    assert after.hours < before.hours
