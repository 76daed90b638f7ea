"""Timetables: in words, as cron and back, and what comes next over a change of the clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.core.errors import BusinessException
from bots.engine.core.timetable import (
    Timetable,
    clock_text,
    crons,
    days_in_words,
    from_crons,
    minutes_of,
    next_times,
    timetable,
)

LONDON = ZoneInfo("Europe/London")
WEEK = range(5)

WORDS = [
    ("30 18 * * *", "at 6:30pm, every day"),
    ("*/15 7-18 * * 1-5", "every 15 minutes from 7am to 6:45pm, Monday to Friday"),
    ("5-59/15 7-18 * * 1-5", "every 15 minutes from 7:05am to 6:50pm, Monday to Friday"),
    ("0 7-19/2 * * 1-5", "every 2 hours from 7am to 7pm, Monday to Friday"),
    ("0 * * * 0", "every hour from midnight to 11pm, Sunday"),
    ("0 12 * * 7", "at midday, Sunday"),
    ("0,30 9 * * 1,3,5", "at 9am and 9:30am, Monday, Wednesday and Friday"),
    ("0 6,7,9,12,17 * * 6,7", "at 6am, 7am, 9am, midday and 1 more times, Saturday and Sunday"),
    ("0 2 * * 1-3,5", "at 2am, Monday to Wednesday and Friday"),
]


@pytest.mark.parametrize(("line", "words"), WORDS, ids=lambda one: one)
def test_a_schedule_in_words(line: str, words: str) -> None:
    found = from_crons([line])
    assert found is not None
    assert [one.words() for one in found] == [words]


@pytest.mark.parametrize(
    "line",
    [
        "0 7 1 * *",
        "0 7 * 12 *",
        "0 7 * * MON",
        "@daily",
        "",
        "61 7 * * *",
        "0 7 * * 1-5/0",
        "0 18-7 * * *",
        "? 7 * * *",
    ],
)
def test_what_says_more_than_a_timetable_is_not_guessed(line: str) -> None:
    assert from_crons([line]) is None
    assert from_crons(["0 7 * * *", line]) is None


def test_lines_of_the_same_days_are_one_timetable() -> None:
    found = from_crons(["30 7 * * 1-5", "0,30 8-9 * * 1-5", "0 9 * * 6"])
    assert found is not None
    words = [one.words() for one in found]
    assert words == ["every 30 minutes from 7:30am to 9:30am, Monday to Friday", "at 9am, Saturday"]


@given(
    days=st.sets(st.integers(0, 6), min_size=1),
    minutes=st.sets(st.integers(0, 1439), min_size=1, max_size=60),
)
def test_a_timetable_goes_through_cron_and_back(days: set[int], minutes: set[int]) -> None:
    one = Timetable(days=frozenset(days), minutes=tuple(sorted(minutes)))
    assert from_crons(crons(one)) == [one]


def test_a_window_that_ends_in_mid_hour() -> None:
    one = timetable(WEEK, 7 * 60 + 30, 18 * 60 + 20, 15)
    assert one.words() == "every 15 minutes from 7:30am to 6:15pm, Monday to Friday"
    assert crons(one) == ["30,45 7 * * 1,2,3,4,5", "0,15,30,45 8,9,10,11,12,13,14,15,16,17 * * 1,2,3,4,5",
                          "0,15 18 * * 1,2,3,4,5"]  # fmt: skip


def test_no_day_and_a_window_that_goes_backwards_are_refused() -> None:
    with pytest.raises(BusinessException, match="at least one day"):
        timetable([], 420)
    with pytest.raises(BusinessException, match="later than the first"):
        timetable(WEEK, 420, 420, 15)


TIMES = [("7:30", 450), ("07:30", 450), (" 7.30PM ", 1170), ("7am", 420), ("12am", 0), ("12:15 pm", 735),
         ("midday", 720), ("00:00", 0), ("23:59", 1439)]  # fmt: skip


@pytest.mark.parametrize(("text", "minutes"), TIMES)
def test_times_as_people_write_them(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes
    assert minutes_of(clock_text(minutes)) == minutes


@pytest.mark.parametrize(
    "text", ["", "7", "24:00", "7:60", "13pm", "0am", "seven", "7:3", "-1:00", "7:30:00", "٧:٣٠x"]
)
def test_what_is_no_time_is_told_with_an_example(text: str) -> None:
    with pytest.raises(BusinessException, match="Write it like 07:30") as caught:
        minutes_of(text)
    assert caught.value.code == "no-time"


def test_the_next_times_of_several() -> None:
    friday = datetime(2026, 11, 27, 18, 40, tzinfo=LONDON)
    found = from_crons(["*/15 7-18 * * 1-5", "0 9 * * 6"])
    assert found is not None
    told = [f"{one:%a %d %H:%M}" for one in next_times(found, friday, LONDON, 3)]
    assert told == ["Fri 27 18:45", "Sat 28 09:00", "Mon 30 07:00"]


def test_the_same_time_on_the_clock_when_clocks_change() -> None:
    daily = timetable(range(7), 7 * 60)
    moments = next_times([daily], datetime(2026, 10, 24, 12, tzinfo=UTC), LONDON, 2)
    assert [one.astimezone(UTC).hour for one in moments] == [7, 7]
    before = next_times([daily], datetime(2026, 10, 23, 12, tzinfo=UTC), LONDON, 1)
    assert before[0].astimezone(UTC).hour == 6


def test_a_time_that_the_clock_skips_comes_an_hour_later() -> None:
    early = timetable(range(7), 90)
    [moment] = next_times([early], datetime(2027, 3, 27, 12, tzinfo=UTC), LONDON, 1)
    assert f"{moment.astimezone(UTC).astimezone(LONDON):%d %H:%M}" == "28 02:30"


def test_days() -> None:
    assert [days_in_words(one) for one in ({0}, {0, 1}, {0, 1, 2}, {0, 2, 3, 4, 6})] == [
        "Monday",
        "Monday and Tuesday",
        "Monday to Wednesday",
        "Monday, Wednesday to Friday and Sunday",
    ]
