"""Schedules: when the runs of each process begin by themselves. Owners pause them and set other times."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, RekeyError
from ...core.operations import Operation
from ...core.people import Role
from ...core.process import Process
from ...core.timetable import DAYS, next_times
from ..services.planner import AWAY, UNKNOWN, Deployed, Kind, Planner
from ..services.rendering import LONDON
from ..services.sites import Site, shut_at
from ..web.request import Missing, Visit
from .schedule_form import STEPS, filled, reason, shown
from .start_time import in_words, shut_days

_NEXT = 3
Wanted = Callable[[Planner, str, Kind, str], Awaitable[None]]
"""A change: of which process and kind, and what the person saw."""


@dataclass(frozen=True, kw_only=True)
class Coming:
    """The next time. `closed`: what a run meets then, empty when everything is open."""

    words: str
    closed: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """One kind of run of a process, in words."""

    deployed: Deployed
    words: Sequence[str]
    next: Sequence[Coming]

    @property
    def by_itself(self) -> bool:
        return bool(self.words) and not self.deployed.paused


async def show(visit: Visit) -> Response:
    """All that the person may see."""
    processes, trouble = visit.processes(), "" if visit.desk.planner else UNKNOWN
    deployed: Sequence[Deployed] = ()
    try:
        deployed = await visit.desk.planner.deployed(list(processes)) if visit.desk.planner else ()
    except RekeyError:
        trouble = AWAY
    return visit.desk.pages.show(
        visit.request,
        "schedules.html",
        visit=visit,
        trouble=trouble,
        processes=[await _of(visit, one, deployed) for one in processes.values()],
        planner=visit.desk.planner,
        owned=visit.processes(Role.OWNER),
    )


async def _of(visit: Visit, process: Process[Any], deployed: Sequence[Deployed]) -> dict[str, Any]:
    sites = await visit.desk.sites.of(process.name)
    return {
        "process": process,
        "lines": [_line(visit, process, sites, one) for one in deployed if one.process == process.name],
        "sites": sites,
        "shut_days": shut_days(sites, visit.desk.clock()),
    }


def _line(visit: Visit, process: Process[Any], sites: Sequence[Site], deployed: Deployed) -> Line:
    words = [*(table.words() for table in deployed.tables), *deployed.others]
    moments = [] if deployed.paused else next_times(deployed.tables, visit.desk.clock(), LONDON, _NEXT)
    needed = [site for site in sites if site.name in _systems(process, deployed.kind)]
    coming = [_coming(needed, one) for one in moments]
    return Line(deployed=deployed, words=[text[0].upper() + text[1:] for text in words], next=coming)


def _systems(process: Process[Any], kind: Kind) -> frozenset[str]:
    """Those that such a run needs open."""
    if kind is Kind.WORK:
        return process.systems
    if kind is Kind.INTAKE:
        return frozenset({process.source.system} if process.source else ())
    return process.every_system


def _coming(sites: Sequence[Site], moment: datetime) -> Coming:
    shut = shut_at(sites, moment)
    return Coming(words=in_words(moment), closed=shut.sentence() if shut else "")


# ---- one of them ------------------------------------------------------------------------------
async def one(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, *, mistakes: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """What was typed stays, when there are mistakes."""
    process, kind = _named(visit)
    sites = await visit.desk.sites.of(process.name)
    line, trouble = None, "" if visit.desk.planner else UNKNOWN
    try:
        deployed = await _deployed(visit, process, kind)
        line = _line(visit, process, sites, deployed) if deployed else None
    except RekeyError:
        trouble = AWAY
    sent = visit.sent if mistakes else shown(line.deployed.tables if line else ())
    return visit.desk.pages.show(
        visit.request,
        "schedule.html",
        status=status,
        visit=visit,
        process=process,
        kind=kind,
        line=line,
        trouble=trouble,
        sites=sites,
        shut_days=shut_days(sites, visit.desk.clock()),
        mistakes=mistakes or {},
        sent=sent,
        days=DAYS,
        steps=STEPS,
        noted=await _noted(visit, process, kind),
        names={person.who: person.name for person in await visit.desk.people.everyone()},
    )


def _named(visit: Visit) -> tuple[Process[Any], Kind]:
    try:
        kind = Kind(visit.request.path_params["kind"])
    except ValueError:
        raise Missing("no-such-schedule", "There is no such schedule.") from None
    return visit.desk.processes[visit.request.path_params["process"]], kind


async def _deployed(visit: Visit, process: Process[Any], kind: Kind) -> Deployed | None:
    if visit.desk.planner is None:
        return None
    found = await visit.desk.planner.deployed([process.name])
    return next((one for one in found if one.kind is kind), None)


async def _noted(visit: Visit, process: Process[Any], kind: Kind) -> Sequence[Operation]:
    return await visit.desk.operations.noted(_scope(process, kind))


def _scope(process: Process[Any], kind: Kind) -> str:
    return f"schedule:{kind}-{process.name}"


# ---- changing it ------------------------------------------------------------------------------
async def set_times(visit: Visit) -> Response:
    found = filled(visit.sent)
    if found.table is None:
        return await _page(visit, mistakes=found.mistakes, status=422)
    table = found.table

    async def change(planner: Planner, process: str, kind: Kind, seen: str) -> None:
        await planner.set_times(process, kind, table, seen)

    return await _changed(visit, change, "times", found.why, {"times": table.words()})


async def pause(visit: Visit) -> Response:
    return await _reasoned(visit, _paused(True), "paused")


async def resume(visit: Visit) -> Response:
    return await _reasoned(visit, _paused(False), "resumed")


async def delivered(visit: Visit) -> Response:
    """Back to the times that came with Rekey."""

    async def change(planner: Planner, process: str, kind: Kind, seen: str) -> None:
        await planner.set_times(process, kind, None, seen)

    return await _reasoned(visit, change, "delivered")


def _paused(paused: bool) -> Wanted:
    async def change(planner: Planner, process: str, kind: Kind, seen: str) -> None:
        await planner.pause(process, kind, paused, seen)

    return change


async def _reasoned(visit: Visit, change: Wanted, what: str) -> Response:
    try:
        why = reason(visit.sent)
    except BusinessException as error:
        return await _page(visit, mistakes={f"why-{what}": error.sentence}, status=422)
    return await _changed(visit, change, what, why, {})


async def _changed(visit: Visit, change: Wanted, what: str, why: str, detail: Mapping[str, Any]) -> Response:
    """Noted before it is asked for: whatever happens then, it is known who wanted what. What was not done is
    noted, too."""
    process, kind = _named(visit)
    if visit.desk.planner is None:
        return await _page(visit, mistakes={"": UNKNOWN}, status=503)
    scope, note = _scope(process, kind), visit.desk.operations.note
    await note(visit.who, scope, what, why, detail)
    try:
        await change(visit.desk.planner, process.name, kind, visit.sent.get("seen", ""))
    except RekeyError as error:
        await note(visit.who, scope, "not done", error.sentence)
        told, status = (error.sentence, 409) if isinstance(error, BusinessException) else (AWAY, 503)
        return await _page(visit, mistakes={"": told}, status=status)
    return RedirectResponse(f"/schedules/{process.name}/{kind}", status_code=303)
