"""What programs do with an item, in a person's name: the decisions of the page, by the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from ...core.decision import Answers
from ...core.people import Role
from ...core.process import Process
from ...core.work_list import DAY, Remark
from ...decisions.approve import APPROVE
from ...decisions.by_hand import BY_HAND
from ...decisions.correct import CORRECT
from ...decisions.decline import DECLINE
from ...decisions.look_again import LOOK_AGAIN
from ...decisions.not_needed import NOT_NEEDED
from ...decisions.not_saved import NOT_SAVED
from ...decisions.return_to_sender import RETURN_TO_SENDER
from ...decisions.saved import SAVED
from ...store.work.rules import check_seen
from ..item.search import asked_to_look
from ..services.record_form import Filled, RecordForm
from ..web.request import Call
from ..web.tokens import Caller
from . import words as w
from .items import item_of


async def retry(call: Caller, item: w.ItemId, sent: w.Retry) -> Any:
    """Back to be keyed, as it is or corrected. A correction is checked by the record's own rules."""
    process, found = await call.item(Role.REVIEWER, item)
    data = None
    if sent.corrected:
        filled = _filled(process, found.data, sent.corrected)
        if filled.record is None:
            return _mistaken(filled.mistakes)
        data = filled.record.data()
    await call.desk.queue.decide(item, CORRECT, call.who, Answers(why=sent.why, record=data), seen=sent.seen)
    return await _now(call, item)


def _filled(process: Process[Any], before: Mapping[str, Any], corrected: Mapping[str, w.Value]) -> Filled:
    form = RecordForm(process.record, process.rules)
    known = {field.name for field in form.fields}
    if unknown := sorted(set(corrected) - known):
        return Filled(texts={}, record=None, mistakes={unknown[0]: "There is no such field."})
    written = {name: _written(value) for name, value in corrected.items()}
    return form.read(form.texts(before) | written, before)


def _written(value: w.Value) -> str:
    """As people write it."""
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _mistaken(mistakes: Mapping[str, str]) -> JSONResponse:
    told = w.Mistakes(
        code="record-wrong",
        sentence="The record cannot be used like this. Nothing was changed.",
        mistakes=dict(mistakes),
    )
    return JSONResponse(told.model_dump(), status_code=409)


async def withdraw(call: Caller, item: w.ItemId, sent: w.Withdraw) -> w.Item:
    """Close it: not needed, or in the system already."""
    rule = NOT_NEEDED if sent.reference is None else BY_HAND
    given = Answers(why=sent.why, reference=sent.reference)
    await call.desk.queue.decide(item, rule, call.who, given, seen=sent.seen)
    return await _now(call, item)


async def saved(call: Caller, item: w.ItemId, sent: w.Saved) -> w.Item:
    """In doubt, and found in the system."""
    given = Answers(why=sent.why, reference=sent.reference)
    await call.desk.queue.decide(item, SAVED, call.who, given, seen=sent.seen)
    return await _now(call, item)


async def not_saved(call: Caller, item: w.ItemId, sent: w.Decision) -> w.Item:
    """In doubt, looked for in the system, and not there. Never say so without looking."""
    await call.desk.queue.decide(item, NOT_SAVED, call.who, Answers(why=sent.why), seen=sent.seen)
    return await _now(call, item)


async def look_again(call: Caller, item: w.ItemId, sent: w.Decision) -> w.Item:
    """In doubt, and nobody can tell yet: it stays so, and the bot tries to settle it."""
    await call.desk.queue.decide(item, LOOK_AGAIN, call.who, Answers(why=sent.why), seen=sent.seen)
    return await _now(call, item)


async def approve(call: Caller, item: w.ItemId, sent: w.Decision) -> w.Item:
    """Agree to what the bot would save. Nobody agrees to a correction of one's own."""
    await call.desk.queue.decide(item, APPROVE, call.who, Answers(why=sent.why), seen=sent.seen)
    return await _now(call, item)


async def decline(call: Caller, item: w.ItemId, sent: w.Decision) -> w.Item:
    """Do not agree: it becomes an exception."""
    await call.desk.queue.decide(item, DECLINE, call.who, Answers(why=sent.why), seen=sent.seen)
    return await _now(call, item)


async def send_back(call: Caller, item: w.ItemId, sent: w.Decision) -> w.Item:
    """Whoever sent it in must put it right first: it is closed, and what goes back says why."""
    await call.desk.queue.decide(item, RETURN_TO_SENDER, call.who, Answers(why=sent.why), seen=sent.seen)
    return await _now(call, item)


async def look(call: Caller, item: w.ItemId) -> w.Item:
    """Let a bot look in the system for this case. Its answer is in the item's `looked`; nothing is keyed."""
    _, found = await call.item(Role.REVIEWER, item)
    await asked_to_look(call, found)
    return await _now(call, item)


async def put_off(call: Caller, item: w.ItemId, sent: w.PutOff) -> w.Item:
    """Out of the list for so many days; back earlier when something happens to it."""
    _, found = await call.item(Role.REVIEWER, item)
    check_seen(found.updated, sent.seen)
    until = await call.desk.queue.now() + sent.days * DAY
    await call.desk.work.snooze(item, until, call.person.id, sent.why)
    return await _now(call, item)


async def take(call: Caller, item: w.ItemId, sent: w.Take) -> w.Item:
    """Colleagues see who has it. It ends by itself."""
    await call.desk.work.take(item, call.person.id, over=sent.over)
    return await _now(call, item)


async def give_back(call: Caller, item: w.ItemId, sent: w.GiveBack) -> w.Item:
    await call.desk.work.give_back(item, call.person.id, sent.note)
    return await _now(call, item)


async def comment(call: Caller, item: w.ItemId, sent: w.Said) -> w.Item:
    await call.desk.work.comment(item, call.person.id, sent.text, Remark.COMMENT)
    return await _now(call, item)


async def _now(call: Call, item: str) -> w.Item:
    return await item_of(call, *await call.item(Role.VIEWER, item))
