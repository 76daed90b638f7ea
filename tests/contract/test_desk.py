"""Who works on what: urgent and due cases first, items given on, questions until they are answered, and
what is sent back to its source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import SENT_BACK, URGENT, AddOutcome, State
from bots.engine.core.work_list import DAY, NOBODY, TAKEN_FOR, Order, Remark
from bots.engine.store.audit.store import StoreAudit
from tests import staff

from .desk import PROCESS, Desk, row
from .office import ALL, OTHER, Office, refused

EVERY = (PROCESS, OTHER)


# ---- urgent and due -----------------------------------------------------------------------------
async def test_urgent_ones_are_taken_first_then_what_is_due_soonest(desk: Desk) -> None:
    now = desk.clock.now
    rows = [
        row("no date"),
        row("late", due=now + 9 * DAY),
        row("soon", due=now + DAY),
        row("urgent, late", due=now + 9 * DAY, urgent=True),
        row("urgent, no date", urgent=True),
        row("soon, too", due=now + DAY),
    ]
    await desk.hand_in(*rows)
    taken = [(await desk.take()).item.reference for _ in rows]
    assert taken == ["urgent, late", "urgent, no date", "soon", "soon, too", "late", "no date"]


async def test_a_correction_that_makes_it_urgent_counts(desk: Desk) -> None:
    """One that does not is still urgent: nobody took that back."""
    await desk.hand_in(row("ZZ1"), row("ZZ2"))
    desk.batches.clear()
    [(outcome, item)] = await desk.hand_in(row("ZZ2", "200", urgent=True))
    assert outcome is AddOutcome.UPDATED
    desk.batches.clear()
    await desk.hand_in(row("ZZ2", "300"))
    assert (await desk.look(item)).priority == URGENT
    assert (await desk.take()).item.id == item


async def test_urgency_is_part_of_what_the_history_proves(office: Office) -> None:
    await office.desk.hand_in(row("ZZ1", urgent=True, due=office.clock.now + DAY), row("ZZ2"))
    office.desk.batches.clear()
    await office.desk.hand_in(row("ZZ2", "200", urgent=True))
    assert not (await StoreAudit(office.database, office.clock).verify()).findings


async def test_the_list_shows_urgent_ones_first(office: Office) -> None:
    now, wrong = office.clock.now, {"code": "too-long", "sentence": "Look."}
    rows = [
        row("ZZ1", due=now + DAY, **wrong),
        row("ZZ2", due=now + 2 * DAY, urgent=True, **wrong),
        row("ZZ3", **wrong),
        row("ZZ4", due=now + DAY, urgent=True, **wrong),
    ]
    await office.desk.hand_in(*rows)
    await office.desk.hand_in(row("ZZ5", due=now + 3 * DAY, urgent=True, **wrong), process=OTHER)
    wanted = replace(ALL, order=Order.URGENT, size=2)
    entries = await office.entries(wanted)
    assert [entry.reference for entry in entries] == ["ZZ4", "ZZ2", "ZZ5", "ZZ1", "ZZ3"]
    assert [entry.priority for entry in entries] == [URGENT, URGENT, URGENT, 0, 0]
    items = [entry.item for entry in entries]
    for before, here, behind in zip([None, *items], items, [*items[1:], None], strict=False):
        assert await office.work.around(wanted, here) == (before, behind)


async def test_due_within_days(office: Office) -> None:
    now, wrong = office.clock.now, {"code": "too-long", "sentence": "Look."}
    await office.desk.hand_in(*(row(f"ZZ{n}", due=now + n * DAY, **wrong) for n in range(1, 5)))
    within = replace(ALL, due_after=now + 1.5 * DAY, due_before=now + 3.5 * DAY)
    assert [entry.reference for entry in await office.entries(within)] == ["ZZ2", "ZZ3"]
    assert (await office.work.counts(within)).total == 2
    with pytest.raises(BusinessException, match="no-such-time"):
        replace(ALL, due_after=float("nan"))


# ---- given to a colleague -----------------------------------------------------------------------
async def test_given_to_a_colleague_with_a_note(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.assign(item, "bob", "ann", note="Ring the agent first.", seen=NOBODY)
    assert await office.shown(replace(ALL, holder="bob")) == [item]
    [note] = await office.work.comments(item)
    assert (note.kind, note.who, note.to, note.text) == (
        Remark.HANDOVER,
        "ann",
        "bob",
        "Ring the agent first.",
    )
    assert not await office.work.questions("bob", EVERY), "a note asks nothing"


async def test_what_a_third_one_took_meanwhile_is_not_given_away(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.take(item, "cleo")
    refusal = await refused(office.work.assign(item, "bob", "ann", note="For you.", seen=NOBODY))
    assert refusal.code == "taken-already"
    assert not await office.work.comments(item), "nothing is said of what was not done"
    await office.work.assign(item, "bob", "ann", seen="cleo")  # ann saw that cleo had it
    held = await office.work.holder(item)
    assert held is not None
    assert (held.person, held.by) == ("bob", "ann")


async def test_an_idle_holder_is_told_of_as_the_last_one(office: Office) -> None:
    item = await office.raised("ZZ1")
    assert await office.work.lapsed(item) is None
    held = await office.work.take(item, "ann")
    office.clock.forward(TAKEN_FOR - 1)
    assert await office.work.lapsed(item) is None
    office.clock.forward(1)
    assert await office.work.holder(item) is None
    assert await office.work.lapsed(item) == held
    assert await office.shown(replace(ALL, holder=NOBODY)) == [item]
    await office.work.take(item, "bob")
    assert await office.work.lapsed(item) is None


async def test_why_it_was_put_off(office: Office) -> None:
    item, until = await office.raised("ZZ1"), office.clock.now + DAY
    assert await office.work.put_off(item) is None
    await office.work.snooze(item, until, "ann", "The resident sends a photo.")
    put_off = await office.work.put_off(item)
    assert put_off is not None
    assert (put_off.until, put_off.who, put_off.why) == (until, "ann", "The resident sends a photo.")
    office.clock.forward(DAY)
    assert await office.work.put_off(item) is None


async def test_nothing_is_put_off_for_more_than_a_year(office: Office) -> None:
    """It would be out of the list for ever, and nobody told."""
    item = await office.raised("ZZ1")
    await office.work.snooze(item, office.clock.now + 366 * DAY, "ann", "it goes to court")
    refusal = await refused(office.work.snooze(item, office.clock.now + 367 * DAY, "ann", "why"))
    assert (refusal.code, refusal.sentence) == ("too-far", "Put it off for a year at most.")
    put_off = await office.work.put_off(item)
    assert put_off is not None
    assert put_off.why == "it goes to court"


async def for_another_reason(desk: Desk) -> str:
    [(_, item)] = await desk.hand_in(row("ZZ1", code="too-long", sentence="Look."))
    return item


async def for_the_same_reason(desk: Desk) -> str:
    lease = await desk.leased()
    await desk.failed(lease)
    return lease.item.id


async def stopped_again(desk: Desk, item: str) -> None:
    await staff.retry(desk.queue, item, "bob", "it is right")
    await desk.failed(await desk.take())


async def changed_at_source(desk: Desk) -> str:
    lease = await desk.leased()
    await desk.keyed(lease, "C-1")
    await desk.failed(lease)
    await says(desk, "200")
    return lease.item.id


async def says(desk: Desk, uprn: str) -> None:
    desk.batches.clear()
    await desk.hand_in(row("ZZ1", uprn))


@pytest.mark.parametrize(
    ("raised", "happens"),
    [
        (for_another_reason, stopped_again),
        (for_the_same_reason, stopped_again),
        (changed_at_source, lambda desk, _item: says(desk, "300")),
    ],
    ids=["another reason", "the same reason", "a third thing of its source"],
)
async def test_what_something_happens_to_is_back(
    office: Office,
    raised: Callable[[Desk], Awaitable[str]],
    happens: Callable[[Desk, str], Awaitable[None]],
) -> None:
    """Otherwise what nobody knows of yet would be hidden."""
    item = await raised(office.desk)
    await office.work.snooze(item, office.clock.now + 300 * DAY, "ann", "later")
    await office.work.take(item, "ann")
    await office.work.comment(item, "bob", "I asked the depot.")
    assert await office.shown() == [], "colleagues may talk of it meanwhile"
    await happens(office.desk, item)
    assert await office.shown() == [item]
    assert (await office.work.counts(ALL)).total == 1
    assert await office.work.put_off(item) is None
    [entry] = await office.entries(ALL)
    assert entry.snoozed_until is None


async def test_what_its_source_says_again_stays_put_off(office: Office) -> None:
    """Each night the source is read anew: that is nothing new."""
    item = await changed_at_source(office.desk)
    await office.work.snooze(item, office.clock.now + 300 * DAY, "ann", "I ask them.")
    await says(office.desk, "200")
    assert await office.shown() == []


# ---- questions ----------------------------------------------------------------------------------
async def test_a_question_waits_until_it_is_answered(office: Office) -> None:
    item, other = await office.raised("ZZ1"), await office.raised("ZZ2", OTHER)
    first = await office.work.ask(item, "ann", "bob", "Is this one closed?")
    await office.work.ask(other, "ann", "bob", "And this one?")
    assert [one.asked.text for one in await office.work.questions("bob", EVERY)] == [
        "Is this one closed?",
        "And this one?",
    ]
    [waiting] = await office.work.questions("bob", (PROCESS,))
    assert (waiting.asked, waiting.about.item) == (first, item)
    assert not await office.work.questions("ann", EVERY)
    await office.work.comment(item, "bob", "I shall look.")
    assert len(await office.work.questions("bob", EVERY)) == 2, "a note is no answer"
    answer = await office.work.answer(item, "cleo", first.id, "Yes, since May.")
    assert (answer.kind, answer.answers) == (Remark.ANSWER, first.id)
    assert [one.about.item for one in await office.work.questions("bob", EVERY)] == [other]
    kinds = [one.kind for one in await office.work.comments(item)]
    assert kinds == [Remark.QUESTION, Remark.COMMENT, Remark.ANSWER]


async def test_what_cannot_be_asked_or_answered(office: Office) -> None:
    item, other = await office.raised("ZZ1"), await office.raised("ZZ2")
    question = await office.work.ask(item, "ann", "bob", "Is this one closed?")
    note = await office.work.comment(item, "ann", "A note.")
    codes = [
        (await refused(office.work.ask(item, "ann", "ann", "Well?"))).code,
        (await refused(office.work.ask(item, "ann", "bob", "  "))).code,
        (await refused(office.work.ask("no-such", "ann", "bob", "Well?"))).code,
        (await refused(office.work.answer(other, "bob", question.id, "Yes."))).code,
        (await refused(office.work.answer(item, "bob", note.id, "Yes."))).code,
        (await refused(office.work.answer(item, "bob", question.id, ""))).code,
    ]
    assert codes == [
        "asks-oneself",
        "nothing-said",
        "unknown-item",
        "no-such-question",
        "no-such-question",
        "nothing-said",
    ]
    assert len(await office.work.questions("bob", EVERY)) == 1


# ---- sent back to the source --------------------------------------------------------------------
async def test_what_the_source_puts_right_goes_on(desk: Desk) -> None:
    now = desk.clock.now
    item = await desk.add("ZZ1", code="too-long", sentence="Too long.", due=now + DAY)
    await staff.send_back(desk.queue, item, "person/ann", "Which flat?", seen=(await desk.look(item)).updated)
    found = await desk.look(item)
    assert (found.state, found.code, found.sentence) == (
        State.WITHDRAWN,
        SENT_BACK,
        "Sent back: Which flat?",
    )
    last = await desk.last(item)
    assert (last.who, last.why, last.code) == ("person/ann", "Which flat?", SENT_BACK)
    desk.batches.clear()
    assert await desk.hand_in(row("ZZ1")) == [(AddOutcome.SAME, item)]
    assert await desk.state(item) is State.WITHDRAWN, "nothing was put right"
    desk.clock.forward(9 * DAY)
    soon = await desk.add("ZZ2", due=now + 12 * DAY)
    desk.batches.clear()
    right = row("ZZ1", "200", due=now + 14 * DAY)
    assert await desk.hand_in(right) == [(AddOutcome.UPDATED, item)]
    found = await desk.look(item)
    assert (found.state, found.version, found.code) == (State.NEW, 2, None)
    assert [(await desk.take()).item.id for _ in range(2)] == [soon, item], "it is due anew"


async def test_what_is_closed_for_another_reason_stays_closed(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="too-long", sentence="Too long.")
    await staff.withdraw(desk.queue, item, "ann", "Not needed.")
    desk.batches.clear()
    assert await desk.hand_in(row("ZZ1", "200")) == [(AddOutcome.CHANGED, item)]
    assert (await desk.look(item)).code == "changed-at-source"


async def test_what_a_person_corrected_first_wants_a_person(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.failed(lease)
    item = lease.item.id
    await staff.retry(desk.queue, item, "ann", "a digit", {"uprn": "150"})
    await staff.send_back(desk.queue, item, "ann", "Which flat?")
    desk.batches.clear()
    assert await desk.hand_in(row("ZZ1", "200")) == [(AddOutcome.CHANGED, item)]
    assert await desk.state(item) is State.EXCEPTION


async def test_what_cannot_be_sent_back(desk: Desk) -> None:
    lease = await desk.leased("ZZ1")
    await desk.keyed(lease, "C-1")
    await desk.failed(lease)
    assert (
        await refused(staff.send_back(desk.queue, lease.item.id, "ann", "Which flat?"))
    ).code == "part-done"
    done = await desk.done("ZZ2", "C-2")
    assert (await refused(staff.send_back(desk.queue, done, "ann", "Which flat?"))).code == "wrong-state"
    item = await desk.add("ZZ3", code="too-long", sentence="Too long.")
    seen = (await desk.look(item)).updated
    desk.clock.forward(1)
    await staff.retry(desk.queue, item, "bob", "it fits now")
    refusal = await refused(staff.send_back(desk.queue, item, "ann", "Which flat?", seen=seen))
    assert refusal.code == "changed-meanwhile"
    assert await desk.state(item) is State.NEW
