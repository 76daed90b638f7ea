"""Whatever is changed in revenues behind our back, a comparison finds; on a clean run, nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bots.engine.core.item import State
from tests import staff
from tests.moves import MOVES, answers, workbook
from tests.tampering import (
    Desk,
    Forged,
    Tampering,
    a_desk,
    agrees,
    copied,
    forged_values,
    kinds_first,
    read,
    told,
)
from tests.town import a_town, rekeyed

END, OPEN = "end-liability", "open-account"
COLUMNS = (
    "number, name, property_ref, start, end, end_reason, forwarding, phone, single_person, notes,"
    " opened_by, ended_by"
)


def old(text: str) -> list[str]:
    return [f"UPDATE tax_accounts SET {text} WHERE number = '{{old}}'"]


def new(text: str) -> list[str]:
    return [f"UPDATE tax_accounts SET {text} WHERE number = '{{new}}'"]


def again(which: str, **change: str) -> str:
    return copied("tax_accounts", COLUMNS, f"number = '{{{which}}}'", number="'{added}'", **change)


def removed(which: str) -> str:
    return f"DELETE FROM tax_accounts WHERE number = '{{{which}}}'"


def swap(*columns: str) -> list[str]:
    """Two new accounts change places in these columns."""
    first = ", ".join(f"{c} = (SELECT {c} FROM tax_accounts WHERE number = '{{new2}}')" for c in columns)
    second = ", ".join(f"{c} = (SELECT {c} FROM kept)" for c in columns)
    return [
        "CREATE TEMP TABLE kept AS SELECT * FROM tax_accounts WHERE number = '{new}'",
        f"UPDATE tax_accounts SET {first} WHERE number = '{{new}}'",
        f"UPDATE tax_accounts SET {second} WHERE number = '{{new2}}'",
    ]


CHANGED = f"different one new {OPEN}"
ENDED = f"different one old {END}"
TAMPERINGS = {
    "the new account deleted": Tampering(sql=[removed("new")], found=[f"missing one new {OPEN}"]),
    "the old account deleted": Tampering(sql=[removed("old")], found=[f"missing one old {END}"]),
    "every account opened is deleted": Tampering(
        sql=["DELETE FROM tax_accounts WHERE opened_by <> ''"],
        found=[f"missing one new {OPEN}", f"missing two new2 {OPEN}", f"missing staffs new3 {OPEN}"],
    ),
    "the ending taken back": Tampering(
        sql=old("end = NULL, end_reason = '', forwarding = '', ended_by = ''"),
        found=[f"{ENDED}: end_date, end_reason, forwarding, ended_by"],
    ),
    "the end date emptied": Tampering(sql=old("end = NULL"), found=[f"{ENDED}: end_date"]),
    "ended a day later": Tampering(sql=old("end = date(end, '+1 day')"), found=[f"{ENDED}: end_date"]),
    "ended for another reason": Tampering(
        sql=old("end_reason = 'Left the borough'"), found=[f"{ENDED}: end_reason"]
    ),
    "another forwarding address": Tampering(
        sql=old("forwarding = '1' || forwarding"), found=[f"{ENDED}: forwarding"]
    ),
    "another telephone": Tampering(sql=old("phone = '01632960999'"), found=[f"{ENDED}: phone"]),
    "the old account of another person": Tampering(sql=old("name = name || 'E'"), found=[f"{ENDED}: name"]),
    "the old account began later": Tampering(
        sql=old("start = date(start, '+1 day')"), found=[f"{ENDED}: start_date"]
    ),
    "ended by another": Tampering(sql=old("ended_by = 'pat.sample'"), found=[f"{ENDED}: ended_by"]),
    "ended by nobody": Tampering(sql=old("ended_by = ''"), found=[f"{ENDED}: ended_by"]),
    "what staff had ended is ended a day later": Tampering(
        sql=["UPDATE tax_accounts SET end = date(end, '+1 day') WHERE number = '{old3}'"],
        found=[f"different staffs old3 {END}: end_date"],
    ),
    "a letter of the name": Tampering(sql=new("name = name || 'E'"), found=[f"{CHANGED}: name"]),
    "the name in small letters": Tampering(sql=new("name = lower(name)"), found=[f"{CHANGED}: name"]),
    "began a day later": Tampering(
        sql=new("start = date(start, '+1 day')"), found=[f"{CHANGED}: start_date"]
    ),
    "a discount": Tampering(
        sql=new("single_person = 1 - single_person"), found=[f"{CHANGED}: single_person"]
    ),
    "other notes": Tampering(sql=new("notes = notes || ' X'"), found=[f"{CHANGED}: notes"]),
    "another property": Tampering(
        sql=new("property_ref = (SELECT property_ref FROM tax_accounts WHERE number = '{new2}')"),
        found=[f"{CHANGED}: property_ref, address"],
    ),
    "the address alone": Tampering(
        sql=["UPDATE properties SET address = 'X' || address WHERE uprn ="
             " (SELECT property_ref FROM tax_accounts WHERE number = '{new}')"],
        found=[f"{CHANGED}: address"],
    ),
    "opened by another": Tampering(sql=new("opened_by = 'pat.sample'"), found=[f"{CHANGED}: opened_by"]),
    "the new account ended": Tampering(
        sql=new("end = date(start, '+30 days'), end_reason = 'Sold', ended_by = 'pat.sample'"),
        found=[f"{CHANGED}: end_date, end_reason", f"unknown - new {END}"],
    ),
    "two names swapped": Tampering(
        sql=swap("name"), found=[f"{CHANGED}: name", f"different two new2 {OPEN}: name"]
    ),
    "two numbers swapped": Tampering(
        sql=swap(*COLUMNS.split(", ")[1:]), found=[f"{CHANGED}: *", f"different two new2 {OPEN}: *"]
    ),
    "opened twice": Tampering(sql=[again("new")], found=[f"twice one added {OPEN}"]),
    "opened twice, by nobody": Tampering(
        sql=[again("new", opened_by="''")], found=[f"twice one added {OPEN}"]
    ),
    "opened twice, from another day": Tampering(
        sql=[again("new", start="date(start, '+1 day')")], found=[f"twice one added {OPEN}: start_date"]
    ),
    "opened twice, another letter": Tampering(
        sql=[again("new", name="name || 'E'")], found=[f"unknown one added {OPEN}: name"]
    ),
    "the old account twice": Tampering(sql=[again("old")], found=[f"twice one added {END}"]),
    "another number": Tampering(
        sql=new("number = '{added}'"), found=[f"missing one new {OPEN}", f"unknown one added {OPEN}"]
    ),
    "deleted and put in again, by nobody": Tampering(
        sql=[again("new", opened_by="''"), removed("new")],
        found=[f"missing one new {OPEN}", f"unknown one added {OPEN}"],
    ),
    "nobody asked for it, under our sign-in": Tampering(
        sql=[again("new", name="'N OBODY'", property_ref="'990000099999'")],
        found=[f"unknown - added {OPEN}"],
    ),
    "nobody asked to end it, under our sign-in": Tampering(
        sql=[again("old", name="'N OBODY'", property_ref="'990000099999'")],
        found=[f"unknown - added {END}"],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Keyed once: two moves of ours, and one of which staff had ended the old account before."""
    folder = tmp_path_factory.mktemp("reconcile-moves")
    async with a_town(folder, 10, 7, "--moves", "40") as town, rekeyed(town) as rekey:
        await rekey.hand_in(MOVES, [workbook(town)])
        told = answers(town)
        items = await rekey.queue.items(MOVES)
        good = [item for item in items if told[item.reference]["becomes"] == "done"]
        staffs = next(item for item in good if "adopts_close" in told[item.reference])
        one = next(i for i in good if i is not staffs and i.data["notes"] and i.data["phone"])
        two = next(i for i in good if i not in (one, staffs) and i.data["name"] != one.data["name"])
        for item in items:
            if item.state is State.NEW and item not in (one, two, staffs):
                await staff.defer(rekey.queue, item.id, "test", "not needed here", 36_000)
        await rekey.work(MOVES, sessions=1)
        async with a_desk(town, rekey, MOVES) as desk:
            receipts = {(r.item, r.step): r.reference for r in await rekey.queue.receipts(MOVES)}
            named = {
                "one": (one, "old", "new"),
                "two": (two, "old2", "new2"),
                "staffs": (staffs, "old3", "new3"),
            }
            for name, (item, left, entered) in named.items():
                desk.names[f"{name}.item"] = item.id
                for ref, step in ((left, END), (entered, OPEN)):
                    desk.names |= {ref: receipts[item.id, step], f"{ref}.ref": receipts[item.id, step]}
            desk.names |= {"added": "00799999", "added.ref": "00799999"}
            yield desk


