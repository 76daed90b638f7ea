"""When what was handed in begins: at once, when the systems open, or at a moment that a person names.

The store holds it back until then, whoever drains the queue; the planner only begins a run at that moment. So
with the planner away nothing begins too early, and the next run after it keys it.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse, Response

from ...core.errors import RekeyError, refusal
from ...core.item import Batch
from ...core.process import Process
from ...core.record import UkDate
from ...core.timetable import DAYS, minutes_of
from ..services.rendering import LONDON, moment
from ..services.sites import Site, openings, shut_at
from ..web.context import Desk
from ..web.request import Visit

LOG = logging.getLogger("rekey.console")
NOW, OTHER = "now", "other"
FIELDS = {"no-choice": "begins", "no-day": "begins-day", "no-time": "begins-time", "not-later": "begins-day"}
"""Where on the form it stands, by the code of what is wrong."""
_OFFERED = 2
_FURTHEST = timedelta(days=92)
_DAY = TypeAdapter[Any](UkDate)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A moment that is offered: as the form sends it, and in words."""

    value: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """When a hand-in begins. `at` None: it may begin at any time. `note`: what a person should know of that
    moment; `seen`: as the form sends it back."""

    at: datetime | None
    words: str
    note: str
    seen: str


# ---- what is offered --------------------------------------------------------------------------
async def choices(desk: Desk, process: Process[Any]) -> list[Choice]:
    """When all systems of the process open next; for those that never close the next mornings."""
    sites = await targets(desk, process)
    now = desk.clock()
    moments = openings(sites, now, _OFFERED) or _mornings(now)
    return [Choice(value=f"{one.timestamp():.0f}", words=in_words(one)) for one in moments]


async def targets(desk: Desk, process: Process[Any]) -> list[Site]:
    """The systems that must be open for keying."""
    return [site for site in await desk.sites.of(process.name) if site.name in process.systems]


async def closed(desk: Desk, process: Process[Any]) -> str:
    """A sentence that says when the systems of a process open; empty when all are open."""
    shut = shut_at(await targets(desk, process), desk.clock())
    return shut.sentence() if shut else ""


def _mornings(now: datetime) -> list[datetime]:
    today = now.astimezone(LONDON).date()
    days = (today + timedelta(days=number) for number in range(1, 8))
    weekdays = [day for day in days if day.weekday() < 5][:_OFFERED]
    return [datetime.combine(day, time(7), LONDON) for day in weekdays]


def in_words(then: datetime) -> str:
    """Such as Monday 30 November 2026 at 7am."""
    return f"{DAYS[then.astimezone(LONDON).weekday()]} {moment(then)}"


# ---- what a person chose ------------------------------------------------------------------------
def chosen(sent: Mapping[str, str], now: datetime) -> float | None:
    """In seconds since 1970; None: at once. Raises BusinessException with a code of `FIELDS`."""
    when = sent.get("begins", "")
    if when == NOW:
        return None
    if when == OTHER:
        at = _named(sent)
    elif when.isascii() and when.isdecimal() and len(when) < 12:
        at = datetime.fromtimestamp(int(when), LONDON)
    else:
        raise refusal("no-choice", "Choose when it should begin.")
    if at <= now:
        raise refusal("not-later", "This time has passed. Choose one that is still to come.")
    if at > now + _FURTHEST:
        raise refusal("not-later", "That is too far ahead. Choose a day within the next three months.")
    return at.timestamp()


def _named(sent: Mapping[str, str]) -> datetime:
    try:
        day = _DAY.validate_python(sent.get("begins-day", "").strip())
    except ValidationError:
        raise refusal("no-day", "Write the day like 30/11/2026.") from None
    minutes = minutes_of(sent.get("begins-time", ""))
    at = datetime.combine(day, time(minutes // 60, minutes % 60), LONDON)
    if at != datetime.fromtimestamp(at.timestamp(), LONDON):
        raise refusal("no-time", "The clocks are changed at that time. Choose another one.")
    return at


# ---- what becomes of it ---------------------------------------------------------------------------
async def arrange(desk: Desk, process: str, begins: float | None, before: Collection[float] = ()) -> bool:
    """Have a run for what was just queued or changed; `before`: moments for which runs may be planned that
    nobody needs now. False: whoever begins the runs does not answer, and the next run takes it."""
    if desk.planner is None:
        return False
    try:
        needed = {one.begins for one in await desk.queue.batches(process)}
        for moment_ in set(before) - needed:
            await desk.planner.unplan(process, moment_)
        if begins is None:
            await desk.planner.start(process)
        else:
            await desk.planner.plan(process, begins)
    except RekeyError as error:
        LOG.warning("no run for a hand-in: %s", error.code)
        return False
    return True


async def beginning(desk: Desk, process: Process[Any], batch: Batch) -> Beginning:
    """As the page of a hand-in tells it."""
    now = desk.clock()
    seen = "" if batch.begins is None else repr(batch.begins)
    if batch.begins is None or batch.begins <= now.timestamp():
        return Beginning(at=None, words="", note="", seen=seen)
    at = datetime.fromtimestamp(batch.begins, LONDON)
    shut = shut_at(await targets(desk, process), at)
    note = f"{shut.sentence()} " if shut else ""
    return Beginning(
        at=at, words=in_words(at), note=f"{note}{await _run(desk, process.name, batch.begins)}", seen=seen
    )


async def _run(desk: Desk, process: str, at: float) -> str:
    if desk.planner is None:
        return "The first run after that keys it."
    try:
        planned = await desk.planner.planned(process, at)
    except RekeyError:
        return "Prefect does not answer just now; the first run after that moment keys it."
    return (
        "A run is planned for it."
        if planned
        else "No run is planned for it: the first one after that keys it."
    )


async def change(visit: Visit, process: Process[Any], batch: Batch) -> Response:
    """Start it now, or at another time. Raises BusinessException."""
    if batch.begins is not None and batch.begins <= visit.desk.clock().timestamp():
        raise refusal("has-begun", "This hand-in has begun already.")
    begins = chosen(visit.sent, visit.desk.clock())
    await visit.desk.queue.begin(batch.id, begins, visit.who, seen=_seen(visit))
    before = [batch.begins] if batch.begins is not None and batch.begins != begins else []
    arranged = await arrange(visit.desk, process.name, begins, before)
    told = "" if arranged or visit.desk.planner is None else "?no-run"
    return RedirectResponse(f"/hand-ins/{batch.id}{told}", status_code=303)


def _seen(visit: Visit) -> float | None:
    sent = visit.sent.get("seen", "")
    try:
        return float(sent) if sent else None
    except ValueError:
        raise refusal("changed-meanwhile", "Load the page again, and try once more.") from None


def shut_days(sites: Sequence[Site], now: datetime) -> dict[str, list[str]]:
    """By system: bank holidays and other days of the coming weeks on which it is closed."""
    days = {site.title: [_day(one) for one in site.closed_days(now)] for site in sites}
    return {title: found for title, found in days.items() if found}


def _day(day: Any) -> str:
    return f"{DAYS[day.weekday()]} {moment(day)}"
