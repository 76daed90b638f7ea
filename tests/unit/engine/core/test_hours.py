"""When a system is open: every day as people in London read the clock, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bots.engine.core.errors import SystemClosed
from bots.engine.core.hours import Hours, day_and_time, open_until, opens_at
from bots.engine.keying.opening import Opening
from bots.engine.screens.maps.opening_hours import LONDON, hours_of

OFFICE = {"mon-fri": "07:00-19:00", "sat": "08:00-12:00"}
NIGHTS = {"mon-fri": "22:00-06:00"}
SPLIT = {"mon-fri": "07:00-12:00, 13:00-19:00"}
ALWAYS = {"mon-sun": "00:00-24:00"}
EARLY = {"mon-sun": "00:30-01:30"}  # both ends in the hour that clocks skip or show twice
UNTIL_TWO = {"sat": "20:00-02:00"}


def london(text: str, fold: int = 0) -> datetime:
    """Such as "2026-11-20 18:59"; `fold` 1: the second time that the clock shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold)


def made(week: dict[str, str], **more: Any) -> Hours:
    return hours_of(week, more.get("bank_holidays", "closed"), more.get("closed_on", ()))


# Fridays: 20 November 2026, 18 December 2026. Clocks went back on 25 October 2026, forward on 28 March 2027.
OPEN = [
    ("a working day", OFFICE, "2026-11-20 12:00", "2026-11-20 19:00"),
    ("the very moment of opening", OFFICE, "2026-11-20 07:00", "2026-11-20 19:00"),
    ("before it opens", OFFICE, "2026-11-20 06:59", None),
    ("the very moment of closing", OFFICE, "2026-11-20 19:00", None),
    ("Saturday has hours of its own", OFFICE, "2026-11-21 11:59", "2026-11-21 12:00"),
    ("Sunday", OFFICE, "2026-11-22 11:00", None),
    ("summer time", OFFICE, "2026-07-10 18:59", "2026-07-10 19:00"),
    ("the Monday after clocks went back", OFFICE, "2026-10-26 18:30", "2026-10-26 19:00"),
    ("the Monday after clocks went forward", {"mon": "07:00-19:00"}, "2027-04-05 12:00", "2027-04-05 19:00"),
    ("before lunch", SPLIT, "2026-11-20 11:00", "2026-11-20 12:00"),
    ("lunch", SPLIT, "2026-11-20 12:30", None),
    ("a night shift, before midnight", NIGHTS, "2026-11-20 23:00", "2026-11-21 06:00"),
    ("a night shift, after midnight", NIGHTS, "2026-11-21 05:59", "2026-11-21 06:00"),
    ("Sunday to Monday belongs to Sunday", NIGHTS, "2026-11-23 05:00", None),
    ("midnight itself", NIGHTS, "2026-11-21 00:00", "2026-11-21 06:00"),
    ("until midnight", {"fri": "07:00-24:00"}, "2026-11-20 23:59", "2026-11-21 00:00"),
    ("midnight is the next day", {"fri": "07:00-24:00"}, "2026-11-21 00:00", None),
    ("from midnight on", {"sat": "00:00-05:00"}, "2026-11-21 00:00", "2026-11-21 05:00"),
    (
        "hours that touch",
        {"fri": "07:00-24:00", "sat": "00:00-05:00"},
        "2026-11-20 23:00",
        "2026-11-21 05:00",
    ),
    ("the night in which clocks go back", UNTIL_TWO, "2026-10-24 23:00", "2026-10-25 02:00"),
    ("the night in which clocks go forward", UNTIL_TWO, "2027-03-27 23:00", "2027-03-28 02:00"),
]
BANK_HOLIDAYS = [
    ("Good Friday", "closed", "2026-04-03 12:00", False),
    ("Easter Monday", "closed", "2026-04-06 12:00", False),
    ("Easter Monday in Scotland", "scotland", "2026-04-06 12:00", True),
    ("Saint Patrick's Day", "northern-ireland", "2026-03-17 12:00", False),
    ("Saint Patrick's Day elsewhere", "england-and-wales", "2026-03-17 12:00", True),
    ("August bank holiday", "closed", "2026-08-31 12:00", False),
    ("the same, but open", "open", "2026-08-31 12:00", True),
    ("Boxing Day on a Saturday, and the Monday in its place", "closed", "2026-12-28 12:00", False),
    ("the Tuesday after it", "closed", "2026-12-29 12:00", True),
    ("2 January in Scotland, moved", "scotland", "2027-01-04 12:00", False),
]
OPENS = [
    ("the same day", OFFICE, "2026-11-20 05:00", "2026-11-20 07:00"),
    ("over the week-end", OFFICE, "2026-11-21 12:00", "2026-11-23 07:00"),
    ("over Easter", {"mon-fri": "07:00-19:00"}, "2026-04-02 19:00", "2026-04-07 07:00"),
    ("over Christmas", {"fri": "07:00-19:00"}, "2026-12-18 19:00", "2027-01-08 07:00"),
    ("after lunch", SPLIT, "2026-11-20 12:00", "2026-11-20 13:00"),
    ("the next night", NIGHTS, "2026-11-20 06:00", "2026-11-20 22:00"),
    ("after clocks went forward", {"mon-fri": "07:00-19:00"}, "2027-03-25 19:00", "2027-03-30 07:00"),
]


@pytest.mark.parametrize(("what", "week", "moment", "until"), OPEN, ids=[case[0] for case in OPEN])
def test_open(what: str, week: dict[str, str], moment: str, until: str | None) -> None:
    found = open_until(made(week), london(moment))
    assert found == (london(until).astimezone(UTC) if until else None)


