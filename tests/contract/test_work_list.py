"""The work list: nothing is passed by, nothing is shown that may not be, and nobody works in vain."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from bots.engine.core.work_list import (
    ASSIGNED_FOR,
    DAY,
    MINUTE,
    NOBODY,
    TAKEN_FOR,
    Entry,
    Order,
    Remark,
    Search,
    Wanted,
)
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database import tables as t
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list import closed as work_settled
from bots.engine.store.work_list import counts as work_counts
from bots.engine.store.work_list import filter as work_filter
from bots.engine.store.work_list import keyed
from bots.engine.store.work_list import pages as work_pages
from bots.engine.store.work_list import store as work_list
from bots.engine.store.work_list.tables import comments, holders, snoozes
from tests import staff

from .desk import PROCESS, STEP, STEPS, Desk, row
from .office import ALL, OTHER, Office, refused

SECRET = "benefit-changes"


# ---- pages --------------------------------------------------------------------------------------
@pytest.mark.parametrize("order", Order)
async def test_every_item_is_met_once_while_others_come_and_go(office: Office, order: Order) -> None:
    await office.many(23)
    await office.many(7, OTHER)
    standing = await office.shown()
    wanted, met, after = replace(ALL, order=order, size=4), [], None
    for turn in range(100):
        page = await office.work.page(wanted, after)
        met += [entry.item for entry in page.entries]
        after = page.next
        if after is None:
            break
        gone = met[turn]  # decided by now
        await staff.withdraw(office.desk.queue, gone, "bob", "not needed")
        await office.raised(f"ZZ-late-{turn}", OTHER if turn % 2 else PROCESS)
    assert turn > 5
    assert len(met) == len(set(met))
    assert set(standing) <= set(met)


async def test_what_is_decided_before_its_page_is_not_shown(office: Office) -> None:
    items = await office.many(6)
    first = await office.work.page(replace(ALL, size=2))
    await staff.withdraw(office.desk.queue, items[1], "bob", "not needed")
    await staff.retry(office.desk.queue, items[3], "bob", "again")
    rest = await office.work.page(replace(ALL, size=10), first.next)
    assert [entry.item for entry in rest.entries] == [items[2], *items[4:]]
    assert rest.next is None


async def test_an_entry_says_what_a_person_needs(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.take(item, "ann")
    await office.work.comment(item, "bob", "Ask the depot.")
    await office.work.set_due(item, 1_800_900_000.0)
    [entry] = (await office.work.page(ALL)).entries
    held = await office.desk.look(item)
    assert entry == Entry(
        item=item,
        process=PROCESS,
        reference="ZZ1",
        state=State.EXCEPTION,
        code="too-long",
        sentence="A person must look.",
        version=1,
        attempts=0,
        priority=0,
        created=held.created,
        updated=held.updated,
        due=1_800_900_000.0,
        holder="ann",
        since=office.clock.now,
        snoozed_until=None,
        comments=1,
    )
    assert await office.work.entry(item) == entry
    assert await office.work.entry("nothing") is None


async def test_orders(office: Office) -> None:
    a, b = await office.raised("ZZ1"), await office.raised("ZZ2", OTHER)
    c, d = await office.raised("ZZ3"), await office.raised("ZZ4", OTHER)
    await office.work.set_due(d, office.clock.now + 2 * DAY)
    await office.work.set_due(c, office.clock.now + DAY)
    assert await office.shown() == [a, b, c, d]
    assert await office.shown(replace(ALL, order=Order.NEWEST, size=1)) == [d, c, b, a]
    assert await office.shown(replace(ALL, order=Order.DUE, size=1)) == [c, d, a, b]
    assert await office.shown(replace(ALL, order=Order.PROCESS, size=1)) == [b, d, a, c]
    await office.work.set_due(c, None)
    assert await office.shown(replace(ALL, order=Order.DUE)) == [d, a, b, c]


async def some_of_everything(office: Office) -> list[str]:
    """Items of all states that wait, on desks and put off, due and not."""
    items = []
    for n in range(24):
        process = (PROCESS, OTHER, SECRET)[n % 3]
        items.append(await office.raised(f"ZZ{n:02}", process, ("too-long", "value-to-check")[n // 3 % 2]))
    doubtful, _ = await office.desk.doubtful("YY1")
    lease = await office.desk.leased("YY2")
    await office.desk.end(lease, State.AWAITING_APPROVAL, code="first-items", sentence="Agree, please.")
    items += [doubtful, lease.item.id, await office.desk.done("YY3")]
    for n, item in enumerate(items[:-1]):
        if n % 4 == 0:
            await office.work.take(item, ("ann", "bob")[n % 8 // 4])
        if n % 5 == 0:
            await office.work.snooze(item, office.clock.now + DAY, "ann", "on Monday")
        if n % 2 == 0:
            await office.work.set_due(item, office.clock.now + (n - 8) * DAY)
    return items


def fits(entry: Entry, wanted: Wanted) -> bool:
    """The filter in plain words."""
    return (
        entry.process in wanted.processes
        and entry.state in (wanted.states or (State.EXCEPTION, State.IN_DOUBT, State.AWAITING_APPROVAL))
        and wanted.code in (None, entry.code)
        and (wanted.received_before is None or entry.created < wanted.received_before)
        and (wanted.received_after is None or entry.created > wanted.received_after)
        and (wanted.due_before is None or (entry.due is not None and entry.due < wanted.due_before))
        and wanted.holder in (None, entry.holder or NOBODY)
        and (not wanted.unsure or entry.code == "value-to-check")
        and (entry.snoozed_until is not None if wanted.asleep else wanted.snoozed or not entry.snoozed_until)
        and (not wanted.text or entry.process in wanted.by_reference)
        and entry.reference.lower().startswith(wanted.text.lower())
    )


async def test_filters_combined(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    items = await some_of_everything(office)
    entries = [entry for item in items if (entry := await office.work.entry(item)) is not None]
    asked = product(
        [(PROCESS,), (OTHER, PROCESS)],
        [(), (State.EXCEPTION,), (State.IN_DOUBT, State.AWAITING_APPROVAL)],
        [
            {},
            {"code": "too-long"},
            {"unsure": True},
            {"asleep": True},
            {"due_before": office.clock.now},
            {"received_before": entries[15].created},
            {"received_after": entries[9].created},
        ],
        [None, NOBODY, "ann"],
        [False, True],
        ["", "zZ0"],
    )
    seen = 0
    for number, (processes, states, more, holder, snoozed, text) in enumerate(asked):
        monkeypatch.setattr(work_filter, "FEW", (2000, 1)[number % 2])  # both ways of searching
        wanted = Wanted(
            processes=processes,
            by_reference=((PROCESS, OTHER), (PROCESS,))[number // 2 % 2],
            states=states,
            holder=holder,
            snoozed=snoozed,
            text=text,
            order=list(Order)[number % 4],
            size=3,
            **more,
        )
        expected = [entry for entry in entries if fits(entry, wanted)]
        found = await office.entries(wanted)
        assert {one.item for one in found} == {one.item for one in expected}, wanted
        assert len(found) == len(expected), wanted
        counts = await office.work.counts(wanted, "ann")
        assert counts.total == len(expected), wanted
        assert counts.by_state == Counter(one.state for one in expected), wanted
        assert counts.by_process == Counter(one.process for one in expected), wanted
        assert counts.by_code == Counter(one.code for one in expected if one.code), wanted
        assert counts.overdue == sum(one.due is not None and one.due < office.clock.now for one in expected)
        whoever = [one for one in entries if fits(one, replace(wanted, holder=None))]
        assert counts.mine == sum(one.holder == "ann" for one in whoever), wanted
        assert counts.unassigned == sum(one.holder is None for one in whoever), wanted
        asleep = [one for one in entries if fits(one, replace(wanted, holder=None, asleep=True))]
        assert counts.put_off == len(asleep), wanted
        seen += len(found)
    assert seen > 300


async def test_nothing_of_another_process_is_ever_shown(office: Office) -> None:
    items = await some_of_everything(office)
    await hidden_done(office)
    hidden = {entry.item for entry in await office.entries(Wanted(processes=(SECRET,), snoozed=True))}
    assert len(hidden) == 8
    for order, snoozed, text in product(Order, (False, True), ("", "ZZ", *sorted(hidden)[:1], "ZZ02")):
        seen = {"processes": (PROCESS,), "by_reference": (PROCESS, SECRET)}
        wanted = Wanted(**seen, order=order, snoozed=snoozed, text=text, size=2)
        entries = await office.entries(wanted)
        assert {entry.process for entry in entries} <= {PROCESS}
        counts = await office.work.counts(wanted, "ann")
        assert set(counts.by_process) <= {PROCESS}
        assert counts.total == len(entries)
        for item in items:
            beside = await office.work.around(wanted, item)
            assert not hidden & set(beside)
            assert item not in hidden or beside == (None, None)
    for search in (Search(processes=(PROCESS,)), Search(processes=(PROCESS,), source="bins.xlsx")):
        assert {one.process for part in await parts(office, search) for one in part} == {PROCESS}
    days = await office.work.figures([PROCESS], 0, 9e9)
    assert {day.process for day in days} == {PROCESS}
    assert {band.process for band in await office.work.ages([PROCESS])} == {PROCESS}


async def hidden_done(office: Office) -> None:
    """An item of the other process that is in the target."""
    [(_, item)] = await office.desk.hand_in(row("SS1"), process=SECRET)
    proof = {"item": item, "step": STEP, "system": "waste", "reference": "C-S", "values": {}}
    more = {"at": office.clock.now, "adopted": True, "account": ""}
    await office.database.run(lambda c: c.execute(sa.insert(t.receipts).values(**proof, **more)))


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("no-process", {"processes": ()}),
        ("no-process", {"processes": PROCESS}),
        ("not-for-people", {"states": (State.DONE,)}),
        ("page-size", {"size": 0}),
        ("page-size", {"size": 501}),
        ("no-such-filter", {"code": "a\0b"}),
        ("no-such-filter", {"holder": "\ud83d"}),
        ("no-such-filter", {"by_reference": ("a\0b",)}),
        ("no-such-time", {"due_before": float("nan")}),
    ],
)
def test_a_filter_that_is_none_is_refused(code: str, given: dict[str, Any]) -> None:
    with pytest.raises(BusinessException) as refusal:
        Wanted(**{"processes": (PROCESS,), **given})
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "cursor", ["", "x", "a" * 5000, "é", "W10", "bnVsbA", "WyJvbGRlc3QiLCJwIixOYU4sMSwiaSJd", "\0", "=" * 9]
)
async def test_a_cursor_from_elsewhere_is_refused(office: Office, cursor: str) -> None:
    await office.many(3)
    assert (await refused(office.work.page(ALL, cursor))).code == "unknown-page"


async def test_a_cursor_is_of_its_order(office: Office) -> None:
    await office.many(3)
    after = (await office.work.page(replace(ALL, size=1))).next
    assert (await refused(office.work.page(replace(ALL, order=Order.DUE), after))).code == "unknown-page"


async def test_the_next_of_the_same_filter(office: Office) -> None:
    items = [await office.raised(f"ZZ{n}", (PROCESS, OTHER)[n % 2]) for n in range(5)]
    assert await office.work.around(ALL, items[2]) == (items[1], items[3])
    assert await office.work.around(replace(ALL, order=Order.NEWEST), items[2]) == (items[3], items[1])
    assert await office.work.around(replace(ALL, order=Order.PROCESS), items[3]) == (items[1], items[0])
    assert await office.work.around(ALL, items[0]) == (None, items[1])
    assert await office.work.around(Wanted(processes=(PROCESS,)), items[2]) == (items[0], items[4])
    await staff.retry(office.desk.queue, items[2], "bob", "put right")
    assert await office.work.around(ALL, items[2]) == (items[1], items[3])
    await office.work.take(items[3], "ann")
    assert await office.work.around(replace(ALL, holder=NOBODY), items[2]) == (items[1], items[4])
    assert await office.work.around(replace(ALL, holder="ann"), items[2]) == (None, items[3])
    assert await office.work.around(ALL, "\0") == (None, None)


# ---- search -------------------------------------------------------------------------------------
ODD = [
    "%",
    "_",
    "Z%",
    "ZZ_1",
    "'",
    '"',
    "ZZ'; --",
    "\\",
    "a" * 10_000,
    "ZZ\0",
    "\0",
    "\ud83d",
    "ß",
    "\U0010ffff",
]


@pytest.mark.parametrize("few", [2000, 0], ids=["few", "many"])
async def test_search(office: Office, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_filter, "FEW", few)
    named = {name: await office.raised(name) for name in ("ZZ1", "zz12", "Q%1", "Q_2", "O'Neil", "Émile-1")}
    named["long"] = await office.raised("L" * 70 + "x")
    named["longer"] = await office.raised("L" * 70 + "y")

    async def found(text: str) -> set[str]:
        shown = await office.shown(replace(ALL, text=text))
        return {name for name, item in named.items() if item in shown}

    assert await found("zz1") == {"ZZ1", "zz12"}
    assert await found(" ZZ12 ") == {"zz12"}
    assert await found("q%") == {"Q%1"}
    assert await found("Q_") == {"Q_2"}
    assert await found("o'n") == {"O'Neil"}
    assert await found("ÉMILE") == {"Émile-1"}
    assert await found("l" * 70) == {"long", "longer"}
    assert await found("l" * 70 + "Y") == {"longer"}
    assert await found("Z1") == set()
    assert await found(named["Q_2"].upper()) == {"Q_2"}
    for text in ODD:
        assert await found(text) == set(), text
        assert (await office.work.counts(replace(ALL, text=text))).total == 0
    assert (await office.work.counts(replace(ALL, text="zz"))).total == 2


@pytest.mark.parametrize("few", [2000, 0], ids=["few", "many"])
async def test_who_sees_no_references_finds_none(
    office: Office, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise one could be read letter by letter: every answer would tell whether a letter is right."""
    monkeypatch.setattr(work_filter, "FEW", few)
    clear, masked = await office.raised("ZZ1"), await office.raised("ZZ2", OTHER)
    for text, found in (("zz", [clear]), ("ZZ2", []), ("z", [clear]), (masked, [masked]), (clear, [clear])):
        for order, holder in product(Order, (None, NOBODY)):
            wanted = replace(ALL, by_reference=(PROCESS,), text=text, order=order, holder=holder, size=1)
            assert await office.shown(wanted) == found, wanted
            counts = await office.work.counts(wanted, "ann")
            assert (counts.total, counts.unassigned) == (len(found), len(found)), wanted
            assert counts.by_process.keys() == {PROCESS if one == clear else OTHER for one in found}
    nowhere = replace(ALL, by_reference=(), text="ZZ")
    assert await office.shown(nowhere) == []
    assert (await office.work.counts(nowhere)).total == 0
    assert await office.work.around(nowhere, masked) == (None, None)


