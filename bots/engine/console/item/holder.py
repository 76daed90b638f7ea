"""Who works on an item and when, and what colleagues said of it: as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.item import URGENT, WorkItem
from ...core.work_list import FOR_PEOPLE, NOBODY, Comment, PutOff, Remark
from ..web.colleagues import named, reviewers
from ..web.request import Asking

KINDS = {
    Remark.COMMENT: "Note",
    Remark.HANDOVER: "Hand-over",
    Remark.QUESTION: "Question",
    Remark.ANSWER: "Answer",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One remark. `open`: a question that nobody answered yet."""

    id: int
    kind: str
    who: str
    to: str
    at: float
    text: str
    open: bool


@dataclass(frozen=True, kw_only=True)
class ItemDesk:
    """`held`: who has it, as the form says it back; `lapsed`, `lapsed_at`: who had it until it went back by
    itself. Empty and 0: nobody, never."""

    waits: bool
    urgent: bool
    due: float | None
    overdue: bool
    held: str
    holder: str
    mine: bool
    until: float
    given_by: str
    lapsed: str
    lapsed_at: float
    put_off: PutOff | None
    colleagues: Mapping[str, str]
    said: Sequence[Said]


async def desk_of(asking: Asking, item: WorkItem) -> ItemDesk:
    work, names = asking.desk.work, await named(asking)
    holding, lapsed = await work.holder(item.id), await work.lapsed(item.id)
    entry = await work.entry(item.id)
    waits, due = item.state in FOR_PEOPLE, entry.due if entry else None
    others = await reviewers(asking, [item.process])
    return ItemDesk(
        waits=waits,
        urgent=item.priority >= URGENT,
        due=due,
        overdue=due is not None and due < asking.desk.clock().timestamp(),
        held=holding.person if holding else NOBODY,
        holder=names.get(holding.person, "") if holding else "",
        mine=holding is not None and holding.person == asking.person.id,
        until=holding.until if holding else 0.0,
        given_by=names.get(holding.by or "", "") if holding else "",
        lapsed=names.get(lapsed.person, "") if lapsed and waits else "",
        lapsed_at=lapsed.until if lapsed else 0.0,
        put_off=await work.put_off(item.id) if waits else None,
        colleagues={person: one.name for person, one in others.items()},
        said=_said(await work.comments(item.id), names),
    )


def _said(comments: Sequence[Comment], names: Mapping[str, str]) -> list[Said]:
    answered = {one.answers for one in comments}
    return [
        Said(
            id=one.id,
            kind=KINDS[one.kind],
            who=names.get(one.who, ""),
            to=names.get(one.to or "", ""),
            at=one.at,
            text=one.text,
            open=one.kind is Remark.QUESTION and one.id not in answered,
        )
        for one in comments
    ]
