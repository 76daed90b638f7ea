"""A store that was restored from a backup, and a target that cannot be searched."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

from bots.engine.core.item import IntentStatus, State
from bots.engine.core.points import Point
from bots.missed_bins.steps import LogCase
from tests.chaos.workers import struck_at
from tests.town import PROCESS, Town, a_town, rekeyed

_NO_SEARCH = "This sample target has no search."


async def test_a_restored_backup_keys_nothing_again(tmp_path: Path) -> None:
    """The target holds more than the store knows: it is found by looking first, and taken as the receipt."""
    async with a_town(tmp_path, items=24) as town:
        await town.fault("accepts_duplicates")  # nothing but looking first stands in the way
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
            await rekey.work(PROCESS, sessions=2, max_items=6)
            backup = _backed_up(town)
            before = {receipt.item for receipt in await rekey.queue.receipts(PROCESS)}
            await rekey.work(PROCESS, sessions=2)
            after = {r.item: r.reference for r in await rekey.queue.receipts(PROCESS)}
        meanwhile = set(after) - before
        assert len(meanwhile) > 5
        saved = len(town.saves())
        _restored(town, backup)
        async with rekeyed(town) as rekey:
            assert not (await rekey.queue.store()).trusted, "the store is older than it was"
            summary = await rekey.work(PROCESS, sessions=2)
            receipts = {r.item: r for r in await rekey.queue.receipts(PROCESS)}
            assert summary.keyed == 0
            assert len(town.saves()) == saved
            assert {item for item, receipt in receipts.items() if receipt.adopted} >= meanwhile
            assert {item: receipt.reference for item, receipt in receipts.items()} == after
            found = await rekey.reconcile(PROCESS)
            assert found.clean
            assert (await town.verdict(rekey)).clean


def _backed_up(town: Town) -> Path:
    backup = town.folder / "backup.db"
    with (
        closing(sqlite3.connect(town.settings().home / "rekey.db")) as store,
        closing(sqlite3.connect(backup)) as copy,
    ):
        store.backup(copy)
    return backup


def _restored(town: Town, backup: Path) -> None:
    home = town.settings().home
    for file in home.glob("rekey.db*"):
        file.unlink()
    shutil.copy(backup, home / "rekey.db")


async def test_what_cannot_be_searched_is_never_tried_again(tmp_path: Path) -> None:
    """The worker died in its save and the target has no search: a person looks, nothing is keyed again."""
    async with a_town(tmp_path) as town:
        await town.fault("accepts_duplicates")
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        await struck_at(town.settings(), Point.ANSWERED, "KILL")
        async with rekeyed(town) as rekey:
            with patch.object(LogCase, "not_searchable_because", _NO_SEARCH):
                await rekey.work(PROCESS, sessions=1)
                [doubtful] = await rekey.queue.items(PROCESS, [State.IN_DOUBT])
                assert doubtful.code == "cannot-be-searched"
                await rekey.work(PROCESS, sessions=1)
            [intent] = await rekey.queue.intents(doubtful.id)
            assert intent.status is IntentStatus.OPEN, "one commit, and no other"
            saved = [s for s in town.saves() if s["reported_by"] == doubtful.data["reported_by"]]
            assert len(saved) <= 1
            assert (await town.verdict(rekey)).twice == []
