"""The baseline of a process: what was measured by hand, and its owner's word for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.responses import RedirectResponse, Response

from ...core.baseline import Measured, check_dates
from ...core.errors import BusinessException
from ...core.people import Role
from ..services.record_form import WHOLE, Filled, RecordForm
from ..web.request import Visit

FORM = RecordForm(Measured, [check_dates])
SIGN = "signed"
_NOT_SIGNED = "Tick the box to sign it off: the figures of this process stand on your word."


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def sign(visit: Visit) -> Response:
    """A newer baseline. What cannot be taken is told on the page, with all that was typed."""
    filled = FORM.read(visit.sent, {})
    if visit.sent.get(SIGN) != "yes":
        filled = replace(filled, mistakes={**filled.mistakes, SIGN: _NOT_SIGNED})
    if filled.mistakes or not isinstance(filled.record, Measured):
        return await _page(visit, filled, status=422)
    process = visit.request.path_params["process"]
    try:
        await visit.desk.figures.sign(process, filled.record, visit.who, seen=_seen(visit))
    except BusinessException as error:
        return await _page(visit, replace(filled, mistakes={WHOLE: error.sentence}), status=409)
    return RedirectResponse(f"/figures/{process}/baseline", status_code=303)


def _seen(visit: Visit) -> int:
    """The newest baseline that the form knew of. One that does not say is out of date."""
    text = visit.sent.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else -1


async def _page(visit: Visit, filled: Filled | None = None, *, status: int = 200) -> Response:
    process = visit.desk.processes[visit.request.path_params["process"]]
    kept = await visit.desk.figures.baselines([process.name])
    names = {one.who: one.name for one in await visit.desk.people.everyone()}
    return visit.desk.pages.show(
        visit.request,
        "baseline.html",
        status=status,
        visit=visit,
        process=process,
        kept=kept,
        names=names,
        signs=visit.person.may(Role.OWNER, process.name),
        fields=FORM.fields,
        texts=filled.texts if filled else _begun(),
        mistakes=filled.mistakes if filled else {},
        hints=_HINTS,
        ticked=visit.sent.get(SIGN) == "yes",
        latest=kept[0].number if kept else 0,
    )


def _begun() -> Mapping[str, Any]:
    """Nothing of an earlier baseline is suggested: what was measured is typed anew."""
    return FORM.texts({})


_HINTS = {
    "minutes": "The mean over all timed cases, from opening the case to its end. For example, 7.5",
    "cases": "For example, 40",
    "timed_by": "A person or a team",
    "staff_hour": "With what the council pays on top of wages. Without it, no cost is shown",
    "a_year": "Licences, servers and support. Without it, no cost is shown",
}
