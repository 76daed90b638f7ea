"""Two workers whose machines are copies of each other: neither settles what the other may still be saving."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from unittest.mock import AsyncMock, patch

import pytest

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.item import State
from bots.engine.core.points import Point
from bots.engine.home.life import FOLDER
from bots.engine.store.work import lives
from tests.chaos.workers import ended, struck_at
from tests.town import PROCESS, a_town, edit_map, rekeyed

pytestmark = pytest.mark.usefixtures("own_browser")

UNSEEN = patch("bots.engine.screens.systems.end_browser", AsyncMock(return_value=None))
"""What a worker on another machine sees of a browser that is not its own."""


@pytest.mark.parametrize("copied", [pytest.param("before", marks=pytest.mark.long), "while"])
async def test_a_clone_does_not_settle_the_others_item(tmp_path: Path, copied: str) -> None:
    """One stands still in the middle of its save, past its lease. The other runs from a copy of its home,
    made before or while it worked. All names of machine, boot and process are the same, and the copy of the
    lock is free."""
    async with a_town(tmp_path) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        settings, clone = town.settings(), town.folder / "clone"
        if copied == "before":
            shutil.copytree(settings.home, clone)
        frozen = await struck_at(settings, Point.FIRING, "STOP")
        if copied == "while":
            shutil.copytree(settings.home, clone)
            for file in (clone / FOLDER).glob("*.life"):
                file.write_text("what it said some seconds before", encoding="utf-8")
        store = f"sqlite:///{settings.home / 'rekey.db'}"
        async with rekeyed(town, "clone", database=store) as other:
            with UNSEEN:
                summary = await other.work(PROCESS)
                [item] = await other.queue.items(PROCESS, [State.IN_DOUBT])
                assert item.code == "browser-not-gone"
            assert summary.done >= 2, "everything else goes on"
        saved = len(town.saves())
        os.kill(frozen.pid, signal.SIGCONT)
        await ended(frozen)
        # Patient: on a busy machine a page may come too late, and its item waits for half a minute.
        async with rekeyed(town, patience=60.0) as rekey:
            await rekey.work(PROCESS)
            assert (await town.verdict(rekey)).clean
            assert len(town.saves()) >= saved


@pytest.mark.parametrize(
    ("point", "gate"),
    [
        pytest.param(Point.FIRING, "yes", marks=pytest.mark.long),
        (Point.SENDING, "yes"),
        (Point.FIRING, "no"),
    ],
)
async def test_an_item_of_a_machine_that_is_silent_is_settled(
    tmp_path: Path, point: Point, gate: str
) -> None:
    """Its browser is out of reach, and may come back: its own gate lets nothing through by then. Without a
    gate nobody can tell."""
    async with a_town(tmp_path) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        settings, clone = town.settings(), town.folder / "clone"
        edit_map(settings.root, "waste/system.yaml", "sessions:", f"gate: {gate}\nsessions:")
        frozen = await struck_at(settings, point, "STOP")
        shutil.copytree(settings.home, clone)
        for file in (clone / FOLDER).glob("*.life"):
            file.write_text("what it said some seconds before", encoding="utf-8")
        store = f"sqlite:///{settings.home / 'rekey.db'}"
        async with rekeyed(town, "clone", database=store) as other:
            with UNSEEN, patch.object(lives, "SILENCE", 1.0):
                await other.work(PROCESS)
            doubts = await other.queue.items(PROCESS, [State.IN_DOUBT])
            assert [item.code for item in doubts] == (["browser-not-gone"] if gate == "no" else [])
        os.kill(frozen.pid, signal.SIGCONT)
        await ended(frozen)
        # Patient: on a busy machine a page may come too late, and its item waits for half a minute.
        async with rekeyed(town, patience=60.0) as rekey:
            await rekey.work(PROCESS)
            assert (await town.verdict(rekey)).clean


async def test_a_second_home_is_refused(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        store = f"sqlite:///{town.settings().home / 'rekey.db'}"
        with pytest.raises(ConfigurationError) as refused:
            async with rekeyed(town, "another", database=store):
                pass
        assert refused.value.code == "other-home"


async def test_a_dead_workers_licence_is_free_at_once(tmp_path: Path) -> None:
    """Its licence would last for an hour."""
    async with a_town(tmp_path) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        await struck_at(town.settings(lease_seconds=3600.0), Point.TAKEN, "KILL", "--sessions", "2")
        async with rekeyed(town, lease_seconds=3600.0) as rekey:
            summary = await rekey.work(PROCESS, sessions=2)
            assert summary.stopped == ""
            assert summary.done > 5
