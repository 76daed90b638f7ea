"""When systems are open, as people are told: their week, closed days, and when all of them are open."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bots.engine.console.services.sites import Site, next_opening, openings, shut_at
from bots.engine.screens.maps.opening_hours import LONDON, hours_of


def site(title: str, week: dict[str, str] | None, *closed_on: date) -> Site:
    hours = hours_of(week, "closed", closed_on) if week else None
    return Site(name=title.lower(), title=title, sessions=2, hours=hours)


OFFICE = site("Office", {"mon-fri": "07:00-19:00"})
LATE = site("Late", {"mon-fri": "08:00-12:00, 13:00-20:00", "sat": "09:00-12:00"})
NIGHT = site("Night", {"mon-sun": "22:00-06:00"})
ALWAYS = site("Always", None)
FRIDAY = datetime(2026, 12, 18, 12, 30, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (OFFICE, ["Monday to Friday, 7am to 7pm"]),
        (LATE, ["Monday to Friday, 8am to midday and 1pm to 8pm", "Saturday, 9am to midday"]),
        (NIGHT, ["Every day, 10pm to 6am"]),
        (site("Day", {"mon-sun": "00:00-24:00"}), ["Every day, all day"]),
        (ALWAYS, ["Always open"]),
    ],
    ids=lambda one: one.title if isinstance(one, Site) else "",
)
def test_a_week_in_words(one: Site, words: list[str]) -> None:
    assert one.week() == words


def test_bank_holidays_are_named_and_days_on_which_it_is_closed_anyway_are_not() -> None:
    """26 December 2026 is a Saturday: its holiday is Monday, and New Year's Day is a Friday."""
    days = [date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1)]
    assert OFFICE.closed_days(FRIDAY) == days
    assert LATE.closed_days(FRIDAY) == [days[0], date(2026, 12, 26), *days[1:]]
    stock = site("Stock", {"mon-fri": "07:00-19:00"}, date(2027, 1, 5))
    assert stock.closed_days(FRIDAY) == [*days, date(2027, 1, 5)]
    assert ALWAYS.closed_days(FRIDAY) == []


def test_of_several_the_one_that_opens_last_is_told() -> None:
    assert shut_at([OFFICE, ALWAYS], FRIDAY) is None
    shut = shut_at([OFFICE, LATE, NIGHT], FRIDAY)
    assert shut is not None
    assert shut.title == "Night"
    rare = site("Rare", {"mon": "07:00-08:00"}, *(date(2026, 12, day) for day in (21, 28)))
    last = shut_at([NIGHT, rare], FRIDAY)
    assert last is not None
    assert last.sentence() == "Rare is closed. It opens on Monday 4 January at 07:00."


def test_when_all_are_open_next() -> None:
    assert next_opening([OFFICE, ALWAYS], FRIDAY) == FRIDAY
    assert next_opening([OFFICE, LATE], FRIDAY) == FRIDAY.replace(hour=13, minute=0)
    evening = datetime(2026, 12, 24, 20, tzinfo=LONDON)
    assert next_opening([OFFICE, LATE], evening) == datetime(2026, 12, 29, 8, tzinfo=LONDON)
    assert next_opening([OFFICE, NIGHT], FRIDAY) is None, "never at the same time"


def test_the_openings_that_are_offered() -> None:
    first, second = openings([OFFICE], FRIDAY, 2)
    assert (first, second) == (
        datetime(2026, 12, 21, 7, tzinfo=LONDON),
        datetime(2026, 12, 22, 7, tzinfo=LONDON),
    )
    night = datetime(2026, 12, 21, 3, tzinfo=LONDON)
    assert openings([OFFICE], night, 1) == [datetime(2026, 12, 21, 7, tzinfo=LONDON)]
    assert openings([ALWAYS], FRIDAY, 2) == []
    assert openings([OFFICE, NIGHT], FRIDAY, 2) == []