@pytest.mark.parametrize(
    ("what", "how", "moment", "is_open"), BANK_HOLIDAYS, ids=[c[0] for c in BANK_HOLIDAYS]
)
def test_bank_holiday(what: str, how: str, moment: str, is_open: bool) -> None:
    assert (open_until(made(OFFICE, bank_holidays=how), london(moment)) is not None) is is_open


@pytest.mark.parametrize(("what", "week", "moment", "opens"), OPENS, ids=[case[0] for case in OPENS])
def test_opens(what: str, week: dict[str, str], moment: str, opens: str) -> None:
    assert opens_at(made(week), london(moment)) == london(opens).astimezone(UTC)


def test_a_night_is_an_hour_longer_or_shorter_when_clocks_change() -> None:
    for night, length in (("2026-10-24 20:00", 7), ("2027-03-27 20:00", 5), ("2026-11-21 20:00", 6)):
        until = open_until(made(UNTIL_TWO), london(night))
        assert until is not None
        assert until - london(night).astimezone(UTC) == timedelta(hours=length)


def test_a_time_that_the_clock_shows_twice_counts_as_closed() -> None:
    """It opens at the later of the two, and closes at the earlier."""
    back = made(EARLY)
    assert open_until(back, london("2026-10-25 00:45")) == london("2026-10-25 01:30").astimezone(UTC)
    assert open_until(back, london("2026-10-25 01:15", fold=1)) is None
    late = made({"sun": "01:15-03:00"})
    assert open_until(late, london("2026-10-25 01:20")) is None
    assert open_until(late, london("2026-10-25 01:20", fold=1)) == london("2026-10-25 03:00").astimezone(UTC)


def test_a_time_that_the_clock_skips() -> None:
    forward = made(EARLY)
    until = open_until(forward, london("2027-03-28 00:30"))
    assert until is None or until <= datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    assert open_until(forward, datetime(2027, 3, 28, 1, 10, tzinfo=UTC)) is None


def test_a_day_that_the_map_closes() -> None:
    hours = made(OFFICE, closed_on=[date(2026, 11, 23)])
    assert open_until(hours, london("2026-11-23 12:00")) is None
    assert opens_at(hours, london("2026-11-21 12:00")) == london("2026-11-24 07:00").astimezone(UTC)


def test_open_for_ever_and_never() -> None:
    now = london("2026-11-20 12:00")
    until = open_until(made(ALWAYS, bank_holidays="open"), now)
    assert until is not None
    assert until - now > timedelta(days=30)
    never = Hours(zone=LONDON, week={}, shut_on=lambda day: True)
    assert (open_until(never, now), opens_at(never, now)) == (None, None)


def test_the_zone_of_the_moment_does_not_matter() -> None:
    for moment in (datetime(2026, 7, 10, 17, 59, tzinfo=UTC), london("2026-07-10 18:59")):
        assert open_until(made(OFFICE), moment) == datetime(2026, 7, 10, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-11-23 07:00", "on Monday at 07:00"),
        ("2026-11-26 07:00", "on Thursday at 07:00"),
        ("2026-11-27 07:00", "on Friday 27 November at 07:00"),
        ("2027-01-04 08:30", "on Monday 4 January at 08:30"),
    ],
)
def test_words(moment: str, words: str) -> None:
    assert day_and_time(london(moment), london("2026-11-20 18:59"), LONDON) == words


class Systems:
    """The hours of two systems, and their names."""

    def __init__(self, **weeks: dict[str, str] | None) -> None:
        self._weeks = weeks

    def hours(self, system: str) -> Hours | None:
        week = self._weeks[system]
        return made(week) if week is not None else None

    def title(self, system: str) -> str:
        return system.capitalize()


def opening(moment: str, **weeks: dict[str, str] | None) -> Opening:
    systems: Any = Systems(**weeks)
    return Opening(systems=systems, names=list(weeks), clock=lambda: london(moment))


SENTENCES = [
    (
        "2026-11-20 18:59:50",
        12,
        "Revenues closes at 19:00. 12 items wait until it opens on Saturday at 08:00.",
    ),
    ("2026-11-21 11:59:50", 1, "Revenues closes at 12:00. 1 item waits until it opens on Monday at 07:00."),
    ("2026-11-22 10:00:00", 0, "Revenues is closed. It opens on Monday at 07:00."),
    ("2026-12-24 18:59:59", 2, "Revenues closes at 19:00. 2 items wait until it opens on Tuesday at 07:00."),
]


@pytest.mark.parametrize(("moment", "waiting", "sentence"), SENTENCES)
def test_sentence(moment: str, waiting: int, sentence: str) -> None:
    shut = opening(moment, revenues=OFFICE, waste=None).shut(20)
    assert shut is not None
    assert shut.sentence(waiting) == sentence


def test_open_for_at_least_an_item() -> None:
    assert opening("2026-11-20 18:59:40", revenues=OFFICE).shut(20) is None
    assert opening("2026-11-20 18:59:41", revenues=OFFICE).shut(20) is not None
    assert opening("2026-11-20 18:59:41", revenues=None).shut(20) is None
    assert opening("2026-11-20 18:59:00", revenues=OFFICE, waste=None).left() == 60


def test_of_several_the_one_that_opens_last() -> None:
    both = opening("2026-11-20 20:00", revenues={"mon-sun": "07:00-19:00"}, waste={"mon-fri": "07:00-19:00"})
    shut = both.shut(0)
    assert shut is not None
    assert shut.sentence() == "Waste is closed. It opens on Monday at 07:00."
    with pytest.raises(SystemClosed, match="Waste is closed"):
        both.must_be_open()
