"""What shadow runs would have saved, compared with what staff then keyed."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bots.assembly.worker import Rekey
from bots.cli import shadow as cli_shadow
from bots.engine.core.item import State
from bots.engine.core.shadowed import Seen, ShadowMatch
from bots.engine.shadow import match as shadow_match
from bots.terminal.display import console
from tests import staff
from tests.moves import MOVES, STEPS, workbook
from tests.tampering import copied
from tests.town import GUARDED, PROCESS, Town, a_town, rekeyed

FIELDS = ["uprn", "collection", "missed_on", "reported_by", "source", "priority", "notes", "address"]


async def rehearsed(town: Town, rekey: Rekey) -> dict[str, str]:
    """The items of the good reports, by their numbers, after a shadow run."""
    await town.reported(rekey)
    await rekey.work(PROCESS, shadow=True)
    ids = {item.reference: item.id for item in await rekey.queue.items(PROCESS)}
    return {number: ids[number] for number in town.good()}


def changed(town: Town, references: Sequence[str], **values: str) -> None:
    """Change cases in waste management's own database."""
    with closing(sqlite3.connect(town.council / "waste.db")) as waste, waste:
        for name, value in values.items():
            for reference in references:
                sql = f"UPDATE cases SET {name} = ? WHERE id = ?"
                assert waste.execute(sql, (value, int(reference.removeprefix("W-")))).rowcount == 1


def again(town: Town, reference: str) -> None:
    """The very same case once more, behind everybody's back."""
    columns = "uprn, address, collection, missed_on, reported_by, source, priority, notes, keyed_by, keyed_at"
    with closing(sqlite3.connect(town.council / "waste.db")) as waste, waste:
        waste.execute(copied("cases", columns, f"id = {int(reference.removeprefix('W-'))}"))


def rates(found: ShadowMatch) -> dict[str, tuple[int, int, float]]:
    return {rate.field: (rate.compared, rate.equal, rate.per_cent) for rate in found.rates}


def without(guarded: bool) -> AbstractContextManager[Any]:
    return nullcontext() if guarded else patch.object(shadow_match, "differences", lambda *_: [])


@pytest.mark.parametrize("guarded", GUARDED)
async def test_what_staff_keyed(tmp_path: Path, guarded: bool) -> None:
    """The clerk keys four of the cases, one of them with another name; the bot keyed none."""
    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        items = await rehearsed(town, rekey)
        some = list(items)[:4]
        keyed = (await town.ask("/clerk", numbers=some))["keyed"]
        assert [line["result"] for line in keyed] == ["saved"] * 4
        changed(town, [keyed[1]["reference"]], reported_by="Somebody Else")
        with without(guarded):
            found = await rekey.match_shadow(PROCESS)
        assert len(town.saves()) == 4, "it only reads"
        assert (await rekey.queue.counts(PROCESS))[State.NEW] == 12
        if not guarded:
            assert rates(found)["reported_by"] == (4, 4, 100.0), "the harm: what differs passes for equal"
            return
        assert rates(found) == dict.fromkeys(FIELDS, (4, 4, 100.0)) | {"reported_by": (4, 3, 75.0)}
        assert [(one.item, one.differing) for one in found.of(Seen.DIFFERENT)] == [
            (items[some[1]], ["reported_by"])
        ]
        assert {one.item for one in found.of(Seen.EQUAL)} == {items[some[n]] for n in (0, 2, 3)}
        assert {items[number] for number in list(items)[4:]} <= {one.item for one in found.of(Seen.NOT_FOUND)}
        assert found.noted == 12
        assert all(one.code for one in found.of(Seen.NOT_REHEARSED))


