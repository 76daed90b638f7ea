"""The systems as people must know them: when they are open, on which days not, and when all are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from ...core.hours import Hours, open_until, opens_at
from ...core.timetable import days_in_words, time_in_words
from ...keying.opening import Shut

_SHUT_AHEAD = 60
"""Days for which bank holidays are shown."""
_TURNS = 60
_DAY = 24 * 60


@dataclass(frozen=True, kw_only=True)
class Site:
    """`sessions`: how many it allows at once; `hours` None: always open."""

    name: str
    title: str
    sessions: int
    hours: Hours | None

    def shut(self, now: datetime) -> Shut | None:
        """None while it is open."""
        if self.hours is None or open_until(self.hours, now) is not None:
            return None
        return Shut(title=self.title, hours=self.hours, now=now, closes=None, opens=opens_at(self.hours, now))

    def closed_days(self, now: datetime) -> list[date]:
        """Bank holidays and other days of the coming weeks on which it is shut against its usual week."""
        if self.hours is None:
            return []
        today = now.astimezone(self.hours.zone).date()
        days = (today + timedelta(days=number) for number in range(_SHUT_AHEAD))
        return [day for day in days if self.hours.week.get(day.weekday()) and self.hours.shut_on(day)]

    def week(self) -> list[str]:
        """Such as: Monday to Friday, 7am to 7pm."""
        if self.hours is None:
            return ["Always open"]
        days: dict[tuple[tuple[int, int], ...], list[int]] = defaultdict(list)
        for day, spans in sorted(self.hours.week.items()):
            days[tuple((one.opens, one.closes) for one in spans)].append(day)
        told = [
            f"{days_in_words(those)}, {' and '.join(_span(*one) for one in spans)}"
            for spans, those in days.items()
        ]
        return [text[0].upper() + text[1:] for text in told]


class Sites(Protocol):
    """The systems of this installation, read from their maps."""

    async def of(self, process: str) -> Sequence[Site]:
        """Every system of a process, its source too. One whose map has a mistake is left out: the run that
        needs it tells."""


def _span(opens: int, closes: int) -> str:
    if (opens, closes) == (0, _DAY):
        return "all day"
    return f"{time_in_words(opens)} to {time_in_words(closes % _DAY)}"


def shut_at(sites: Sequence[Site], moment: datetime) -> Shut | None:
    """The site that is closed at a moment; of several the one that opens last."""
    found = [shut for site in sites if (shut := site.shut(moment))]
    return max(found, key=lambda one: (one.opens is None, one.opens or moment), default=None)


def next_opening(sites: Sequence[Site], moment: datetime) -> datetime | None:
    """From this moment on, when all are open; the moment itself if they are. None: not for weeks."""
    for _ in range(_TURNS):
        shut = shut_at(sites, moment)
        if shut is None:
            return moment
        if shut.opens is None:
            return None
        moment = shut.opens
    return None


def openings(sites: Sequence[Site], now: datetime, count: int) -> list[datetime]:
    """When all of them open next, and after that. Empty for sites that are always open."""
    found: list[datetime] = []
    moment = now
    for _ in range(count):
        closes = _first_closes(sites, moment)
        opening = next_opening(sites, closes) if closes else None
        if opening is None:
            break
        found.append(opening)
        moment = opening
    return found


def _first_closes(sites: Sequence[Site], moment: datetime) -> datetime | None:
    """From when on not all are open; None: they are for ever."""
    ends = [open_until(site.hours, moment) or moment for site in sites if site.hours]
    return min(ends, default=None)
