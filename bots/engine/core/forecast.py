"""When the queue is empty, if work goes on as on the last working days: a range, or a plain "not known"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

DAYS = 5
"""Working days by whose pace it is reckoned."""
_SOME = 3
"""The range is between the pace of the best so many of them, and that of the worst."""


class Outlook(StrEnum):
    EMPTY = "empty"  # nothing waits
    UNKNOWN = "unknown"  # too few days to reckon by
    GROWING = "growing"  # as much comes in as is finished, or more
    OPEN = "open"  # at the earliest then; on the worse days it does not shrink
    RANGE = "range"  # between two moments


@dataclass(frozen=True, kw_only=True)
class PaceDay:
    """A working day that is over. `hours`: for which its systems were open."""

    received: int
    finished: int
    hours: float

    @property
    def pace(self) -> float:
        """Cases by which the queue shrinks in an hour."""
        return (self.finished - self.received) / self.hours


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """`earliest`, `latest`: opening hours from now."""

    outlook: Outlook
    earliest: float | None = None
    latest: float | None = None


def forecast(queue: int, days: Sequence[PaceDay]) -> Forecast:
    """`queue`: cases that are not finished now; `days`: the last working days of the process."""
    if queue <= 0:
        return Forecast(outlook=Outlook.EMPTY)
    open_days = sorted((one for one in days if one.hours > 0), key=lambda one: one.pace)
    if len(open_days) < DAYS:
        return Forecast(outlook=Outlook.UNKNOWN)
    worst, best = _pace(open_days[:_SOME]), _pace(open_days[-_SOME:])
    if _pace(open_days) <= 0:
        return Forecast(outlook=Outlook.GROWING)
    if worst <= 0:
        return Forecast(outlook=Outlook.OPEN, earliest=queue / best)
    return Forecast(outlook=Outlook.RANGE, earliest=queue / best, latest=queue / worst)


def _pace(days: Sequence[PaceDay]) -> float:
    return sum(one.finished - one.received for one in days) / sum(one.hours for one in days)
