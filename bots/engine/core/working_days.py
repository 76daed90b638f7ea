"""Days on which the office works: when a case is due, and how old it is by them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_SATURDAY = 5
_DAY = timedelta(days=1)
_MOST = 1000
"""Working days that can be asked for: four years."""


@dataclass(frozen=True, kw_only=True)
class WorkingDays:
    """Monday to Friday in UK time. `shut_on`: other days on which nobody works, such as bank holidays.

    Moments are seconds since 1970.
    """

    shut_on: Callable[[date], bool] = lambda day: False

    def works(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and not self.shut_on(day)

    def due(self, received: float, days: int) -> float:
        """The last second of the working day that is so many after the day of receipt."""
        return ends(self.on(day_of(received), days))

    def ago(self, now: float, days: int) -> float:
        """Where the working day began that is so many before today: what came before it is older."""
        return begins(self.on(day_of(now), -days))

    def on(self, day: date, days: int) -> date:
        """The working day that is so many after a day, or before it. Raises ValueError beyond 1,000."""
        if abs(days) > _MOST:
            raise ValueError(f"{days} working days are too many")
        step = _DAY if days > 0 else -_DAY
        left = abs(days)
        while left:
            day += step
            left -= self.works(day)
        return day


def day_of(moment: float) -> date:
    return datetime.fromtimestamp(moment, LONDON).date()


def begins(day: date) -> float:
    return datetime.combine(day, time.min, LONDON).astimezone(UTC).timestamp()


def ends(day: date) -> float:
    """Its last second: the day that a person is shown is the day itself."""
    return begins(day + _DAY) - 1
