"""What a person fills in: when a hand-in begins, and at which times something begins by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bots.engine.console.operations.schedule_form import filled, shown
from bots.engine.console.operations.start_time import FIELDS, chosen
from bots.engine.console.services.rendering import LONDON
from bots.engine.core.errors import BusinessException
from bots.engine.core.timetable import Timetable, from_crons, timetable

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=LONDON)


def other(day: str, time: str) -> dict[str, str]:
    return {"begins": "other", "begins-day": day, "begins-time": time}


def test_now_and_what_was_offered_and_a_time_of_ones_own() -> None:
    assert chosen({"begins": "now"}, NOW) is None
    soon = NOW + timedelta(hours=1)
    assert chosen({"begins": f"{soon.timestamp():.0f}"}, NOW) == soon.timestamp()
    assert (
        chosen(other("30/11/2026", "7:30am"), NOW) == datetime(2026, 11, 30, 7, 30, tzinfo=LONDON).timestamp()
    )


WRONG: list[tuple[dict[str, str], str]] = [
    ({}, "Choose when"),
    ({"begins": "later"}, "Choose when"),
    ({"begins": "-5"}, "Choose when"),
    ({"begins": "²"}, "Choose when"),
    ({"begins": "9" * 30}, "Choose when"),
    ({"begins": "0"}, "has passed"),
    ({"begins": "99999999999"}, "too far ahead"),
    (other("", "07:30"), "Write the day like"),
    (other("31/02/2027", "07:30"), "Write the day like"),
    (other("30/11/2026", ""), "Write it like 07:30"),
    (other("30/11/2026", "25:00"), "Write it like 07:30"),
    (other("29/11/2026", "11:59"), "has passed"),
    (other("30/11/2027", "07:30"), "too far ahead"),
]


@pytest.mark.parametrize(("sent", "told"), WRONG, ids=str)
def test_what_is_no_such_moment_is_told_at_its_field(sent: dict[str, str], told: str) -> None:
    with pytest.raises(BusinessException, match=told) as caught:
        chosen(sent, NOW)
    assert caught.value.code in FIELDS


def test_a_time_that_the_clock_skips_or_shows_twice() -> None:
    spring = datetime(2027, 3, 1, tzinfo=LONDON)
    with pytest.raises(BusinessException, match="clocks are changed"):
        chosen(other("28/03/2027", "01:30"), spring)
    autumn = datetime(2027, 10, 1, tzinfo=LONDON)
    first = datetime(2027, 10, 31, 1, 30, tzinfo=LONDON)
    assert chosen(other("31/10/2027", "01:30"), autumn) == first.timestamp(), "the first of the two"


# ---- schedules ----------------------------------------------------------------------------------
EVERY = {
    "day-0": "yes",
    "day-4": "yes",
    "how": "every",
    "every": "30",
    "from": "7am",
    "until": "9:15",
    "why": "x",
}


def test_a_form_that_is_right() -> None:
    found = filled(EVERY)
    assert found.mistakes == {}
    assert found.table == timetable([0, 4], 420, 555, 30)
    assert found.table.words() == "every 30 minutes from 7am to 9am, Monday and Friday"
    once = filled({"day-6": "yes", "how": "once", "at": "midday", "until": "nonsense", "why": "x"})
    assert once.table == timetable([6], 720)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"day-0": "", "day-4": ""}, {"day-0"}),
        ({"why": "  "}, {"why"}),
        ({"from": "soon", "until": "later", "why": ""}, {"from", "until", "why"}),
        ({"every": "7"}, {"every"}),
        ({"every": ""}, {"every"}),
        ({"until": "7am"}, {"until"}),
        ({"until": "6am"}, {"until"}),
        ({"how": "once"}, {"at"}),
    ],
    ids=lambda given: ",".join(sorted(given)),
)
def test_each_mistake_is_told_at_its_field(change: dict[str, str], where: set[str]) -> None:
    found = filled(EVERY | change)
    assert set(found.mistakes) == where
    assert found.table is None


@pytest.mark.parametrize("line", ["*/15 7-18 * * 1-5", "30 18 * * *", "0 */2 * * 6", "5-59/15 7-18 * * 1-5"])
def test_what_the_form_shows_gives_the_same_again(line: str) -> None:
    tables = from_crons([line])
    assert tables
    assert filled({**shown(tables), "why": "x"}).table == tables[0]


def test_what_it_cannot_say_it_does_not_pretend() -> None:
    odd: Any = Timetable(days=frozenset([0]), minutes=(60, 61, 63))
    assert shown([odd])["how"] == "once"
    assert "every" not in shown([odd])
    assert shown([]) == {"how": "every"}
