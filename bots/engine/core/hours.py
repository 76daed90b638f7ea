"""When a system is open: a week's hours on the wall clock of one place, and the days on which it is shut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

Clock = Callable[[], datetime]
Spell = tuple[datetime, datetime]
"""When something opens, and when it closes."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_AHEAD = 40
"""So many days are looked at: over Christmas a system that opens once a week is closed for three weeks."""


def wall_clock() -> datetime:
    """This machine's own clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class Span:
    """Minutes after the midnight that begins its day; `closes` over 1440 is on the next day."""

    opens: int
    closes: int


@dataclass(frozen=True, kw_only=True)
class Hours:
    """`week`: by day, Monday is 0. A span belongs to the day on which it opens, also one over midnight."""

    zone: tzinfo
    week: Mapping[int, Sequence[Span]]
    shut_on: Callable[[date], bool] = lambda day: False


def open_until(hours: Hours, moment: datetime) -> datetime | None:
    """When it closes next, if it is open at this moment. Times that touch count as one."""
    until = None
    for opens, closes in _spells(hours, moment):
        if opens <= (until or moment) < closes:
            until = closes
    return until


def opens_at(hours: Hours, moment: datetime) -> datetime | None:
    """When it opens next, from this moment on; None when it does not open for weeks."""
    return min((opens for opens, _ in _spells(hours, moment) if opens >= moment), default=None)


def open_between(systems: Sequence[Hours], since: datetime, before: datetime) -> list[Spell]:
    """When all of some systems are open at once, from a moment on and before another; without any system, all
    the time. In their order; times that touch may stand apart."""
    found = [(since, before)]
    for hours in systems:
        spells = list(_whole(hours, since, before))
        found = [
            (max(opens, since), min(closes, before))
            for since, before in found
            for opens, closes in spells
            if max(opens, since) < min(closes, before)
        ]
    return found


def open_hours(systems: Sequence[Hours], since: datetime, before: datetime) -> float:
    """For how many hours they are all open."""
    spells = open_between(systems, since, before)
    return sum((closes - opens).total_seconds() for opens, closes in spells) / 3600


def after_open_hours(systems: Sequence[Hours], moment: datetime, hours: float) -> datetime | None:
    """When so many opening hours have passed from a moment on; None: not within a year."""
    left, end = hours * 3600, moment + timedelta(days=366)
    while moment < end:
        then = moment + timedelta(days=7)
        for opens, closes in open_between(systems, moment, then):
            lasts = (closes - opens).total_seconds()
            if lasts >= left:
                return opens + timedelta(seconds=left)
            left -= lasts
        moment = then
    return None


def _whole(hours: Hours, since: datetime, before: datetime) -> Iterator[Spell]:
    """Spells that may reach into a time; those that overlap count as one."""
    until: Spell | None = None
    for opens, closes in _spells(hours, since, (before - since).days + 2):
        if until is not None and opens <= until[1]:
            until = until[0], max(until[1], closes)
            continue
        if until is not None:
            yield until
        until = opens, closes
    if until is not None:
        yield until


def _spells(hours: Hours, moment: datetime, ahead: int = _AHEAD) -> Iterator[Spell]:
    """Opening and closing times from yesterday on, in their order and in UTC: clocks change there never."""
    today = moment.astimezone(hours.zone).date()
    for day in (today + timedelta(days=number) for number in range(-1, ahead)):
        if not hours.shut_on(day):
            for span in sorted(hours.week.get(day.weekday(), ()), key=lambda one: one.opens):
                # A time that the clock shows twice, or skips: the system counts as closed meanwhile.
                opens = max(_moments(day, span.opens, hours.zone))
                closes = min(_moments(day, span.closes, hours.zone))
                if opens < closes:
                    yield opens, closes


def _moments(day: date, minutes: int, zone: tzinfo) -> list[datetime]:
    """What a time on the wall clock can mean: in the nights when clocks are changed, two moments."""
    shown = datetime.combine(day, time.min) + timedelta(minutes=minutes)
    return [shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]


def clock_time(moment: datetime, zone: tzinfo) -> str:
    """Such as 19:00."""
    return f"{moment.astimezone(zone):%H:%M}"


def day_and_time(moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Such as "on Monday at 07:00"; from a week ahead on with the date."""
    there, here = moment.astimezone(zone), now.astimezone(zone)
    day = _DAYS[there.weekday()]
    if there.date() - here.date() >= timedelta(days=7):
        day = f"{day} {there.day} {_MONTHS[there.month - 1]}"
    return f"on {day} at {there:%H:%M}"
