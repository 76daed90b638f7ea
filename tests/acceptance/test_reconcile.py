"""Whatever is changed in waste management behind our back, a comparison finds; on a clean run, nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bots.engine.core.item import Receipt, State
from tests import staff
from tests.tampering import (
    Desk,
    Forged,
    Tampering,
    a_desk,
    agrees,
    copied,
    forged_data,
    forged_values,
    read,
    told,
)
from tests.town import PROCESS, a_town, rekeyed

STEP = "log-case"
COLUMNS = "uprn, address, collection, missed_on, reported_by, source, priority, notes, keyed_by, keyed_at"


def case(text: str) -> str:
    return f"UPDATE cases SET {text} WHERE id = {{one}}"


def again(**change: str) -> str:
    return copied("cases", COLUMNS, "id = {one}", **change)


def swap(*columns: str) -> list[str]:
    """Two cases change places in these columns."""
    first = ", ".join(f"{name} = (SELECT {name} FROM cases WHERE id = {{two}})" for name in columns)
    second = ", ".join(f"{name} = (SELECT {name} FROM kept)" for name in columns)
    return [
        "CREATE TEMP TABLE kept AS SELECT * FROM cases WHERE id = {one}",
        f"UPDATE cases SET {first} WHERE id = {{one}}",
        f"UPDATE cases SET {second} WHERE id = {{two}}",
    ]


TWO_LAST_DIGITS = "substr(uprn, 1, length(uprn) - 1) || ((substr(uprn, -1) + 1) % 10)"
TAMPERINGS = {
    "deleted": Tampering(
        sql=["DELETE FROM cases WHERE id = {one}"],
        found=["missing one one"],
    ),
    "all of a page deleted": Tampering(
        sql=["DELETE FROM cases WHERE id IN ({one}, {two})"],
        found=["missing one one", "missing two two"],
    ),
    "doubled": Tampering(sql=[again()], found=["twice one new"]),
    "doubled by a colleague": Tampering(sql=[again(keyed_by="'pat.sample'")], found=["twice one new"]),
    "doubled with other notes": Tampering(sql=[again(notes="'seen'")], found=["twice one new: notes"]),
    "doubled in capitals": Tampering(
        sql=[again(reported_by="upper(reported_by)")],
        found=["twice one new: reported_by"],
    ),
    "doubled for another day": Tampering(
        sql=[again(missed_on="date(missed_on, '+7 days')")],
        found=["unknown one new: missed_on"],
    ),
    "deleted and put in again": Tampering(
        sql=[again(), "DELETE FROM cases WHERE id = {one}"],
        found=["missing one one", "unknown one new"],
    ),
    "another reference": Tampering(
        sql=[case("id = {one} + 5000")],
        found=["missing one one", "unknown one moved"],
    ),
    "a digit of the property": Tampering(
        sql=[case(f"uprn = {TWO_LAST_DIGITS}")],
        found=["different one one: uprn"],
    ),
    "moved to another property": Tampering(
        sql=[case("(uprn, address) = (SELECT uprn, address FROM cases WHERE id = {two})")],
        found=["different one one: uprn, address"],
    ),
    "the address alone": Tampering(
        sql=[case("address = replace(address, ',', ' ')")],
        found=["different one one: address"],
    ),
    "another collection": Tampering(
        sql=[case("collection = CASE collection WHEN 'refuse' THEN 'recycling' ELSE 'refuse' END")],
        found=["different one one: collection"],
    ),
    "the next day": Tampering(
        sql=[case("missed_on = date(missed_on, '+1 day')")],
        found=["different one one: missed_on"],
    ),
    "a letter of the name": Tampering(
        sql=[case("reported_by = reported_by || 'e'")],
        found=["different one one: reported_by"],
    ),
    "the name in capitals": Tampering(
        sql=[case("reported_by = upper(reported_by)")],
        found=["different one one: reported_by"],
    ),
    "white space in the name": Tampering(
        sql=[case("reported_by = replace(reported_by, ' ', '  ')")],
        found=["different one one: reported_by"],
    ),
    "white space after the name": Tampering(
        sql=[case("reported_by = reported_by || ' '")],
        found=["different one one: reported_by"],
    ),
    "white space in the property": Tampering(
        sql=[case("uprn = uprn || ' '")],
        found=["different one one"],
    ),
    "two names swapped": Tampering(
        sql=swap("reported_by"),
        found=["different one one: reported_by", "different two two: reported_by"],
    ),
    "two references swapped": Tampering(
        sql=swap(*COLUMNS.split(", ")),
        found=["different one one: *", "different two two: *"],
    ),
    "notes changed": Tampering(sql=[case("notes = 'x' || notes")], found=["different one one: notes"]),
    "notes emptied": Tampering(sql=[case("notes = ''")], found=["different one one: notes"]),
    "notes cut off": Tampering(
        sql=[case("notes = substr(notes, 1, length(notes) - 1)")],
        found=["different one one: notes"],
    ),
    "made urgent": Tampering(sql=[case("priority = 1")], found=["different one one: priority"]),
    "another source": Tampering(sql=[case("source = 'Phone'")], found=["different one one: source"]),
    "another name of who keyed it": Tampering(
        sql=[case("keyed_by = 'pat.sample'")],
        found=["different one one: keyed_by"],
    ),
    "another time of keying": Tampering(
        sql=[case("keyed_at = datetime(keyed_at, '-1 day') || '+00:00'")],
        found=["different one one: keyed_at"],
    ),
    "a colleague's case changed": Tampering(
        sql=["UPDATE cases SET notes = notes || 'x' WHERE id = {clerks}"],
        found=["different clerks clerks: notes"],
    ),
    "nobody asked for it, under our sign-in": Tampering(
        sql=[again(uprn="'990000099999'", reported_by="'N Obody'", missed_on="'2026-01-05'")],
        found=["unknown - new"],
    ),
    "keyed under our sign-in for an item that waits": Tampering(
        sql=["UPDATE cases SET keyed_by = 'rekey.bot' WHERE id = {waits}"],
        found=["unknown waits waits"],
    ),
    "a report changed later": Tampering(
        sql=["UPDATE submissions SET notes = notes || '!' WHERE number = '{one_number}'"],
        found=["different one - source: notes"],
        database="portal",
    ),
    "a report removed": Tampering(
        sql=["DELETE FROM submissions WHERE number = '{one_number}'"],
        found=["missing one - source"],
        database="portal",
    ),
    "a report that never came in": Tampering(
        sql=["INSERT INTO submissions SELECT 'MB-2222-9999', received, uprn, house, postcode, collection,"
             " missed_on, reported_by, notes FROM submissions WHERE number = '{one_number}'"],
        found=["missing - - intake"],
        database="portal",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    """Keyed once, as few as are needed. A clerk keyed some of it: one that we adopted, and one in other
    words that waits."""
    async with a_town(tmp_path_factory.mktemp("reconcile")) as town, rekeyed(town) as rekey:
        told = town.answers()
        theirs, otherwise, *good = [number for number in town.good() if not told[number].get("clerk")]
        one = next(number for number in good if len(told[number]["values"]["notes"].split()) > 1)
        name = told[one]["values"]["reported_by"]
        two = next(number for number in good if told[number]["values"]["reported_by"] != name)
        await town.ask("/clerk", numbers=[theirs, otherwise])
        await town.reported(rekey)
        for item in await rekey.queue.items(PROCESS, [State.NEW]):
            if item.reference in good and item.reference not in (one, two):
                await staff.defer(rekey.queue, item.id, "test", "not needed here", 36_000)
        async with a_desk(town, rekey, PROCESS) as desk:
            _reword(desk, otherwise)
            await rekey.work(PROCESS, sessions=1)
            await _name(desk, theirs, otherwise)
            yield desk


def _reword(desk: Desk, number: str) -> None:
    values = desk.town.answers()[number]["values"]
    where = f"uprn = '{values['uprn']}' AND missed_on = '{values['missed_on']}'"
    desk.change(Tampering(sql=[f"UPDATE cases SET source = 'Phone' WHERE {where}"], found=[]), "waste")


async def _name(desk: Desk, theirs: str, otherwise: str) -> None:
    """Two cases of ours, one with notes; the clerk's that we adopted; the one that waits."""
    items = {item.reference: item for item in await desk.rekey.queue.items(PROCESS)}
    receipts = {receipt.item: receipt for receipt in await desk.rekey.queue.receipts(PROCESS)}
    ours = [i for i in items.values() if i.id in receipts and not receipts[i.id].adopted]
    one = next(i for i in ours if len(i.data["notes"].split()) > 1 and i.data["uprn"])
    two = next(i for i in ours if i.data["reported_by"] != one.data["reported_by"])
    assert items[otherwise].code == "already-in-target"
    waits = items[otherwise].detail["found"][0]["reference"]
    named = {"one": one, "two": two, "clerks": items[theirs], "waits": items[otherwise]}
    for name, item in named.items():
        reference = waits if name == "waits" else receipts[item.id].reference
        desk.names |= {f"{name}.item": item.id, f"{name}.ref": reference, name: str(int(reference[2:]))}
    newest = max(int(save["reference"][2:]) for save in desk.town.saves())
    desk.names |= {"new.ref": f"W-{newest + 1:06d}", "moved.ref": f"W-{int(desk.names['one']) + 5000:06d}"}
    desk.names |= {"one_number": one.reference, "forged.ref": "W-777777"}


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering(desk: Desk, name: str) -> None:
    tampering = TAMPERINGS[name]
    with desk.put_back():
        desk.change(tampering, "waste")
        result = await desk.compare(source=tampering.database == "portal")
    assert agrees(read(tampering.found, desk.names, STEP), result), told(result)
    assert not result.clean