@pytest.mark.long
async def test_a_case_that_is_there_twice_and_one_that_the_bot_keyed(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        items = await rehearsed(town, rekey)
        twice, adopted, bots = list(items)[:3]
        keyed = (await town.ask("/clerk", numbers=[twice, adopted]))["keyed"]
        again(town, keyed[0]["reference"])
        for item in await rekey.queue.items(PROCESS):
            if item.id not in (items[adopted], items[bots]):
                await staff.defer(rekey.queue, item.id, "test", "not now", 3600)
        summary = await rekey.work(PROCESS, sessions=1, max_items=2)
        assert (summary.adopted, summary.keyed) == (1, 1)
        found = await rekey.match_shadow(PROCESS)
        assert [one.item for one in found.of(Seen.SEVERAL)] == [items[twice]]
        assert [one.item for one in found.of(Seen.BY_THE_BOT)] == [items[bots]]
        assert [one.item for one in found.of(Seen.EQUAL)] == [items[adopted]]


@pytest.mark.long
async def test_the_newest_note_counts(tmp_path: Path) -> None:
    """And notes of other processes, or of long ago, do not."""
    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        items = await rehearsed(town, rekey)
        [first] = (rekey.settings.home / "shadow").iterdir()
        notes = json.loads(first.read_text(encoding="utf-8"))
        number, item = next(iter(items.items()))
        old = [{**note, "steps": {}, "code": "not-ready"} for note in notes if note["item"] == item]
        (first.parent / f"{PROCESS}-20200101-080000.json").write_text(json.dumps(old), encoding="utf-8")
        other = first.parent / f"{PROCESS}-more-20200101-080000.json"
        other.write_text("no notes", encoding="utf-8")
        await town.ask("/clerk", numbers=[number])
        found = await rekey.match_shadow(PROCESS)
        assert [one.item for one in found.of(Seen.EQUAL)] == [item]
        assert rekey.notes.delete_older(PROCESS, 30) == 1
        assert sorted(first.parent.iterdir()) == sorted([first, other])


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="a system without file modes")
async def test_notes_are_for_their_owner_alone_and_nothing_of_them_is_printed(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        items = await rehearsed(town, rekey)
        keyed = (await town.ask("/clerk", numbers=list(items)[:3]))["keyed"]
        changed(town, [keyed[0]["reference"]], reported_by="Somebody Else", notes="something else")
        folder = rekey.settings.home / "shadow"
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        found = await rekey.match_shadow(PROCESS)
        file = tmp_path / "match.json"
        with console.capture() as printed:
            cli_shadow.show(found)
        cli_shadow.write_json(file, cli_shadow.as_json(found))
        said = printed.get() + file.read_text(encoding="utf-8")
        assert items[next(iter(items))] in said
        assert "reported_by" in said
        for item in await rekey.queue.items(PROCESS):
            for name in ("reported_by", "notes", "uprn"):
                value = str(item.data.get(name) or "")
                assert not value or value not in said, name
        facts = json.loads(file.read_text(encoding="utf-8"))
        assert facts["equal"] == 2
        assert facts["different"][0]["fields"] == ["reported_by", "notes"]
        assert {"step": "log-case", "field": "notes", "compared": 3, "equal": 2, "match": 66.6} in facts[
            "fields"
        ]


@pytest.mark.long
async def test_two_steps(tmp_path: Path) -> None:
    """Another installation plays the staff who key some of the moves."""
    async with (
        a_town(tmp_path, 10, 7, "--moves", "4") as town,
        rekeyed(town) as rekey,
        rekeyed(town, home="staff") as crew,
    ):
        for one in (rekey, crew):
            await one.hand_in(MOVES, [workbook(town)])
        await rekey.work(MOVES, shadow=True)
        worked = await crew.work(MOVES, sessions=1)
        found = await rekey.match_shadow(MOVES)
        assert worked.done >= 3
        for step in STEPS:
            assert sum(one.step == step for one in found.of(Seen.EQUAL)) >= worked.done
        assert not found.of(Seen.DIFFERENT, Seen.BY_THE_BOT)
        assert {rate.per_cent for rate in found.rates} == {100.0}
        assert {"end_date", "forwarding"} <= {r.field for r in found.rates if r.step == STEPS[0]}
        assert {"start_date", "name", "notes"} <= {r.field for r in found.rates if r.step == STEPS[1]}
