"""Items as programs see them: the work list, and one item. What is masked on the page is masked here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from fastapi import Query

from ...core.item import State, WorkItem
from ...core.people import Role
from ...core.process import Process
from ...core.work_list import NOBODY, Wanted
from ..item.holder import desk_of
from ..item.search_result import SightView
from ..item.view import Compared, reason
from ..item.views import asked, sight_of, view_for, would_save
from ..services.masking import MASK, Veil
from ..services.record_form import RecordForm
from ..web.request import Call, Missing
from ..web.tokens import Caller
from ..work_list.views import line
from . import words as w


async def listed(call: Caller, wanted: Annotated[w.Filter, Query()]) -> w.Page:
    """What waits for people, page by page."""
    return await _page(call, wanted)


async def found(call: Caller, wanted: w.Search) -> w.Page:
    """The same, by an item's id or a reference. Whoever sees references masked finds nothing by them."""
    return await _page(call, wanted, wanted.text)


async def _page(call: Call, asked: w.Filter, text: str = "") -> w.Page:
    processes = call.processes()
    if not set(asked.process) <= set(processes):
        raise Missing("no-such-process", "There is no such process, or you may not see it.")
    holders = {"anyone": None, "mine": call.person.id, "nobody": NOBODY}
    wanted = Wanted(
        processes=asked.process or tuple(processes),
        by_reference=tuple(call.processes(Role.REVIEWER)),
        states=[State(name) for name in asked.state],
        code=asked.code or None,
        holder=holders[asked.holder],
        text=text,
        order=asked.order,
        size=asked.size,
    )
    listing = await call.desk.work.page(wanted, asked.after or None)
    names = {one.id: one.name for one in await call.desk.people.everyone()}
    lines = [(one, line(call, processes[one.process], one, names)) for one in listing.entries]
    return w.Page(
        items=[
            w.Entry(
                id=one.item,
                process=one.process,
                reference=shown.reference,
                state=one.state,
                code=one.code,
                reason=shown.title,
                sentence=shown.sentence,
                version=one.version,
                received=one.created,
                updated=one.updated,
                due=one.due,
                urgent=shown.urgent,
                holder=shown.holder,
            )
            for one, shown in lines
        ],
        next=listing.next,
    )


async def one(call: Caller, item: w.ItemId) -> w.Item:
    """Its record, what the target showed, what happened, and what colleagues wrote."""
    return await item_of(call, *await call.item(Role.VIEWER, item))


async def item_of(call: Call, process: Process[Any], item: WorkItem) -> w.Item:
    clear = call.person.may(Role.REVIEWER, process.name)
    veil = Veil(process, clear=clear)
    view = await view_for(call, process, item, veil)
    desk = await desk_of(call, item)
    return w.Item(
        id=item.id,
        process=item.process,
        reference=item.reference if clear else MASK,
        state=item.state,
        code=item.code,
        reason=reason(process, item.code, item.state),
        sentence=item.sentence or "",
        version=item.version,
        received=item.created,
        updated=item.updated,
        due=desk.due,
        urgent=desk.urgent,
        holder=desk.holder,
        attempts=item.attempts,
        record=_record(process, item, veil),
        to_check=asked(item),
        source=dict(view.source),
        found=[w.Found(reference=one.reference, values=_compared(one.values)) for one in view.entries],
        looked=_looked(await sight_of(call, process, item)),
        would_save=dict(would_save(item, veil)),
        receipts=[
            w.Receipt(
                step=one.step,
                system=one.system,
                reference=one.reference,
                at=one.at,
                adopted=one.adopted,
                proven=one.proven,
            )
            for one in view.kept
        ],
        history=[w.Happened(**vars(one)) for one in view.story],
        comments=[w.Comment(who=one.who, at=one.at, text=one.text) for one in desk.said],
    )


def _looked(sight: SightView) -> w.Looked | None:
    if not sight.asked:
        return None
    return w.Looked(
        waits=sight.waits,
        at=sight.at,
        sentence=sight.sentence,
        entries=[
            w.Sighted(reference=one.reference, values=_compared(one.values), whose=one.whose, equal=one.equal)
            for one in sight.entries
        ],
        older=sight.older,
    )


def _compared(values: Iterable[Compared]) -> list[w.Compared]:
    return [w.Compared(**vars(value)) for value in values]


def _record(process: Process[Any], item: WorkItem, veil: Veil) -> dict[str, w.Value]:
    """The fields that people fill in, as they are stored."""
    return {
        field.name: _veiled(veil, field.name, item.data[field.name])
        for field in RecordForm(process.record).fields
        if field.name in item.data
    }


def _veiled(veil: Veil, name: str, value: w.Value) -> w.Value:
    hidden = value is not None and veil.over(name, str(value)) == MASK
    return MASK if hidden else value