async def test_a_count_for_who_sees_references_is_not_told_to_others(office: Office) -> None:
    await office.raised("ZZ1")
    wanted = replace(ALL, text="ZZ")
    assert (await office.work.counts(wanted, age=5)).total == 1
    assert (await office.work.counts(replace(wanted, by_reference=()), age=5)).total == 0


async def test_what_was_dealt_with_is_found_by_its_whole_name(office: Office) -> None:
    """In whatever state that is not for people, of the processes that are asked for alone."""
    done, waits = await office.desk.done("ZZ1"), await office.raised("ZZ2")
    closed, elsewhere = await office.raised("ZZ3"), await office.raised("ZZ1", OTHER)
    for item in (closed, elsewhere):
        await staff.withdraw(office.desk.queue, item, "bob", "not needed")

    async def found(text: str, *processes: str) -> list[str]:
        return [one.item for one in await office.work.called(text, processes or ALL.processes)]

    assert await found(" ZZ1 ") == [elsewhere, done]
    assert await found("ZZ1", PROCESS) == [done]
    assert await found(closed.upper()) == [closed]
    assert await found(closed, OTHER) == []
    for nothing in ("ZZ", "ZZ2", waits, "", "a\0b"):
        assert await found(nothing) == [], nothing
    assert await office.work.called("ZZ1", ()) == []