@pytest.mark.parametrize("name", kinds_first(TAMPERINGS))
async def test_tampering(desk: Desk, name: str) -> None:
    tampering = TAMPERINGS[name]
    with desk.put_back():
        desk.change(tampering, "revenues")
        result = await desk.compare()
    assert agrees(read(tampering.found, desk.names, ""), result), told(result)
    assert not result.clean


async def test_a_clean_run(desk: Desk) -> None:
    """With an account that staff had ended, rows that wait for a person, and rows not yet keyed."""
    result = await desk.compare()
    assert not any(told(result).values()), told(result)
    assert (result.clean, result.in_target, result.waiting, result.in_doubt) == (True, 6, 0, 0)


async def test_our_own_store_agrees_with_the_tampering(desk: Desk) -> None:
    """The account was moved to another property, and our receipt with it: the record's own match tells."""
    other = "(SELECT property_ref FROM tax_accounts WHERE number = '{new2}')"
    values = {r.reference: r.values for r in await desk.rekey.queue.receipts(MOVES)}
    theirs = values[desk.names["new2"]]
    forged = {name: theirs[name] for name in ("property_ref", "address")}
    desk.queue = Forged(desk.rekey.queue, receipt=forged_values(desk.names["new"], **forged))
    try:
        with desk.put_back():
            desk.change(Tampering(sql=new(f"property_ref = {other}"), found=[]), "revenues")
            result = await desk.compare()
    finally:
        desk.queue = None
    assert agrees(read([f"{CHANGED}: property_ref"], desk.names, ""), result), told(result)
