"""When the queue is empty: a range by the last five working days, or a plain word where there is none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bots.engine.core.forecast import DAYS, Forecast, Outlook, PaceDay, forecast
from bots.engine.core.hours import Hours, after_open_hours, open_between, open_hours
from bots.engine.screens.maps.opening_hours import LONDON, hours_of

WORKING = hours_of({"mon-fri": "07:00-19:00"}, "closed", ())
MORNINGS = hours_of({"mon-sat": "06:00-12:00"}, "open", ())


def week(*nets: int, hours: float = 10.0) -> list[PaceDay]:
    return [PaceDay(received=100, finished=100 + net, hours=hours) for net in nets]


def test_by_the_best_days_and_the_worst() -> None:
    found = forecast(600, week(100, 200, 300, 400, 500))
    assert found == Forecast(outlook=Outlook.RANGE, earliest=15.0, latest=30.0)


def test_nothing_waits() -> None:
    assert forecast(0, []) == Forecast(outlook=Outlook.EMPTY)


@pytest.mark.parametrize("days", [[], week(9, 9, 9, 9), [*week(9, 9, 9, 9), *week(9, hours=0)]])
def test_too_few_days_to_tell(days: list[PaceDay]) -> None:
    assert forecast(5, days) == Forecast(outlook=Outlook.UNKNOWN)


def test_it_grows() -> None:
    assert forecast(5, week(-10, -10, 5, 5, 10)) == Forecast(outlook=Outlook.GROWING)


def test_on_some_days_it_grew() -> None:
    found = forecast(60, week(-10, -10, 5, 30, 40))
    assert (found.outlook, found.latest) == (Outlook.OPEN, None)
    assert found.earliest == pytest.approx(60 / (75 / 30))


days = st.lists(
    st.builds(
        PaceDay, received=st.integers(0, 999), finished=st.integers(0, 999), hours=st.floats(0.5, 24.0)
    ),
    min_size=DAYS,
    max_size=DAYS,
)


@given(st.integers(1, 10_000), days)
def test_the_range_holds_the_pace_of_all_days(queue: int, some: list[PaceDay]) -> None:
    found = forecast(queue, some)
    pace = sum(one.finished - one.received for one in some) / sum(one.hours for one in some)
    assert (found.outlook is Outlook.GROWING) is (pace <= 0)
    if pace > 0:
        assert found.earliest is not None
        assert 0 < found.earliest <= queue / pace * 1.000001
        assert found.latest is None or found.latest >= queue / pace * 0.999999


@given(st.integers(1, 5_000), st.integers(1, 5_000), days)
def test_a_longer_queue_is_empty_later(queue: int, more: int, some: list[PaceDay]) -> None:
    before, after = forecast(queue, some), forecast(queue + more, some)
    assert before.outlook is after.outlook
    assume(before.earliest is not None and after.earliest is not None)
    assert after.earliest > before.earliest  # type: ignore[operator]


# ---- opening hours ------------------------------------------------------------------------------
def london(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def test_hours_in_which_all_systems_are_open() -> None:
    friday, saturday = london("2026-11-20 00:00"), london("2026-11-21 00:00")
    assert open_hours([WORKING], friday, saturday) == 12
    assert open_hours([WORKING, MORNINGS], friday, saturday) == 5
    assert open_hours([WORKING, MORNINGS], saturday, saturday + timedelta(days=1)) == 0
    assert open_hours([], friday, saturday) == 24
    assert open_between([WORKING], london("2026-11-20 18:00"), saturday) == [
        (london("2026-11-20 18:00"), london("2026-11-20 19:00"))
    ]


def test_opening_hours_go_on_behind_a_weekend() -> None:
    friday = london("2026-11-20 18:00")
    assert after_open_hours([WORKING], friday, 1) == london("2026-11-20 19:00")
    assert after_open_hours([WORKING], friday, 2.5) == london("2026-11-23 08:30")
    assert after_open_hours([WORKING], friday, 1 + 5 * 12 + 1) == london("2026-11-30 08:00")
    assert after_open_hours([WORKING], friday, 24 * 366) is None
    assert after_open_hours([Hours(zone=LONDON, week={})], friday, 1) is None


@given(st.floats(0.01, 400), st.integers(0, 10_000))
def test_so_many_opening_hours_lie_before_the_moment(hours: float, minutes: int) -> None:
    since = london("2026-12-18 00:00") + timedelta(minutes=minutes)
    then = after_open_hours([WORKING, MORNINGS], since, hours)
    assert then is not None
    passed = sum(
        open_hours([WORKING, MORNINGS], start, min(then, start + timedelta(days=7)))
        for start in (since + timedelta(days=7 * n) for n in range((then - since).days // 7 + 1))
    )
    assert passed == pytest.approx(hours, abs=1e-4)
