"""How the work goes: today and over time, what waits, and the hours that a bot gives back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from starlette.responses import Response

from ...core.baseline import Baseline
from ...core.forecast import DAYS, PaceDay, forecast
from ...core.hours import Hours, Span, open_hours
from ...core.limits import pounds
from ...core.process import Process
from ...core.work_list import DayFigures
from ..operations.start_time import targets
from ..services.periods import BY, LENGTHS, asked_for, each_day, midnight, stretches
from ..services.rendering import LONDON
from ..web.request import Visit
from .view import Known, Line, OfProcess, of_process
from .words import span, when_empty

_WEEKDAYS = Hours(zone=LONDON, week={day: [Span(opens=0, closes=1440)] for day in range(5)})
"""Of a process for whose systems no opening hours are known."""
_BACK = timedelta(days=40)
"""Over Christmas and Easter too, five working days lie within that."""
_COUNTS = ("Received", "Done", "Without any person", "Keyed by the bot", "Found in the target", "To people")
_HEADINGS = (
    *("Process", "From", "Until", *_COUNTS, "Closed by staff", "Decisions of people", "Decisions timed"),
    *("Review timed (hours)", "By hand (hours)", "Review (hours)", "Given back (hours)"),
    *("Cost (£)", "Cost of a case (£)", "Cost of a case by hand (£)"),
)


async def show(visit: Visit) -> Response:
    mine, asked = visit.processes(), _asked(visit)
    return visit.desk.pages.show(
        visit.request,
        "figures.html",
        visit=visit,
        lengths=LENGTHS,
        by=BY,
        asked=asked,
        mine=mine,
        all=await _all(visit, asked),
        span=span,
        pounds=lambda pence: pounds(round(pence)),
    )


async def as_csv(visit: Visit) -> Response:
    """The same for a spreadsheet: counts alone, no personal data."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(_HEADINGS)
    for one in await _all(visit, _asked(visit)):
        write.writerows(_row(one.title, line) for line in reversed(one.lines))
    return _sent(out, "rekey-figures.csv")


async def reasons_as_csv(visit: Visit) -> Response:
    """Why items went to people, for the same times."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(("Process", "From", "Until", "Code", "Went to people"))
    for one in await _all(visit, _asked(visit)):
        for line in reversed(one.lines):
            first, last = line.stretch.first.isoformat(), line.stretch.last.isoformat()
            write.writerows((one.title, first, last, code, count) for code, count in line.raised.items())
    return _sent(out, "rekey-reasons.csv")


def _sent(out: io.StringIO, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv", headers=headers)


def _row(title: str, line: Line) -> Iterator[str]:
    yield from (title, line.stretch.first.isoformat(), line.stretch.last.isoformat())
    counts = (line.received, line.done, line.straight, line.keyed, line.adopted, line.to_people, line.closed)
    yield from map(str, (*counts, line.decisions, line.timed))
    yield f"{line.review:.2f}"
    saving = line.saving
    hours = (saving.by_hand, saving.review, saving.hours) if saving else (None, None, None)
    yield from ("" if value is None else f"{value:.2f}" for value in hours)
    money = (saving.cost, saving.per_case, saving.per_case_by_hand) if saving else (None, None, None)
    yield from ("" if value is None else f"{value / 100:.2f}" for value in money)


def _asked(visit: Visit) -> dict[str, str]:
    params = visit.request.query_params
    length, by = asked_for(params.get("days", ""), params.get("by", ""))
    one = params.get("process", "")
    return {"days": length, "by": by, "process": one if one in visit.processes() else ""}


async def _all(visit: Visit, asked: Mapping[str, str]) -> list[OfProcess]:
    mine = visit.processes()
    processes = {name: one for name, one in mine.items() if asked["process"] in ("", name)}
    if not processes:
        return []
    today = visit.desk.clock().astimezone(LONDON).date()
    shown = stretches(today, int(asked["days"]), asked["by"])
    known = await _known(visit, processes, shown[0].first, today)
    return [of_process(process, shown, known[name]) for name, process in processes.items()]


async def _known(
    visit: Visit, processes: Mapping[str, Process[Any]], first: date, today: date
) -> dict[str, Known]:
    desk, names = visit.desk, tuple(processes)
    before = midnight(today + timedelta(days=1))
    figures = await desk.work.figures(names, midnight(min(first, today - _BACK)), before)
    reviewed = await desk.figures.reviewed(names, midnight(first), before)
    doubts = await desk.figures.doubts(names, midnight(first), before)
    baselines = await desk.figures.baselines(names)
    ages, standing = await desk.work.ages(names), await desk.figures.standing(names)
    began = await desk.figures.first_received(names)
    found: dict[str, Known] = {}
    for name in names:
        days = {one.day: one for one in figures if one.process == name}
        queue = sum(standing[name].values())
        found[name] = Known(
            figures=days,
            reviewed={one.day: one for one in reviewed if one.process == name},
            baselines=_of(name, baselines),
            ages=[one for one in ages if one.process == name],
            standing=standing[name],
            doubts=doubts[name],
            empty=await _empty(visit, name, queue, days, began.get(name)),
        )
    return found


def _of(process: str, baselines: Sequence[Baseline]) -> list[Baseline]:
    return [one for one in baselines if one.process == process]


async def _empty(
    visit: Visit, process: str, queue: int, days: Mapping[date, DayFigures], began: float | None
) -> str:
    """When nothing of it waits any more, by the last working days that are over."""
    sites, now = await targets(visit.desk, visit.desk.processes[process]), visit.desk.clock()
    systems = [site.hours for site in sites if site.hours is not None] or [_WEEKDAYS]
    today = now.astimezone(LONDON).date()
    begun = datetime.fromtimestamp(began, LONDON).date() if began is not None else today
    # Its first day was half a day: it counts from the next one on.
    working = [
        PaceDay(received=one.received, finished=one.done + one.closed, hours=hours)
        for day in each_day(max(begun + timedelta(days=1), today - _BACK), today - timedelta(days=1))
        if (hours := _open(systems, day))
        for one in [days.get(day) or DayFigures(process=process, day=day)]
    ]
    return when_empty(forecast(queue, working[-DAYS:]), systems, now)


def _open(systems: Sequence[Hours], day: date) -> float:
    since, before = (datetime.fromtimestamp(midnight(d), LONDON) for d in (day, day + timedelta(days=1)))
    return open_hours(systems, since, before)