async def test_a_clean_run(desk: Desk) -> None:
    """With a colleague's cases among them, one of which we took for proof, and with exceptions that wait."""
    result = await desk.compare(source=True)
    assert not any(told(result).values()), told(result)
    assert result.clean
    assert result.in_target == len(await desk.rekey.queue.receipts(PROCESS))
    assert (result.waiting, result.in_doubt, result.source) == (1, 0, 12)
    counts = await desk.rekey.queue.counts(PROCESS)
    assert counts[State.EXCEPTION] >= 2


async def test_a_colleagues_own_case_is_no_finding(desk: Desk) -> None:
    """It is listed for those who want to see it, and the comparison is clean."""
    other = again(uprn="'990000099999'", reported_by="'N Obody'", keyed_by="'pat.sample'")
    with desk.put_back():
        desk.change(Tampering(sql=[other], found=[]), "waste")
        result = await desk.compare()
    assert agrees(read(["unknown - new"], desk.names, STEP), result), told(result)
    assert result.clean
    assert result.by_others == 1


def _unless(reference: str, one: Receipt) -> Receipt | None:
    return None if one.reference == reference else one


def _renamed(reference: str, one: Receipt) -> Receipt:
    return replace(one, reference="W-777777") if one.reference == reference else one


FORGERIES: dict[str, tuple[Any, str, list[str]]] = {
    "a value of a receipt": (
        lambda ref, _: {"receipt": forged_values(ref, notes="forged")}, "one", ["different one one: notes"]),
    "the reference of a receipt": (
        lambda ref, _: {"receipt": lambda one: _renamed(ref, one)}, "one",
        ["missing one forged", "unknown one one"]),
    "a receipt taken away": (
        lambda ref, _: {"receipt": lambda one: _unless(ref, one)}, "one", ["unknown one one"]),
    "a record changed": (
        lambda _, item: {"item": forged_data(item, reported_by="F Orged")}, "one",
        ["different one one: reported_by"]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORGERIES)
async def test_our_own_store_is_tampered_with(desk: Desk, name: str) -> None:
    forge, who, found = FORGERIES[name]
    changes = forge(desk.names[f"{who}.ref"], desk.names[f"{who}.item"])
    desk.queue = Forged(desk.rekey.queue, **changes)
    try:
        result = await desk.compare()
    finally:
        desk.queue = None
    assert agrees(read(found, desk.names, STEP), result), told(result)


async def test_both_our_store_and_the_target(desk: Desk) -> None:
    """A receipt that was forged to agree with a forged case hides nothing: the record says otherwise."""
    desk.queue = Forged(desk.rekey.queue, receipt=forged_values(desk.names["one.ref"], notes="forged"))
    try:
        with desk.put_back():
            desk.change(Tampering(sql=[case("notes = 'forged'")], found=[]), "waste")
            result = await desk.compare()
    finally:
        desk.queue = None
    assert agrees(read(["different one one: notes"], desk.names, STEP), result), told(result)
