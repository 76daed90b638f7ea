"""When something is begun by itself: at some times of some days of the week, on the wall clock of one place.

Timetable(days=frozenset(range(5)), minutes=(420, 435, 450)).words()
"every 15 minutes from 7am to 7:30am, Monday to Friday"
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from itertools import groupby, pairwise

from .errors import refusal

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOUR, _DAY, _WEEK = 60, 24 * 60, 7
_AHEAD = 15
"""So many days are looked at: one that is named once a week comes within them, also when clocks change."""
_TIMES_NAMED = 4
_PART = re.compile(r"(\*|\d{1,2}(?:-\d{1,2})?)(?:/(\d{1,2}))?")
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)
_NAMED = {"midnight": 0, "midday": 12 * _HOUR, "noon": 12 * _HOUR}


@dataclass(frozen=True, kw_only=True)
class Timetable:
    """`days`: Monday is 0; `minutes`: of the day, rising. Neither is empty."""

    days: frozenset[int]
    minutes: tuple[int, ...]

    @property
    def every(self) -> int | None:
        """So many minutes between two times of a day, where that is always the same."""
        steps = {later - earlier for earlier, later in pairwise(self.minutes)}
        return steps.pop() if len(steps) == 1 and len(self.minutes) > 2 else None

    def words(self) -> str:
        return f"{self._times()}, {days_in_words(self.days)}"

    def _times(self) -> str:
        if self.every:
            first, last = time_in_words(self.minutes[0]), time_in_words(self.minutes[-1])
            return f"{_length(self.every)} from {first} to {last}"
        named = [time_in_words(one) for one in self.minutes[:_TIMES_NAMED]]
        more = len(self.minutes) - _TIMES_NAMED
        return f"at {_listed([*named, f'{more} more times'] if more > 0 else named)}"

    def after(self, now: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The next times from a moment on. One that the clock skips comes an hour later, as in the clock."""
        today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for day in (today + timedelta(days=number) for number in range(_AHEAD)):
            if day.weekday() in self.days:
                moments = ((day + timedelta(minutes=one)).replace(tzinfo=zone) for one in self.minutes)
                yield from (moment for moment in moments if moment > now)


def timetable(days: Iterable[int], first: int, last: int | None = None, every: int = 0) -> Timetable:
    """Once a day, or with `last` every so many minutes from the first on. Raises BusinessException."""
    chosen = frozenset(days)
    if not chosen:
        raise refusal("no-day", "Choose at least one day of the week.")
    if last is None:
        return Timetable(days=chosen, minutes=(first,))
    if last <= first:
        raise refusal("last-before-first", "The last time must be later than the first.")
    return Timetable(days=chosen, minutes=tuple(range(first, last + 1, every)))


def next_times(tables: Sequence[Timetable], now: datetime, zone: tzinfo, count: int) -> list[datetime]:
    """Of several timetables together, each moment once."""
    found: set[datetime] = set()
    for one in tables:
        for number, moment in enumerate(one.after(now, zone)):
            if number == count:
                break
            found.add(moment)
    return sorted(found)[:count]


# ---- as a person writes and reads it ----------------------------------------------------------
def minutes_of(text: str) -> int:
    """Such as 7:30, 07:30, 7.30pm, 7am or midday, as minutes of the day. Raises BusinessException."""
    plain = text.strip().lower()
    match = _TIME.fullmatch(plain)
    if plain in _NAMED:
        return _NAMED[plain]
    wrong = refusal(
        "no-time", f"{text.strip()[:20] or 'Nothing'} is not a time. Write it like 07:30 or 7:30am."
    )
    if match is None:
        raise wrong
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12) or (not half and match[2] is None):
        raise wrong
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * _HOUR + minute


def time_in_words(minutes: int) -> str:
    """Such as 9:30am, 5pm, midday, midnight."""
    hour, minute = divmod(minutes, _HOUR)
    if minute == 0 and hour in (0, 12):
        return "midday" if hour else "midnight"
    return f"{hour % 12 or 12}{f':{minute:02}' if minute else ''}{'am' if hour < 12 else 'pm'}"


def clock_text(minutes: int) -> str:
    """Such as 07:30, for a form."""
    return f"{minutes // _HOUR:02}:{minutes % _HOUR:02}"


def days_in_words(days: Iterable[int]) -> str:
    chosen = sorted(days)
    if len(chosen) == _WEEK:
        return "every day"
    runs = [
        [day for _, day in group] for _, group in groupby(enumerate(chosen), lambda pair: pair[1] - pair[0])
    ]
    parts = [
        [f"{DAYS[run[0]]} to {DAYS[run[-1]]}"] if len(run) > 2 else [DAYS[day] for day in run] for run in runs
    ]
    return _listed([name for part in parts for name in part])


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, _HOUR)
    if rest:
        return f"every {minutes} minutes"
    return "every hour" if hours == 1 else f"every {hours} hours"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# ---- as a scheduler keeps it --------------------------------------------------------------------
def crons(table: Timetable) -> list[str]:
    """One line for all hours that have the same minutes: cron knows no window that ends in mid-hour."""
    hours: dict[int, list[int]] = defaultdict(list)
    for one in table.minutes:
        hours[one // _HOUR].append(one % _HOUR)
    alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for hour, minutes in hours.items():
        alike[tuple(minutes)].append(hour)
    days = _cron([day + 1 for day in sorted(table.days)])  # cron's Sunday is 0 or 7
    return [f"{_cron(minutes)} {_cron(at)} * * {days}" for minutes, at in alike.items()]


def _cron(numbers: Sequence[int]) -> str:
    return ",".join(str(number) for number in numbers)


def from_crons(lines: Iterable[str]) -> list[Timetable] | None:
    """What lines of cron say together, those of the same days as one; None when one says more than that."""
    found: dict[frozenset[int], set[int]] = defaultdict(set)
    for line in lines:
        parts = line.split()
        if len(parts) != 5 or parts[2:4] != ["*", "*"]:
            return None
        minutes, hours, days = _numbers(parts[0], 0, 59), _numbers(parts[1], 0, 23), _numbers(parts[4], 0, 7)
        if not minutes or not hours or not days:
            return None
        week = frozenset((day - 1) % _WEEK for day in days)
        found[week] |= {hour * _HOUR + minute for hour in hours for minute in minutes}
    return [Timetable(days=days, minutes=tuple(sorted(times))) for days, times in found.items()]


def _numbers(field: str, least: int, most: int) -> set[int]:
    """Of one field; empty for what is not understood, such as names."""
    found: set[int] = set()
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return set()
        first, dash, last = match[1].partition("-")
        begin = least if first == "*" else int(first)
        # A step without an end goes on to the last.
        open_end = first == "*" or (match[2] and not dash)
        end = (most if most != _WEEK else _WEEK - 1) if open_end else int(last or first)
        if not least <= begin <= end <= most or match[2] == "0":
            return set()
        found |= set(range(begin, end + 1, int(match[2] or 1)))
    return found