@pytest.mark.parametrize("office", ["sqlite"], indirect=True)  # PostgreSQL rightly reads so few rows at once
async def test_a_search_reads_an_index(office: Office) -> None:
    await office.many(3)
    plans: list[str] = []

    def look(connection: sa.Connection) -> None:
        def explain(_c: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
            if ("lower(" in statement or "UNION" in statement) and not statement.startswith("EXPLAIN"):
                driver: Any = connection.connection.dbapi_connection
                plans.extend(r[-1] for r in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters))

        wanted = replace(ALL, text="mis")
        sa.event.listen(connection.engine, "before_cursor_execute", explain)
        try:
            work_pages.page(connection, office.clock.now, wanted, None)
            work_counts.counts(connection, office.clock.now, wanted, None, work_counts.Recent(), 0)
            work_settled.called(connection, office.clock.now, "mis", ALL.processes)
        finally:
            sa.event.remove(connection.engine, "before_cursor_execute", explain)

    await office.database.run(look)
    assert sum("waiting_text (process=? AND <expr>" in plan for plan in plans) == 4
    assert sum("(process=? AND reference=?)" in plan for plan in plans) == 1
    assert sum("(id=?)" in plan for plan in plans) >= 1
    assert not [plan for plan in plans if plan.startswith("SCAN items")]


