"""The figures of one process, as its page and its list show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ...core.baseline import Baseline, in_force
from ...core.doubts import Doubts
from ...core.item import State
from ...core.process import Process
from ...core.saving import Reviewed, Saving, Worked, mean_review, saving
from ...core.work_list import FOR_PEOPLE, AgeBand, DayFigures
from ..item.view import reason
from ..services.chart import Chart, chart_of, signed_chart
from ..services.periods import Stretch, each_day

_REASONS = 12


@dataclass(frozen=True, kw_only=True)
class Line:
    """What happened in one stretch of time, or in all of them."""

    stretch: Stretch
    received: int
    done: int
    straight: int
    keyed: int
    adopted: int
    closed: int
    raised: Mapping[str, int]
    decisions: int
    timed: int
    capped: int
    review: float  # hours that were timed
    failed: float  # of these after failed attempts of the bot
    saving: Saving | None  # None: no baseline was in force
    waiting: int = 0  # for people now

    @property
    def to_people(self) -> int:
        return sum(self.raised.values())

    @property
    def by_people(self) -> int:
        """What ended by somebody's decision: done in the end, or closed."""
        return self.done - self.straight + self.closed

    @property
    def share(self) -> float | None:
        """Of what ended or waits for people, how much was done without any person's decision, in percent.
        What staff closed is among that, and what waits for them: otherwise the bot would look the better,
        the more they take off it and the longer they leave it."""
        of_these = self.done + self.closed + self.waiting
        return 100 * self.straight / of_these if of_these else None


@dataclass(frozen=True, kw_only=True)
class OfProcess:
    name: str
    title: str
    today: Line
    whole: Line
    lines: Sequence[Line]  # the newest first
    chart: Chart
    hours: Chart | None  # given back
    reasons: Sequence[tuple[str, int]]
    ages: Sequence[tuple[str, int]]
    for_bot: int
    for_people: int
    empty: str  # when the queue is
    doubts: Doubts
    base: Baseline | None  # in force today


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the store knows of one process."""

    figures: Mapping[date, DayFigures]
    reviewed: Mapping[date, Reviewed]
    baselines: Sequence[Baseline]
    ages: Sequence[AgeBand]
    standing: Mapping[State, int]
    empty: str
    doubts: Doubts

    @property
    def for_people(self) -> int:
        return sum(self.standing.get(state, 0) for state in FOR_PEOPLE)

    @property
    def unfinished(self) -> int:
        return sum(self.standing.values())


def of_process(process: Process[Any], stretches: Sequence[Stretch], known: Known) -> OfProcess:
    today, first = stretches[-1].last, stretches[0].first
    # One mean for all of it: so the parts add up to the whole.
    mean = mean_review(known.reviewed.get(day, _nothing(process, day)) for day in each_day(first, today))
    whole = Stretch(name="All of it", short="", first=first, last=today)
    lines = [line_of(process, one, known, mean) for one in stretches]
    everything = replace(line_of(process, whole, known, mean), waiting=known.for_people)
    return OfProcess(
        name=process.name,
        title=process.title,
        today=line_of(process, Stretch(name="Today", short="", first=today, last=today), known, mean),
        whole=everything,
        lines=list(reversed(lines)),
        chart=chart_of([(one.stretch.short, (one.straight, one.by_people)) for one in lines]),
        hours=_hours(lines) if everything.saving is not None else None,
        reasons=[
            (reason(process, code, State.EXCEPTION), count)
            for code, count in Counter(everything.raised).most_common(_REASONS)
        ],
        ages=[(_band(band), band.count) for band in known.ages],
        for_bot=known.unfinished - known.for_people,
        for_people=known.for_people,
        empty=known.empty,
        doubts=known.doubts,
        base=in_force(known.baselines, today),
    )


def line_of(process: Process[Any], stretch: Stretch, known: Known, mean: float | None) -> Line:
    days = list(each_day(stretch.first, stretch.last))
    figures = [known.figures[day] for day in days if day in known.figures]
    reviewed = [known.reviewed.get(day) or _nothing(process, day) for day in days]
    raised = Counter[str]()
    for one in figures:
        raised.update(one.raised)
    keyed = {one.day: one.keyed for one in figures}
    worked = [Worked(day=one.day, keyed=keyed.get(one.day, 0), reviewed=one) for one in reviewed]
    return Line(
        stretch=stretch,
        received=sum(one.received for one in figures),
        done=sum(one.done for one in figures),
        straight=sum(one.straight for one in figures),
        keyed=sum(keyed.values()),
        adopted=sum(one.adopted for one in figures),
        closed=sum(one.closed for one in figures),
        raised=raised,
        decisions=sum(one.decisions for one in reviewed),
        timed=sum(one.timed for one in reviewed),
        capped=sum(one.capped for one in reviewed),
        review=sum(one.seconds for one in reviewed) / 3600,
        failed=sum(one.failed for one in reviewed) / 3600,
        saving=saving(worked, known.baselines, mean),
    )


def _nothing(process: Process[Any], day: date) -> Reviewed:
    return Reviewed(process=process.name, day=day)


def _hours(lines: Sequence[Line]) -> Chart:
    return signed_chart(
        [(one.stretch.short, (one.saving.hours or 0.0) if one.saving else 0.0) for one in lines]
    )


def _band(band: AgeBand) -> str:
    if band.below is None:
        return f"{band.since:g} days and more"
    if not band.since:
        return "less than a day" if band.below == 1 else f"less than {band.below:g} days"
    return f"{band.since:g} to {band.below:g} days"
