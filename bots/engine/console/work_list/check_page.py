"""Documents to check: one after the other, the page beside the values that were hard to read.

Who looks at a document has taken it, so that two people never check the same one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException
from ...core.item import State, WorkItem
from ...core.people import Role
from ...core.process import Process
from ...core.work_list import UNSURE, Order, Wanted
from ...decisions.correct import CORRECT
from ..item import acts as item_acts
from ..item import outcome
from ..item.source_view import Source, source_of
from ..services.record_form import Field, Filled, RecordForm
from ..web.request import Visit

_LOOKED_AHEAD = 50
"""Documents that colleagues have and that are passed over."""


@dataclass(frozen=True, kw_only=True)
class ToCheck:
    """The values of one document: those that a person should look at, and the others."""

    first: Sequence[Field]
    others: Sequence[Field]


async def begin(visit: Visit) -> Response:
    """To the next document; `after`: the one that the person comes from."""
    after = visit.request.query_params.get("after", "")
    following, decided = await _next(visit, after), await outcome.outcome_of(visit)
    if following:
        told = f"?{outcome.after(decided.item)}" if decided else ""
        return RedirectResponse(f"/check/{following}{told}", status_code=303)
    left = await _left(visit)
    return visit.desk.pages.show(
        visit.request, "check.html", visit=visit, item=None, left=left, after=bool(after), outcome=decided
    )


async def show(visit: Visit) -> Response:
    process, item = await visit.item(Role.REVIEWER)
    if not _waits(item):
        return _on(item)
    try:
        await visit.desk.work.take(item.id, visit.person.id)
    except BusinessException:  # a colleague has it, or it was decided just now
        return _on(item)
    return await page(visit, process, item)


async def send(visit: Visit) -> Response:
    """The record as the person left it, back to be keyed; then the next document."""
    answer = await item_acts.correct(visit, CORRECT, shown=page)
    item = visit.request.path_params["item"]
    to = f"{_after(item)}&{outcome.after(item)}"
    return RedirectResponse(to, status_code=303) if answer.status_code == 303 else answer


async def skip(visit: Visit) -> Response:
    """Left for a colleague."""
    _, item = await visit.item(Role.REVIEWER)
    with suppress(BusinessException):  # it is a colleague's already
        await visit.desk.work.give_back(item.id, visit.person.id)
    return _on(item)


async def page(
    visit: Visit,
    process: Process[Any],
    item: WorkItem,
    *,
    filled: Filled | None = None,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
    status: int = 200,
) -> Response:
    """As the `page` of an item: what was typed and could not be taken is kept."""
    form = RecordForm(process.record)
    source = await source_of(visit, process, item)
    asked = {name: str(why) for name, why in _said(item).items()}
    return visit.desk.pages.show(
        visit.request,
        "check.html",
        status=status,
        visit=visit,
        process=process,
        item=item,
        open=_waits(item),
        source=source,
        values=to_check(form.fields, source, asked),
        texts=dict(filled.texts) if filled else form.texts(item.data),
        asked=asked,
        mistakes=dict(filled.mistakes) if filled else {},
        problem=problem,
        left=await _left(visit),
        outcome=await outcome.outcome_of(visit),
        next=await _pictures_of(visit, await _next(visit, item.id)),
    )


def to_check(fields: Sequence[Field], source: Source, asked: Mapping[str, str]) -> ToCheck:
    """Where nobody said which value it is, all are to be checked."""
    doubted = {name for name, place in source.places.items() if place.doubt} | asked.keys()
    first = [field for field in fields if field.name in doubted] or list(fields)
    return ToCheck(first=first, others=[field for field in fields if field not in first])


def _said(item: WorkItem) -> Mapping[str, Any]:
    said = item.detail.get("fields")
    return said if isinstance(said, Mapping) else {}


def _waits(item: WorkItem) -> bool:
    return item.state is State.EXCEPTION and item.code in UNSURE


def _wanted(visit: Visit) -> Wanted:
    return Wanted(
        processes=tuple(visit.processes(Role.REVIEWER)),
        states=(State.EXCEPTION,),
        unsure=True,
        order=Order.URGENT,
    )


async def _left(visit: Visit) -> int:
    return (await visit.desk.work.counts(_wanted(visit))).total


async def _next(visit: Visit, after: str) -> str | None:
    """The first document after this one that no colleague has; without one, the first of all."""
    work, wanted = visit.desk.work, _wanted(visit)
    if not after:
        entries = (await work.page(wanted)).entries
        return next((one.item for one in entries if one.holder in (None, visit.person.id)), None)
    for _ in range(_LOOKED_AHEAD):
        _, following = await work.around(wanted, after)
        if following is None:
            return None
        entry = await work.entry(following)
        if entry is not None and entry.holder in (None, visit.person.id):
            return following
        after = following
    return None


async def _pictures_of(visit: Visit, item: str | None) -> str:
    """The picture to ask for beforehand: with it all of the document's first page is drawn."""
    found = await visit.desk.queue.item(item) if item else None
    pages = found.origin.get("pages") if found else None
    return f"/items/{item}/pages/{pages[0]}" if pages else ""


def _on(item: WorkItem) -> Response:
    return RedirectResponse(_after(item.id), status_code=303)


def _after(item: str) -> str:
    return f"/check?{urlencode({'after': item})}"
