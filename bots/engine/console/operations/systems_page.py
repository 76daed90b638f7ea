"""Systems: open or closed, held or not, signed in or refused, and which locators find nothing any more."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.brake import BRAKE
from ...core.errors import BusinessException, refusal
from ...core.hours import open_until
from ...core.item import Hold
from ...core.operations import Drift, Operation, SystemState
from ...core.people import Role
from ...core.process import Process
from ...core.queue import SCOPE_ALL
from ..services.sites import Site
from ..web.request import Forbidden, Missing, Visit
from .schedule_form import reason
from .start_time import in_words, shut_days

_DRIFT_FOR = 30 * 86_400.0
"""Seconds for which a locator that found nothing is shown."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One system. `until`: when it closes, while it is open; `shut`: when it opens again, while it is not."""

    site: Site
    titles: Sequence[str]  # of the processes that use it
    until: str
    shut: str
    shut_days: Sequence[str]
    state: SystemState
    holds: Sequence[Hold]
    drift: Sequence[Drift]
    stopped: Sequence[Drift]  # requests that no map declares
    unseen: Sequence[Drift]  # searches that did not show what had just been saved
    noted: Sequence[Operation]
    owned: bool

    @property
    def seen(self) -> str:
        """Names the holds that the person saw."""
        return repr(max((one.since for one in self.holds), default=0.0))

    @property
    def by_brake(self) -> bool:
        return any(one.who == BRAKE for one in self.holds)


@dataclass(frozen=True, kw_only=True)
class HeldProcess:
    """A process that is held. `seen` names the holds that the person saw."""

    name: str
    title: str
    holds: Sequence[Hold]
    owned: bool

    @property
    def seen(self) -> str:
        return repr(max(one.since for one in self.holds))


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def _page(visit: Visit, *, mistakes: Mapping[str, str] | None = None, status: int = 200) -> Response:
    processes = visit.processes()
    queue = visit.desk.queue
    return visit.desk.pages.show(
        visit.request,
        "systems.html",
        status=status,
        visit=visit,
        lines=await _lines(visit, processes),
        everything=await queue.holds([SCOPE_ALL]),
        held=await _held(visit, processes),
        names=await _names(visit),
        alerts=await _alerts(visit),
        mistakes=mistakes or {},
        sent=visit.sent,
    )


async def _alerts(visit: Visit) -> dict[str, float | int | None]:
    """Whether somebody looks, and how much stands: counts alone, which anybody may see."""
    store = visit.desk.alerts
    standing = {(one.matter.cause, one.matter.about) for one in await store.standing()}
    last, _ = await store.last_round()
    return {"last": last, "stands": len(standing), "failing": len(await store.failing())}


async def _held(visit: Visit, processes: Mapping[str, Process[Any]]) -> list[HeldProcess]:
    owned, queue = visit.processes(Role.OWNER), visit.desk.queue
    found = {name: await queue.holds([f"process:{name}"]) for name in processes}
    return [
        HeldProcess(name=name, title=processes[name].title, holds=holds, owned=name in owned)
        for name, holds in found.items()
        if holds
    ]


async def _names(visit: Visit) -> dict[str, str]:
    names = {person.who: person.name for person in await visit.desk.people.everyone()}
    return names | {BRAKE: "Rekey’s brake"}


async def _lines(visit: Visit, processes: Mapping[str, Process[Any]]) -> list[Line]:
    sites = {one.name: one for name in processes for one in await visit.desk.sites.of(name)}
    owned = {system for one in visit.processes(Role.OWNER).values() for system in one.every_system}
    states = await visit.desk.operations.states(list(sites))
    since = await visit.desk.queue.now() - _DRIFT_FOR
    drift = await visit.desk.queue.drift(since)
    now = visit.desk.clock()
    return [
        Line(
            site=site,
            titles=[one.title for one in processes.values() if name in one.every_system],
            until=_until(site, now),
            shut=shut.sentence() if (shut := site.shut(now)) else "",
            shut_days=shut_days([site], now).get(site.title, []),
            state=states[name],
            holds=await visit.desk.queue.holds([_scope(name)]),
            drift=[one for one in drift if one.system == name and not (one.request or one.search)],
            unseen=[one for one in drift if one.system == name and one.search],
            stopped=[one for one in drift if one.system == name and one.request],
            noted=await visit.desk.operations.noted(_scope(name), limit=5),
            owned=name in owned,
        )
        for name, site in sorted(sites.items(), key=lambda pair: pair[1].title)
    ]


def _until(site: Site, now: datetime) -> str:
    closes = open_until(site.hours, now) if site.hours else None
    return in_words(closes) if closes else ""


def _scope(system: str) -> str:
    return f"system:{system}"


# ---- letting it go on -------------------------------------------------------------------------
async def release(visit: Visit) -> Response:
    """Take the holds away that the person saw; what made the brake hold is seen to."""
    system = _mine(visit)
    return await _released(visit, _scope(system), f"why-release-{system}")


async def release_process(visit: Visit) -> Response:
    process = visit.desk.processes[visit.request.path_params["process"]]
    return await _released(visit, f"process:{process.name}", f"why-release-process-{process.name}")


async def _released(visit: Visit, scope: str, where: str) -> Response:
    try:
        why = reason(visit.sent)
        until = _number(visit)
        if not await visit.desk.queue.release(scope, visit.who, why, until=until):
            raise refusal("changed-meanwhile", "It is not held any more. Nothing was changed.")
    except BusinessException as error:
        return await _refused(visit, where, error)
    await visit.desk.operations.note(visit.who, scope, "released", why)
    return RedirectResponse("/systems", status_code=303)


async def allow_sign_in(visit: Visit) -> Response:
    """The sign-in was put right: the bots may try it again."""
    system = _mine(visit)
    try:
        why = reason(visit.sent)
        state = (await visit.desk.operations.states([system]))[system]
        if state.refused is None or state.refused != _number(visit):
            raise refusal("changed-meanwhile", "The sign-in is not as you saw it any more. Look at it again.")
    except BusinessException as error:
        return await _refused(visit, f"why-sign-in-{system}", error)
    await visit.desk.operations.note(visit.who, _scope(system), "sign-in allowed", why)
    await visit.desk.queue.allow_sign_in(system, visit.who)
    return RedirectResponse("/systems", status_code=303)


async def _refused(visit: Visit, where: str, error: BusinessException) -> Response:
    missing = error.code == "no-why"
    return await _page(
        visit, mistakes={where if missing else "": error.sentence}, status=422 if missing else 409
    )


def _mine(visit: Visit) -> str:
    """The system that the address names: of a process that the person owns. Raises Missing or Forbidden."""
    system: str = visit.request.path_params["system"]
    if not any(system in one.every_system for one in visit.processes().values()):
        raise Missing("no-such-system", "There is no such system, or you may not see it.")
    if not any(system in one.every_system for one in visit.processes(Role.OWNER).values()):
        raise Forbidden("not-allowed", "Your role does not let you do this. Ask the process owner.")
    return system


def _number(visit: Visit) -> float:
    try:
        found = float(visit.sent.get("seen", ""))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise refusal("changed-meanwhile", "Load the page again, and try once more.")
    return found
