"""A worker dies, freezes or loses its connection; afterwards every record is there once and right, or it
waits for a person and says why. Kills at every named point: `make prove`."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from bots.engine.core.item import State
from bots.engine.core.points import Point
from tests.chaos.workers import ended, struck_at, to_the_end
from tests.town import PROCESS, Town, a_town, rekeyed

pytestmark = pytest.mark.usefixtures("own_browser")


async def nothing_doubled(town: Town) -> None:
    """Judged from the council's own save log alone."""
    async with rekeyed(town) as rekey:
        verdict = await town.verdict(rekey)
        assert verdict.clean, verdict.to_dict()
        for item in await rekey.queue.items(PROCESS):
            assert item.state in (State.DONE, State.EXCEPTION, State.IN_DOUBT)
            assert item.state is State.DONE or item.sentence, item.id


async def test_frozen_between_intent_and_commit(tmp_path: Path) -> None:
    """SIGSTOP after the intent, past the lease; another worker settles the item; then it wakes."""
    async with a_town(tmp_path, items=12) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        frozen = await struck_at(town.settings(), Point.FIRING, "STOP", "--pass", "2")
        await to_the_end(town.settings())
        saved = len(town.saves())
        os.kill(frozen.pid, signal.SIGCONT)
        await ended(frozen)
        assert len(town.saves()) == saved, "the woken worker saved something"
        await nothing_doubled(town)


async def test_connection_cut_after_a_save(tmp_path: Path) -> None:
    """The target saves and the reused connection dies without an answer: Chromium alone would send again."""
    async with a_town(tmp_path, items=12) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.work(PROCESS, sessions=1, max_items=3)  # the connection is warm
        await town.fault("cut_after_save", times=2)
        await rekey.work(PROCESS, sessions=1)
        await nothing_doubled(town)
        counts = await rekey.queue.counts(PROCESS)
        assert counts[State.IN_DOUBT] == 0
        whys = [t.why for i in await rekey.queue.items(PROCESS) for t in await rekey.queue.history(i.id)]
        assert "The saved entry was found and taken as the receipt." in whys


@pytest.mark.long
async def test_killed_while_two_work(tmp_path: Path) -> None:
    """Two workers with two sessions each; one is killed in the middle of a save."""
    async with a_town(tmp_path, items=24) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        await asyncio.gather(
            struck_at(town.settings(), Point.ANSWERED, "KILL", "--pass", "3", "--sessions", "2"),
            to_the_end(town.settings(), "--sessions", "2"),
        )
        await to_the_end(town.settings())
        await nothing_doubled(town)
