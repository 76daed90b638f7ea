"""Time in stretches: none is left out, none is counted twice, and the last one ends today."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.console.figures.words import span, when_empty
from bots.engine.console.services.periods import BY, LENGTHS, asked_for, each_day, stretches
from bots.engine.core.forecast import Forecast, Outlook
from bots.engine.screens.maps.opening_hours import LONDON, hours_of


@given(
    st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(list(LENGTHS)), st.sampled_from(list(BY))
)
def test_every_day_lies_in_one_stretch(today: date, length: str, by: str) -> None:
    found = stretches(today, int(length), by)
    days = [day for one in found for day in each_day(one.first, one.last)]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    assert found[-1].last == today
    assert len({one.name for one in found}) == len({one.short for one in found}) == len(found)
    if by == "week":
        assert {one.first.weekday() for one in found} == {0}
    if by != "month":
        assert len(days) >= int(length)


@pytest.mark.parametrize(
    "today", [date(2026, 11, 29), date(2026, 1, 31), date(2026, 12, 31), date(2026, 1, 1)]
)
def test_a_year_is_twelve_months(today: date) -> None:
    found = stretches(today, 365, "month")
    assert len(found) == 12
    assert {one.first.day for one in found} == {1}
    assert (len(stretches(today, 91, "month")), len(stretches(today, 14, "month"))) == (3, 1)


@pytest.mark.parametrize(
    ("length", "by", "expected"),
    [
        ("", "", ("14", "day")),
        ("365", "", ("365", "month")),
        ("91", "?", ("91", "week")),
        ("-1", "week", ("14", "week")),
    ],
)
def test_an_address_that_asks_wrongly_gets_the_usual(length: str, by: str, expected: tuple[str, str]) -> None:
    assert asked_for(length, by) == expected


# ---- in words -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (0, "0 minutes"),
        (0.001, "less than a minute"),
        (1 / 60, "1 minute"),
        (1, "1 hour"),
        (6.75, "6 hours 45 minutes"),
        (-2.5, "minus 2 hours 30 minutes"),
        (1249.7, "1,250 hours"),
    ],
)
def test_hours(hours: float, words: str) -> None:
    assert span(hours) == words


WORKING = [hours_of({"mon-fri": "08:00-18:00"}, "closed", ())]
FRIDAY = datetime(2026, 11, 20, 14, 20, tzinfo=LONDON)
FORECASTS = [
    (Forecast(outlook=Outlook.RANGE, earliest=0.5, latest=2), "Between 2pm and 5pm today"),
    (Forecast(outlook=Outlook.RANGE, earliest=0.1, latest=0.2), "Between 2pm and 3pm today"),
    (Forecast(outlook=Outlook.RANGE, earliest=4.5, latest=6), "Between 8am and 11am on 23 November 2026"),
    (Forecast(outlook=Outlook.RANGE, earliest=1, latest=3 + 40 / 60), "Between 3pm and 6pm today"),
    (Forecast(outlook=Outlook.RANGE, earliest=2, latest=20), "Between 20 November 2026 and 24 November 2026"),
    (
        Forecast(outlook=Outlook.RANGE, earliest=20, latest=9e5),
        "Not before 24 November 2026, and perhaps not within a year",
    ),
    (Forecast(outlook=Outlook.RANGE, earliest=8e5, latest=9e5), "Not within a year at this pace"),
    (
        Forecast(outlook=Outlook.OPEN, earliest=20),
        "Not before 24 November 2026; on some of the last days the queue grew",
    ),
    (Forecast(outlook=Outlook.EMPTY), "Nothing waits"),
]


@pytest.mark.parametrize(("found", "words"), FORECASTS, ids=[words for _, words in FORECASTS])
def test_when_the_queue_is_empty(found: Forecast, words: str) -> None:
    assert when_empty(found, WORKING, FRIDAY) == words


@pytest.mark.parametrize("outlook", [Outlook.EMPTY, Outlook.UNKNOWN, Outlook.GROWING])
def test_what_has_no_moment_has_words(outlook: Outlook) -> None:
    assert when_empty(Forecast(outlook=outlook), [], FRIDAY)
