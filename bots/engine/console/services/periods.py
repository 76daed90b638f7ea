"""Days put together: by day, by week from Monday, or by month."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .rendering import LONDON, moment

LENGTHS = {"14": "14 days", "30": "30 days", "91": "13 weeks", "365": "12 months"}
BY = {"day": "Day", "week": "Week", "month": "Month"}
_USUAL = {"14": "day", "30": "day", "91": "week", "365": "month"}


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """One line of a table over time. `short`: as a chart names it; `last` may still go on."""

    name: str
    short: str
    first: date
    last: date


def asked_for(length: str, by: str) -> tuple[str, str]:
    """What an address asks for; what it asks for wrongly is the usual."""
    length = length if length in LENGTHS else "14"
    return length, by if by in BY else _USUAL[length]


def stretches(today: date, days: int, by: str) -> list[Stretch]:
    """The last so many days up to today, the oldest first; begun with a whole week, or as whole months."""
    start, found = _first(today, days, by), list[Stretch]()
    while start <= today:
        following = _start(start + timedelta(days={"day": 1, "week": 7, "month": 31}[by]), by)
        last = min(following - timedelta(days=1), today)
        found.append(Stretch(name=_name(start, by), short=_short(start, by), first=start, last=last))
        start = following
    return found


def each_day(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def midnight(day: date) -> float:
    """When a day begins in the UK, in seconds since 1970."""
    return datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp()


def _first(today: date, days: int, by: str) -> date:
    if by == "month":
        months = today.year * 12 + today.month - max(1, round(days / 31))
        return date(months // 12, months % 12 + 1, 1)
    return _start(today - timedelta(days=days - 1), by)


def _start(day: date, by: str) -> date:
    if by == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if by == "week" else day


def _name(start: date, by: str) -> str:
    words = moment(start)
    if by == "month":
        return words.partition(" ")[2]
    return f"Week from {words}" if by == "week" else words


def _short(start: date, by: str) -> str:
    return f"{start.month}/{start.year}" if by == "month" else f"{start.day}/{start.month}"
