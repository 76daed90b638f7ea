"""Comparisons: what the latest one of each process found, and who has seen to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.comparison import Comparison, Finding, SeenTo
from ...core.errors import BusinessException
from ...core.people import Role
from ...core.process import Process
from ...core.summary import Why
from ...reconcile.source import SOURCES
from ..item.view import named
from ..services.masking import MASK
from ..web.request import Visit

_LATE = 3 * 86_400.0
"""Seconds: longer than over a weekend."""
_NO_REASON = "Say what you found out, in a few words."
_WHOSE = "Nobody but the bot may use its sign-in. Hold the process, and tell ICT."
_ONE_OF_TWO = (
    "Find out who keyed it, and close one of the two. Are both the bot's: hold the process, and tell the "
    "automation team."
)
TO_DO = {
    Why.GONE: "Ask who deleted it. If it is needed, key it by hand.",
    Why.NEVER: "Hold the process, and tell the automation team.",
    Why.NOT_TAKEN_IN: "The next intake brings it. Still here tomorrow: tell the automation team.",
    Why.NOT_IN_SOURCE: "Ask whoever runs the source. The case itself is not touched.",
    Why.UNREAD: "The next comparison reads it again. Still so tomorrow: tell the automation team.",
    Why.SOURCE_CHANGED: "The next intake hands it to a person.",
    Why.SECOND: _ONE_OF_TWO,
    Why.COPY: _ONE_OF_TWO,
    Why.CHANGED: "If staff changed it rightly, nothing. Otherwise correct it in the system.",
    Why.NOT_FOUND: "Open it in the system, and save its property or number anew.",
    Why.OTHER_CASE: "Look for the right reference, and tell the automation team.",
    Why.NO_RECEIPT: (
        "It may be the item's own save. Find out who keyed it, and give the item its reference. Is the same "
        "item missing as well: it was keyed anew."
    ),
    Why.ALIKE: _WHOSE,
    Why.OUR_HAND: _WHOSE,
    Why.UNFINISHED: "Tell the automation team: the map of the list should say how it ends.",
}
"""By what a finding means. The runbook says more of each."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One finding. `item`: of the store; empty: of none."""

    key: str
    kind: str
    means: str
    to_do: str
    item: str
    where: str
    reference: str
    fields: Sequence[str]
    seen: SeenTo | None


@dataclass(frozen=True, kw_only=True)
class OfProcess:
    process: Process[Any]
    compared: Comparison | None  # None: never yet
    lines: Sequence[Line]  # what nobody has seen to first
    decides: bool
    late: bool  # it was compared so long ago that nobody knows how it is now


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def see_to(visit: Visit) -> Response:
    """A person has looked into a finding: it is told no more, as long as the same is found."""
    process, finding = visit.request.path_params["process"], visit.request.path_params["finding"]
    why = visit.sent.get("why", "").strip()
    if not why:
        return await _page(visit, mistakes={f"why-{finding}": _NO_REASON}, status=422)
    try:
        await visit.desk.comparisons.see_to(process, finding, visit.who, why)
    except BusinessException as error:
        return await _page(visit, mistakes={"": error.sentence}, status=409)
    return RedirectResponse(f"/comparisons#{process}", status_code=303)


async def found_for(visit: Visit) -> list[str]:
    """The titles of the processes with findings that nobody has seen to yet."""
    processes = visit.processes()
    found = await visit.desk.comparisons.latest(list(processes))
    return [processes[one.process].title for one in found if one.open]


async def _page(visit: Visit, *, mistakes: Mapping[str, str] | None = None, status: int = 200) -> Response:
    processes = visit.processes()
    latest = {one.process: one for one in await visit.desk.comparisons.latest(list(processes))}
    return visit.desk.pages.show(
        visit.request,
        "comparisons.html",
        status=status,
        visit=visit,
        processes=[await _of(visit, process, latest.get(name)) for name, process in processes.items()],
        names={person.who: person.name for person in await visit.desk.people.everyone()},
        mistakes=mistakes or {},
        sent=visit.sent,
    )


async def _of(visit: Visit, process: Process[Any], compared: Comparison | None) -> OfProcess:
    decides = visit.person.may(Role.REVIEWER, process.name)
    titles = {site.name: site.title for site in await visit.desk.sites.of(process.name)}
    wheres = {step.name: titles[step.system] for step in process.steps} | dict.fromkeys(SOURCES, "Source")
    lines = [_line(one, wheres, clear=decides) for one in (compared.findings if compared else ())]
    lines.sort(key=lambda one: one.seen is not None)
    now = visit.desk.clock().timestamp()
    late = compared is not None and now - compared.at > _LATE
    return OfProcess(process=process, compared=compared, lines=lines, decides=decides, late=late)


def _line(finding: Finding, wheres: Mapping[str, str], *, clear: bool) -> Line:
    """`wheres`: by step the system in which it saves."""
    one = finding.difference
    return Line(
        key=finding.key,
        kind=finding.kind.capitalize(),
        means=one.why.value,
        to_do=TO_DO[one.why],
        item=one.item or "",
        where=wheres.get(one.step, named(one.step)),
        # A reference, such as an account number, points at a person.
        reference=(one.target or "") if clear or not one.target else MASK,
        fields=[named(name) for name in one.fields],
        # What a person wrote may name another.
        seen=finding.seen and (finding.seen if clear else replace(finding.seen, why="")),
    )