# ---- desks --------------------------------------------------------------------------------------
async def test_who_takes_an_item_has_it(office: Office) -> None:
    item = await office.raised("ZZ1")
    held = await office.work.take(item, "ann")
    assert (held.person, held.until) == ("ann", office.clock.now + TAKEN_FOR)
    refusal = await refused(office.work.take(item, "bob"))
    assert refusal.code == "taken-already"
    assert refusal.detail["holder"] == "ann"
    assert "ann" not in refusal.sentence
    assert (await office.work.take(item, "ann")).since == held.since
    assert (await office.work.take(item, "bob", over=True)).person == "bob"
    assert (await refused(office.work.give_back(item, "ann"))).code == "taken-already"
    assert not await office.work.still_here(item, "ann")
    await office.work.give_back(item, "bob", "Ask the depot.")
    assert await office.work.holder(item) is None
    [note] = await office.work.comments(item)
    assert (note.who, note.text, note.kind) == ("bob", "Ask the depot.", Remark.HANDOVER)


async def test_of_two_who_take_at_once_one_has_it(office: Office) -> None:
    for turn in range(10):
        item = await office.raised(f"ZZ{turn}")
        tries = (office.work.take(item, person) for person in ("ann", "bob", "carol"))
        outcomes = await asyncio.gather(*tries, return_exceptions=True)
        [held] = [one for one in outcomes if not isinstance(one, BaseException)]
        assert [one.code for one in outcomes if isinstance(one, BusinessException)] == ["taken-already"] * 2
        assert await office.work.holder(item) == held


