"""Hours given back and what a case costs: by a baseline that was signed off, less what review took.

A bot's own time costs nobody an hour, nor do its failed attempts: what staff then spent on those cases counts
as review, like all of it. Cases that staff finished are not counted as the bot's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from .baseline import Baseline, in_force

_HOUR, _YEAR = 3600.0, 365.0


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What people did with the cases of one process on one day. `decisions`: all of them; of those `timed`
    were timed, `seconds` together; `failed`: of these seconds those after a failed attempt of the bot;
    `capped`: timed ones that took the longest that is counted, or longer."""

    process: str
    day: date
    decisions: int = 0
    timed: int = 0
    seconds: float = 0.0
    failed: float = 0.0
    capped: int = 0


@dataclass(frozen=True, kw_only=True)
class Worked:
    """A day's facts, as the reckoning needs them. `keyed`: cases that the bot did itself."""

    day: date
    keyed: int
    reviewed: Reviewed


@dataclass(frozen=True, kw_only=True)
class Saving:
    """Of some days. Hours of staff; money in pence, None where the owner gave no figures.

    `hours` is below nothing when review took longer than the cases would have taken by hand. It is None when
    people decided and none of it was timed: then nobody knows."""

    cases: int
    by_hand: float
    review: float | None
    cost: float | None  # of review and of running the bot
    cost_by_hand: float | None

    @property
    def hours(self) -> float | None:
        return None if self.review is None else self.by_hand - self.review

    @property
    def per_case(self) -> float | None:
        return self.cost / self.cases if self.cost is not None and self.cases else None

    @property
    def per_case_by_hand(self) -> float | None:
        return self.cost_by_hand / self.cases if self.cost_by_hand is not None and self.cases else None


def mean_review(days: Iterable[Reviewed]) -> float | None:
    """Seconds of one decision, over those that were timed; None: none was."""
    timed, seconds = 0, 0.0
    for one in days:
        timed, seconds = timed + one.timed, seconds + one.seconds
    return seconds / timed if timed else None


def saving(days: Sequence[Worked], baselines: Sequence[Baseline], mean: float | None) -> Saving | None:
    """`mean`: seconds for each decision that was not timed. None: no baseline was in force on any day.

    Days before the first baseline are left out: their cases, and what people spent on them.
    """
    covered = [(one, base) for one in days if (base := in_force(baselines, one.day)) is not None]
    if not covered:
        return None
    review = [_review(one.reviewed, mean) for one, _ in covered]
    return Saving(
        cases=sum(one.keyed for one, _ in covered),
        by_hand=sum(_by_hand(one, base) for one, base in covered),
        review=_sum(review),
        cost=_sum([_cost(hours, base) for hours, (_, base) in zip(review, covered, strict=True)]),
        cost_by_hand=_sum([_cost_by_hand(one, base) for one, base in covered]),
    )


def _review(reviewed: Reviewed, mean: float | None) -> float | None:
    """Hours; None: something was not timed, and there is nothing to reckon it by."""
    untimed = max(0, reviewed.decisions - reviewed.timed)
    if untimed and mean is None:
        return None
    return (reviewed.seconds + untimed * (mean or 0.0)) / _HOUR


def _by_hand(one: Worked, base: Baseline) -> float:
    return one.keyed * float(base.measured.minutes) / 60


def _cost(review: float | None, base: Baseline) -> float | None:
    """Pence of a day: people's review, and a day's share of the year that the bot runs."""
    hour, year = base.measured.staff_hour, base.measured.a_year
    if review is None or hour is None or year is None:
        return None
    return review * float(hour) * 100 + float(year) * 100 / _YEAR


def _cost_by_hand(one: Worked, base: Baseline) -> float | None:
    hour = base.measured.staff_hour
    return None if hour is None else _by_hand(one, base) * float(hour) * 100


def _sum(values: Sequence[float | None]) -> float | None:
    """None as soon as one of them is not known: part of a sum is no figure."""
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
