"""Figures in words: hours, forecasts, and what stands behind hours given back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from ...core.forecast import Forecast, Outlook
from ...core.hours import Hours, after_open_hours
from ..services.rendering import LONDON, moment, time_of_day

_NEVER = "Not within a year at this pace"
_WORDS = {
    Outlook.EMPTY: "Nothing waits",
    Outlook.UNKNOWN: "Not known yet: it takes 5 working days",
    Outlook.GROWING: "Not at this pace: as much comes in as is finished, or more",
}


def span(hours: float) -> str:
    """Such as 6 hours 45 minutes, 1,250 hours, minus 20 minutes."""
    sign, minutes = "minus " if hours < 0 else "", round(abs(hours) * 60)
    if hours and not minutes:
        return "less than a minute" if hours > 0 else "minus a few seconds"
    if minutes >= 100 * 60:
        return f"{sign}{round(abs(hours)):,} hours"
    parts = [_many(minutes // 60, "hour"), _many(minutes % 60, "minute")]
    return f"{sign}{' '.join(part for part in parts if part)}" if minutes else "0 minutes"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 else ''}" if count else ""


def when_empty(found: Forecast, systems: Sequence[Hours], now: datetime) -> str:
    """When the queue is empty, as a range. No opening hour is promised to the minute."""
    if found.outlook in _WORDS or found.earliest is None:
        return _WORDS[found.outlook]
    first = after_open_hours(systems, now, found.earliest)
    if first is None:
        return _NEVER
    if found.latest is None:
        return f"Not before {_about(first)}; on some of the last days the queue grew"
    last = after_open_hours(systems, now, found.latest)
    if last is None:
        return f"Not before {_about(first)}, and perhaps not within a year"
    return _between(_within(first), _within(last), _within(now))


def _between(first: datetime, last: datetime, now: datetime) -> str:
    if first.date() != last.date():
        return f"Between {moment(first.date())} and {moment(last.date())}"
    day = "today" if first.date() == now.date() else f"on {moment(first.date())}"
    begin, end = (one.replace(minute=0) for one in (first, last + timedelta(hours=1)))
    return f"Between {time_of_day(begin)} and {time_of_day(end)} {day}"


def _about(then: datetime) -> str:
    return moment(_within(then).date())


def _within(then: datetime) -> datetime:
    """In the UK. What ends when a day or an hour does, still belongs to it."""
    return then.astimezone(LONDON) - timedelta(seconds=1)