async def test_who_is_away_has_it_no_longer(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.take(item, "ann")
    office.clock.forward(20 * MINUTE)
    assert await office.work.still_here(item, "ann")
    office.clock.forward(29 * MINUTE)
    assert await office.shown(replace(ALL, holder="ann")) == [item]
    assert (await office.work.counts(ALL, "ann")).mine == 1
    office.clock.forward(MINUTE)
    assert await office.shown(replace(ALL, holder="ann")) == []
    assert await office.shown(replace(ALL, holder=NOBODY)) == [item]
    counts = await office.work.counts(ALL, "ann")
    assert (counts.mine, counts.unassigned) == (0, 1)
    assert not await office.work.still_here(item, "ann")
    assert await office.work.holder(item) is None
    assert (await office.work.take(item, "bob")).person == "bob"


async def test_assigned_to_a_colleague(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.take(item, "ann")
    held = await office.work.assign(item, "bob", "ann")
    assert (held.person, held.by) == ("bob", "ann")
    office.clock.forward(ASSIGNED_FOR - MINUTE)
    assert await office.work.still_here(item, "bob")
    assert (await refused(office.work.take(item, "ann"))).detail["holder"] == "bob"
    office.clock.forward(TAKEN_FOR)
    assert await office.work.holder(item) is None


async def test_what_does_not_wait_for_people_is_nobodys(office: Office) -> None:
    item = await office.desk.done()
    for deed in (
        office.work.take(item, "ann"),
        office.work.assign(item, "ann", "bob"),
        office.work.snooze(item, office.clock.now + 1, "ann", "why"),
    ):
        assert (await refused(deed)).code == "not-for-people"
    for nothing in ("nothing", "a\0b"):
        for deed in (
            office.work.take(nothing, "ann"),
            office.work.give_back(nothing, "ann"),
            office.work.wake(nothing),
            office.work.set_due(nothing, 1.0),
            office.work.comment(nothing, "ann", "text"),
        ):
            assert (await refused(deed)).code == "unknown-item"
        assert not await office.work.still_here(nothing, "ann")
        assert await office.work.comments(nothing) == []


async def test_put_off_until_a_time(office: Office) -> None:
    item = await office.raised("ZZ1")
    until = office.clock.now + DAY
    await office.work.snooze(item, until, "ann", "the depot answers on Monday")
    assert await office.shown() == []
    [entry] = await office.entries(replace(ALL, snoozed=True))
    assert entry.snoozed_until == until
    assert (await office.work.counts(ALL)).total == 0
    await office.work.wake(item)
    assert await office.shown() == [item]
    await office.work.snooze(item, until, "ann", "after all")
    await office.work.snooze(item, until + 1, "ann", "a little longer")
    office.clock.forward(DAY + 1)
    assert await office.shown() == [item]
    for moment in (office.clock.now, float("nan"), float("inf")):
        assert (await refused(office.work.snooze(item, moment, "ann", "why"))).code == "not-later"


async def test_a_count_may_be_some_seconds_old(office: Office) -> None:
    """The count of all that waits; what is on desks is always of this moment."""
    items = await office.many(3)
    assert (await office.work.counts(ALL, "ann", age=5)).total == 3
    await office.many(2, OTHER)
    await office.work.take(items[0], "ann")
    later = await office.work.counts(ALL, "ann", age=5)
    assert (later.total, later.mine, later.unassigned) == (3, 1, 2)
    [other] = [entry.item for entry in await office.entries(ALL) if entry.process == OTHER][:1]
    await office.work.take(other, "ann")
    assert (await office.work.counts(ALL, "ann", age=5)).mine == 2
    assert (await office.work.counts(ALL, "ann")).total == 5
    office.clock.forward(6)
    await staff.withdraw(office.desk.queue, other, "bob", "not needed")
    assert (await office.work.counts(ALL, "ann", age=5)).total == 4
    assert (await office.work.counts(replace(ALL, code="x"), "ann", age=5)).total == 0


# ---- words --------------------------------------------------------------------------------------
async def test_what_people_say(office: Office) -> None:
    item = await office.raised("ZZ1")
    for text, kind in (("Is this the new depot?", Remark.QUESTION), ("Yes \0\ud83d!", Remark.ANSWER)):
        await office.work.comment(item, "ann", text, kind)
    said = await office.work.comments(item)
    assert [(one.text, one.kind) for one in said] == [
        ("Is this the new depot?", Remark.QUESTION),
        ("Yes ?!", Remark.ANSWER),
    ]
    for text, code in ((" \0", "nothing-said"), ("a" * 10_001, "too-long")):
        assert (await refused(office.work.comment(item, "ann", text))).code == code


async def test_erasure_takes_what_people_said(office: Office) -> None:
    item = await office.raised("ZZ1")
    await office.work.take(item, "ann")
    await office.work.snooze(item, office.clock.now + DAY, "ann", "Mrs Sample is away")
    await office.work.comment(item, "bob", "Mrs Sample called.")
    await staff.withdraw(office.desk.queue, item, "bob", "not needed")
    audit = StoreAudit(office.database, office.clock)
    assert await audit.erase(item, office.clock.now + 1, "ann", "kept long enough")
    left = json.dumps(await office.database.run(lambda c: texts_of(c, item)))
    assert "Sample" not in left
    for table in (comments, holders, snoozes):
        rows = await office.database.run(
            lambda c, table=table: c.execute(sa.select(table).where(table.c.item == item)).all()
        )
        assert rows == []
    assert (await refused(office.work.comment(item, "bob", "Mrs Sample again"))).code == "erased"
    assert (await audit.verify()).findings == []


def texts_of(connection: sa.Connection, item: str) -> list[str]:
    """Every row of every table that names the item."""
    keys = [
        (table, table.c.get("item") if table is not t.items else table.c.id)
        for table in t.metadata.sorted_tables
    ]
    return [
        str(tuple(found))
        for table, key in keys
        if key is not None
        for found in connection.execute(sa.select(table).where(key == item))
    ]


async def test_saved_filters_are_a_persons_own(office: Office) -> None:
    await office.work.save_filter("ann", " Overdue ", "due=overdue")
    await office.work.save_filter("ann", "Mine", "holder=ann")
    await office.work.save_filter("ann", "Overdue", "due=overdue&order=due")
    await office.work.save_filter("bob", "Overdue", "x")
    assert [(one.name, one.query) for one in await office.work.filters("ann")] == [
        ("Mine", "holder=ann"),
        ("Overdue", "due=overdue&order=due"),
    ]
    assert await office.work.delete_filter("ann", "Overdue")
    assert not await office.work.delete_filter("ann", "Overdue")
    assert not await office.work.delete_filter("ann", "\0")
    assert len(await office.work.filters("bob")) == 1
    for name in ("", " ", "a" * 101, "a\0"):
        assert (await refused(office.work.save_filter("ann", name, "x"))).code == "no-name"
    assert (await refused(office.work.save_filter("ann", "long", "x" * 10_001))).code == "too-long"


# ---- afterwards ---------------------------------------------------------------------------------
async def parts(office: Office, search: Search) -> list[list[Any]]:
    return [part async for part in office.work.after_done(search)]


async def test_what_was_keyed_is_found(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_list, "PART", 2)
    monkeypatch.setattr(keyed, "LOOKED_AT", 2)
    desk = office.desk
    first = [await desk.done(f"ZZ{n}", f"C-{n}") for n in range(3)]
    await desk.hand_in(row("ZZ1"))  # the same again, in the same hand-in
    await desk.add("ZZ-new")
    middle = office.clock.now + 100
    office.clock.forward(200)
    other = SqlQueue(office.database, versions={"rules": "be11"}, steps=STEPS, clock=office.clock)
    later = Desk(queue=other, clock=office.clock)
    later.batches[PROCESS] = await other.open_batch(PROCESS, "workbook", "ann", {"file": "moves.xlsx"})
    lease = await desk.take()
    await desk.end(lease, State.EXCEPTION, code="x", sentence="x")
    last = await later.done("YY1", "C-9")
    await later.hand_in(row("ZZ2"))  # shown by both files

    async def found(**asked: Any) -> list[str]:
        some = await parts(office, Search(processes=(PROCESS, OTHER), **asked))
        assert all(len(part) == 2 for part in some[:-1])
        items = [one.item for part in some for one in part]
        assert len(items) == len(set(items))
        return sorted(items)

    assert await found() == sorted([*first, last])
    assert await found(source="bins.xlsx") == sorted(first)
    assert await found(source="moves.xlsx") == sorted([last, first[2]])
    assert await found(batch=later.batches[PROCESS]) == sorted([last, first[2]])
    assert await found(versions="4a1e") == sorted(first)
    assert await found(versions="be11") == [last]
    assert await found(versions="4a") == []
    assert await found(before=middle) == sorted(first)
    assert await found(after=middle) == [last]
    assert await found(system="waste") == sorted([*first, last])
    assert await found(system="post") == []
    assert await found(source="moves.xlsx", before=middle) == [first[2]]
    assert await found(source="nothing.xlsx") == []
    [[one]] = await parts(office, Search(processes=(PROCESS,), versions="be11"))
    [target] = one.targets
    assert (one.reference, one.state, target.system, target.reference) == ("YY1", State.DONE, "waste", "C-9")
    for odd in ("a\0", "x" * 501):
        with pytest.raises(BusinessException, match="no-such-filter"):
            Search(processes=(PROCESS,), source=odd)


async def test_figures_by_day(office: Office) -> None:
    desk, queue = office.desk, office.desk.queue
    await desk.done("ZZ1", "C-1")
    lease = await desk.leased("ZZ2")
    await desk.failed(lease)
    await office.raised("ZZ3")
    office.clock.forward(DAY)
    await staff.retry(queue, lease.item.id, "bob", "the property exists now")
    again = await desk.take()
    await desk.receipt(again, "C-2", adopted=True)
    await desk.end(again, State.DONE)
    await desk.done("ZZ4", "C-4")
    [first, second] = await office.work.figures([PROCESS], office.clock.now - 2 * DAY, office.clock.now + 1)
    assert (first.day, second.day) == (date(2027, 1, 15), date(2027, 1, 16))
    assert (first.received, first.done, first.straight, first.adopted) == (3, 1, 1, 0)
    assert first.raised == {"property-not-found": 1, "too-long": 1}
    assert (second.received, second.done, second.straight, second.adopted) == (1, 2, 1, 1)
    assert second.raised == {}
    assert await office.work.figures([OTHER], 0, 9e9) == []


async def test_a_day_is_one_in_london(office: Office) -> None:
    office.clock.now = 1_814_400_000 - 1_814_400_000 % DAY - 30 * MINUTE  # in June, half past eleven at UTC
    await office.raised("ZZ1")
    [day] = await office.work.figures([PROCESS], 0, 9e9)
    assert day.day == datetime.fromtimestamp(office.clock.now + 3600, UTC).date()


async def test_ages(office: Office) -> None:
    await office.raised("ZZ1")
    office.clock.forward(40 * DAY)
    await office.raised("ZZ2")
    await office.raised("ZZ3")
    office.clock.forward(2 * DAY)
    bands = await office.work.ages([PROCESS, OTHER])
    assert [(one.process, one.since, one.below, one.count) for one in bands] == [
        (PROCESS, 1.0, 3.0, 2),
        (PROCESS, 30.0, None, 1),
    ]


async def test_a_due_date_is_no_tampering(office: Office) -> None:
    item = await office.raised("ZZ1")
    before = await office.desk.look(item)
    await office.work.set_due(item, office.clock.now + DAY)
    assert await office.desk.look(item) == before
    assert (await StoreAudit(office.database, office.clock).verify()).findings == []


async def test_what_is_known_of_rows_that_are_not_handed_in_yet(office: Office) -> None:
    """Under a reference, or as the item that a row names; in that process alone, however many they are."""
    item = await office.raised("ZZ1")
    await office.raised("ZZ2", OTHER)
    rows = [row("ZZ1"), row("ZZ2"), row("renamed", item=item), *(row(f"new-{n}") for n in range(1200))]
    assert await office.work.known(PROCESS, rows) == 2
    assert await office.work.known(OTHER, rows) == 1
    assert await office.work.known(PROCESS, []) == 0
