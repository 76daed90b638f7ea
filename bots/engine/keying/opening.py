"""Whether the systems that some work needs are open, and for how long."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from ..core.errors import SystemClosed
from ..core.hours import Clock, Hours, clock_time, day_and_time, open_until, opens_at
from ..core.systems import Systems


@dataclass(frozen=True, kw_only=True)
class Shut:
    """A system that is closed, or closes too soon. `closes` None: it is closed already."""

    title: str
    hours: Hours
    now: datetime
    closes: datetime | None
    opens: datetime | None

    def sentence(self, waiting: int = 0) -> str:
        """Such as: Revenues closes at 19:00. 12 items wait until it opens on Monday at 07:00."""
        zone = self.hours.zone
        shut = f"closes at {clock_time(self.closes, zone)}" if self.closes else "is closed"
        if self.opens is None:
            return f"{self.title} {shut}, and its map names no day on which it opens."
        again = f"opens {day_and_time(self.opens, self.now, zone)}"
        waits = {0: f"It {again}.", 1: f"1 item waits until it {again}."}
        return f"{self.title} {shut}. {waits.get(waiting, f'{waiting} items wait until it {again}.')}"


class Opening:
    """Looks at the opening hours of several systems. One without hours is always open."""

    def __init__(self, *, systems: Systems, names: Collection[str], clock: Clock) -> None:
        self._systems = systems
        self._names = sorted(names)
        self._clock = clock

    def shut(self, seconds: float) -> Shut | None:
        """The system that does not stay open for so long; of several the one that opens last."""
        now = self._clock()
        found = [shut for name in self._names if (shut := self._look(name, now, seconds))]
        return max(found, key=_opens_last, default=None)

    def must_be_open(self) -> None:
        """Raises SystemClosed, for work that has no items to leave for later."""
        shut = self.shut(0.0)
        if shut is not None:
            raise SystemClosed("outside-hours", shut.sentence())

    def left(self) -> float:
        """Seconds until the first of them closes."""
        now = self._clock()
        ends = [open_until(hours, now) for name in self._names if (hours := self._systems.hours(name))]
        return min(((end - now).total_seconds() if end else 0.0 for end in ends), default=inf)

    def _look(self, name: str, now: datetime, seconds: float) -> Shut | None:
        hours = self._systems.hours(name)
        if hours is None:
            return None
        until = open_until(hours, now)
        if until is not None and until >= now + timedelta(seconds=seconds):
            return None
        return Shut(
            title=self._systems.title(name),
            hours=hours,
            now=now,
            closes=until,
            opens=opens_at(hours, until or now),
        )


def _opens_last(shut: Shut) -> float:
    return shut.opens.timestamp() if shut.opens else inf
