"""Who works on what: taking an item, giving it away, putting it off, asking a colleague, and deciding about
many at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, refusal
from ...core.item import WorkItem
from ...core.people import Person, Role
from ...decisions.decision import Decision
from ...decisions.list import DECISIONS
from ..item.acts import answers, seen_by
from ..item.views import refused
from ..web.colleagues import NO_COLLEAGUE, chosen, reviewers
from ..web.request import Missing, Visit

_DAY = 86_400.0
_CHOSEN = "item-"
_DIGITS = 19
"""A number that is longer is no remark's in any database."""
OFFERED = {one.name: one for one in DECISIONS if one.many is not None}
"""The decisions that can be taken for many at once, by what their buttons send."""
Move = Callable[[Visit, WorkItem], Awaitable[None]]


def desk_act(move: Move) -> Callable[[Visit], Awaitable[Response]]:
    """A handler after which the person sees the item again."""

    async def answer(visit: Visit) -> Response:
        process, item = await visit.item(Role.REVIEWER)
        try:
            await move(visit, item)
        except BusinessException as error:
            return await refused(visit, process, item, error)
        return RedirectResponse(f"/items/{item.id}", status_code=303)

    return answer


async def take(visit: Visit, item: WorkItem) -> None:
    await visit.desk.work.take(item.id, visit.person.id, over=visit.sent.get("over") == "yes")


async def give_back(visit: Visit, item: WorkItem) -> None:
    await visit.desk.work.give_back(item.id, visit.person.id, visit.sent.get("note", "").strip())


async def assign(visit: Visit, item: WorkItem) -> None:
    """To a colleague, with a note; unless a third one took it meanwhile."""
    colleague = await chosen(visit, item.process)
    note, seen = visit.sent.get("note", ""), visit.sent.get("held", "")
    await visit.desk.work.assign(item.id, colleague.id, visit.person.id, note=note, seen=seen)


async def ask(visit: Visit, item: WorkItem) -> None:
    colleague = await chosen(visit, item.process)
    await visit.desk.work.ask(item.id, visit.person.id, colleague.id, visit.sent.get("text", ""))


async def answer(visit: Visit, item: WorkItem) -> None:
    question = visit.sent.get("question", "")
    number = int(question) if question.isdecimal() and len(question) < _DIGITS else 0
    await visit.desk.work.answer(item.id, visit.person.id, number, visit.sent.get("text", ""))


async def wake(visit: Visit, item: WorkItem) -> None:
    await visit.desk.work.wake(item.id)


async def put_off(visit: Visit, item: WorkItem) -> None:
    """For so many days; it comes back earlier when something happens to it."""
    try:
        days = float(visit.sent.get("days", ""))
    except ValueError:
        raise refusal("no-days", "Say for how many days.") from None
    why = visit.sent.get("why", "").strip()
    if not why:
        raise refusal("no-why", "Say why it should wait.")
    now = await visit.desk.queue.now()
    await visit.desk.work.snooze(item.id, now + days * _DAY, visit.person.id, why)


async def many(visit: Visit) -> Response:
    """The same decision about every chosen item, each on its own: what cannot be done is said, and the others
    go on."""
    names = [
        name.removeprefix(_CHOSEN) for name in visit.sent if name.startswith(_CHOSEN) and name != _CHOSEN
    ]
    act, why = visit.sent.get("act", ""), visit.sent.get("why", "").strip()
    to = (
        (await reviewers(visit, visit.processes())).get(visit.sent.get("to", "")) if act == "assign" else None
    )
    told = Counter[str]()
    for name in names:
        told[await _one(visit, name, act, why, to)] += 1
    return visit.desk.pages.show(visit.request, "many.html", visit=visit, chosen=len(names), told=told)


async def _one(visit: Visit, name: str, act: str, why: str, to: Person | None) -> str:
    """What became of one item, in words that fit behind a number."""
    try:
        _, item = await visit.item(Role.REVIEWER, name)
        if act == "take":
            await visit.desk.work.take(item.id, visit.person.id)
            return "taken by you"
        if act == "assign":
            return await _assigned(visit, item, why, to)
        if act in OFFERED:
            return await _decided(visit, item, OFFERED[act], why)
    except (BusinessException, Missing) as error:
        return f"not changed: {error.sentence}"
    return "not changed: this is no decision"


async def _decided(visit: Visit, item: WorkItem, decision: Decision, why: str) -> str:
    if not visit.person.may(decision.role, item.process):
        raise refusal("not-allowed", "Your role does not let you do this. Ask the process owner.")
    if not why:
        raise refusal("no-why", "Say why, in a few words: it goes into the item's history.")
    seen, given = seen_by(visit, f"seen-{item.id}"), answers(decision, visit.sent, why)
    await visit.desk.queue.decide(item.id, decision, visit.who, given, seen=seen)
    return decision.many.became if decision.many else ""


async def _assigned(visit: Visit, item: WorkItem, note: str, to: Person | None) -> str:
    if to is None or not to.may(Role.REVIEWER, item.process):
        raise refusal("no-colleague", NO_COLLEAGUE)
    seen = visit.sent.get(f"held-{item.id}", "")
    await visit.desk.work.assign(item.id, to.id, visit.person.id, note=note, seen=seen)
    return f"given to {to.name}"
