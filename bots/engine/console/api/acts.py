"""What programs do with an item, in a person's name, besides the decisions: as on its page."""

from __future__ import annotations

from ...core.people import Role
from ...core.work_list import DAY, Remark
from ...store.work.rules import check_seen
from ..item.search import asked_to_look
from ..web.request import Call
from ..web.tokens import Caller
from . import words as w
from .items import item_of


async def look(call: Caller, item: w.ItemId) -> w.Item:
    """Let a bot look in the system for this case. Its answer is in the item's `looked`; nothing is keyed."""
    _, found = await call.item(Role.REVIEWER, item)
    await asked_to_look(call, found)
    return await as_it_is(call, item)


async def put_off(call: Caller, item: w.ItemId, sent: w.PutOff) -> w.Item:
    """Out of the list for so many days; back earlier when something happens to it."""
    _, found = await call.item(Role.REVIEWER, item)
    check_seen(found.updated, sent.seen)
    until = await call.desk.queue.now() + sent.days * DAY
    await call.desk.work.snooze(item, until, call.person.id, sent.why)
    return await as_it_is(call, item)


async def take(call: Caller, item: w.ItemId, sent: w.Take) -> w.Item:
    """Colleagues see who has it. It ends by itself."""
    await call.desk.work.take(item, call.person.id, over=sent.over)
    return await as_it_is(call, item)


async def give_back(call: Caller, item: w.ItemId, sent: w.GiveBack) -> w.Item:
    await call.desk.work.give_back(item, call.person.id, sent.note)
    return await as_it_is(call, item)


async def comment(call: Caller, item: w.ItemId, sent: w.Said) -> w.Item:
    await call.desk.work.comment(item, call.person.id, sent.text, Remark.COMMENT)
    return await as_it_is(call, item)


async def as_it_is(call: Call, item: str) -> w.Item:
    return await item_of(call, *await call.item(Role.VIEWER, item))
