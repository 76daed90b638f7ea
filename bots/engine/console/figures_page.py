"""How the work goes: what came in, what was done, what waits and for how long."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from ..core.item import State
from ..core.process import Process
from ..core.work_list import AgeBand, DayFigures
from .chart import Chart, chart_of
from .item_view import reason
from .pages import LONDON
from .visit import Visit

_PERIODS = {"14": "14 days", "30": "30 days", "90": "90 days"}
_HEADINGS = ("Process", "Day", "Received", "Done", "Straight through", "Found in the target", "To people")


@dataclass(frozen=True, kw_only=True)
class OfProcess:
    """The figures of one process over a period."""

    title: str
    received: int
    done: int
    straight: int
    raised: int
    waiting: int
    chart: Chart
    days: Sequence[DayFigures]
    reasons: Sequence[tuple[str, int]]
    ages: Sequence[tuple[str, int]]

    @property
    def share(self) -> str:
        """Of what was done: how much without any person's decision."""
        return f"{100 * self.straight / self.done:.0f}%" if self.done else "nothing was done"


async def show(visit: Visit) -> Response:
    processes = visit.processes()
    asked = visit.request.query_params.get("days", "14")
    days = asked if asked in _PERIODS else "14"
    figures = await _figures(visit, processes, int(days))
    ages = await visit.desk.work.ages(tuple(processes)) if processes else []
    return visit.desk.pages.show(
        visit.request,
        "figures.html",
        visit=visit,
        periods=_PERIODS,
        days=days,
        all=[
            _of(
                process,
                [one for one in figures if one.process == name],
                [a for a in ages if a.process == name],
            )
            for name, process in processes.items()
        ],
    )


async def as_csv(visit: Visit) -> Response:
    """The same day by day, for a spreadsheet: counts alone, no personal data."""
    asked = visit.request.query_params.get("days", "14")
    processes = visit.processes()
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(_HEADINGS)
    for one in await _figures(visit, processes, int(asked if asked in _PERIODS else "14")):
        counts = (one.received, one.done, one.straight, one.adopted, sum(one.raised.values()))
        write.writerow((processes[one.process].title, one.day.isoformat(), *counts))
    headers = {"Content-Disposition": 'attachment; filename="rekey-figures.csv"', "Cache-Control": "no-store"}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


async def _figures(visit: Visit, processes: Mapping[str, Any], days: int) -> list[DayFigures]:
    """Every day of the period, also those on which nothing happened."""
    if not processes:
        return []
    today = visit.desk.clock().astimezone(LONDON).date()
    first = today - timedelta(days=days - 1)
    since, before = (
        datetime(day.year, day.month, day.day, tzinfo=LONDON).timestamp()
        for day in (first, today + timedelta(days=1))
    )
    found = {
        (one.process, one.day): one for one in await visit.desk.work.figures(tuple(processes), since, before)
    }
    every = [first + timedelta(days=number) for number in range(days)]
    return [
        found.get((name, day)) or DayFigures(process=name, day=day) for name in processes for day in every
    ]


def _of(process: Process[Any], days: Sequence[DayFigures], ages: Sequence[AgeBand]) -> OfProcess:
    raised = Counter[str]()
    for one in days:
        raised.update(one.raised)
    return OfProcess(
        title=process.title,
        received=sum(one.received for one in days),
        done=sum(one.done for one in days),
        straight=sum(one.straight for one in days),
        raised=sum(raised.values()),
        waiting=sum(band.count for band in ages),
        chart=chart_of(
            [(f"{one.day.day}/{one.day.month}", (one.done, sum(one.raised.values()))) for one in days]
        ),
        days=list(reversed(days)),
        reasons=[(reason(process, code, State.EXCEPTION), count) for code, count in raised.most_common(8)],
        ages=[(_band(band), band.count) for band in ages],
    )


def _band(band: AgeBand) -> str:
    if band.below is None:
        return f"{band.since:g} days and more"
    if not band.since:
        return "less than a day" if band.below == 1 else f"less than {band.below:g} days"
    return f"{band.since:g} to {band.below:g} days"
