"""Opening hours as a map writes them, and the bank holidays of the United Kingdom."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from ...core.hours import Hours, Span
from ...core.working_days import WorkingDays

LONDON = ZoneInfo("Europe/London")
Nation = Literal["england-and-wales", "scotland", "northern-ireland"]
BankHolidays = Literal["closed", "open", "england-and-wales", "scotland", "northern-ireland"]
"""`closed`: on those of England and Wales; a nation: closed on its own."""
_NATIONS = {"closed": "ENG", "england-and-wales": "ENG", "scotland": "SCT", "northern-ireland": "NIR"}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
_MIDNIGHT = 24 * 60


def days_of(text: str) -> list[int]:
    """Such as mon-fri, sat, or "mon-thu, sun". Raises ValueError."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if first not in _DAYS or (dash and last not in _DAYS):
            raise ValueError(f"{part.strip()} is no day: write mon, tue, wed, thu, fri, sat, sun or mon-fri")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        if end < begin:
            raise ValueError(f"{part.strip()} goes backwards: write two entries")
        found += range(begin, end + 1)
    return found


def spans_of(text: str) -> list[Span]:
    """Such as 07:00-19:00, 22:00-06:00 (over midnight), or "07:00-12:00, 13:00-19:00". Raises ValueError."""
    spans = [_span(part.strip()) for part in text.split(",")]
    for one, other in pairwise(spans):
        if other.opens < one.closes:
            raise ValueError("two times of one day overlap, or are not in their order")
    return spans


def _span(text: str) -> Span:
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(f'{text} is no time: write "07:00-19:00"')
    hour, minute, end_hour, end_minute = (int(group) for group in match.groups())
    opens, closes = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or opens >= _MIDNIGHT or closes > _MIDNIGHT or opens == closes:
        raise ValueError(f"{text} is no time of a day; the whole day is 00:00-24:00")
    return Span(opens=opens, closes=closes if closes > opens else closes + _MIDNIGHT)


def _days(text: str) -> str:
    days_of(text)
    return text


def _spans(text: str) -> str:
    spans_of(text)
    return text


def _each_day_once(week: dict[str, str]) -> dict[str, str]:
    days = [day for names in week for day in days_of(names)]
    doubled = sorted({day for day in days if days.count(day) > 1})
    if doubled:
        raise ValueError(f"{_DAYS[doubled[0]]} is named twice")
    return week


Days = Annotated[str, AfterValidator(_days)]
Spans = Annotated[str, AfterValidator(_spans)]
Week = Annotated[dict[Days, Spans], Field(min_length=1), AfterValidator(_each_day_once)]


def hours_of(week: dict[str, str], bank_holidays: BankHolidays, closed_on: Collection[date]) -> Hours:
    """What a map says, as the engine reckons with it."""
    return Hours(
        zone=LONDON,
        week={day: spans_of(spans) for names, spans in week.items() for day in days_of(names)},
        shut_on=_shut_on(bank_holidays, frozenset(closed_on)),
    )


def working_days(nation: Nation) -> WorkingDays:
    """Monday to Friday but for the bank holidays of a nation."""
    shut_on: Callable[[date], bool] | None = None

    def shut(day: date) -> bool:
        nonlocal shut_on
        shut_on = shut_on or _shut_on(nation, frozenset())  # only once somebody asks for a day
        return shut_on(day)

    return WorkingDays(shut_on=shut)


def _shut_on(bank_holidays: BankHolidays, closed_on: frozenset[date]) -> Callable[[date], bool]:
    nation = _NATIONS.get(bank_holidays)
    if nation is None:
        return closed_on.__contains__
    from holidays import country_holidays  # takes long to load, and most maps name no bank holidays

    holidays = country_holidays("GB", subdiv=nation)  # works a year out when it is asked for
    return lambda day: day in closed_on or day in holidays
