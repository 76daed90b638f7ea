"""A worker dies at every named point of both steps, while the target misbehaves; afterwards both accounts
of every move are right and changed once, or the item waits for a person and says why."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bots.engine.core.item import State
from bots.engine.core.points import Point
from tests.chaos.workers import ended, struck_at, to_the_end
from tests.moves import MOVES, STEPS, handed_in, nothing_doubled, release_all
from tests.town import Town, a_town, rekeyed

OF_A_STEP = [point for point in Point if point not in (Point.TAKEN, Point.FINISHED)]
# What the target does meanwhile: after so many kills, what is armed for how many requests.
WIZARD = {"method": "POST", "path": "/OpenAccount.aspx", "body": "btnNext="}
MISHAPS = {
    2: {"fault": "record_lock", "times": 1},
    4: {"fault": "session_expired", "times": 1, "match": WIZARD},
    6: {"fault": "cut_after_save", "times": 1, "match": {"path": "/OpenAccount.aspx"}},
    8: {"fault": "cut_after_save", "times": 1, "match": {"path": "/EndLiability.aspx"}},
    10: {"fault": "session_expired", "times": 1, "match": WIZARD},
}


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_every_point_of_both_steps(tmp_path: Path, step: str) -> None:
    async with a_town(tmp_path, 10, 7, "--moves", "18") as town:
        await handed_in(town)
        for number, point in enumerate(OF_A_STEP):
            if number in MISHAPS:
                await town.fault(app="revenues", **MISHAPS[number])
            await struck_at(town.settings(), point, "KILL", "--process", MOVES, "--step", step)
        for point in (Point.TAKEN, Point.FINISHED):
            await struck_at(town.settings(), point, "KILL", "--process", MOVES)
        await town.mend()
        await to_the_end(town.settings(), "--process", MOVES, "--sessions", "2")
        await release_all(town)  # also the cases that come later and prove the search alive
        await to_the_end(town.settings(), "--process", MOVES)
        await nothing_doubled(town)
        async with rekeyed(town) as rekey:
            assert (await rekey.queue.counts(MOVES))[State.IN_DOUBT] == 0


async def test_frozen_in_the_wizard(tmp_path: Path) -> None:
    """SIGSTOP after the intent to open the account, past the lease; another worker settles; it wakes."""
    async with a_town(tmp_path, 10, 7, "--moves", "4") as town:
        await handed_in(town, later=0)
        frozen = await struck_at(
            town.settings(), Point.FIRING, "STOP", "--process", MOVES, "--step", "open-account"
        )
        await to_the_end(town.settings(), "--process", MOVES)
        saved = _saves(town)
        os.kill(frozen.pid, signal.SIGCONT)
        await ended(frozen)
        assert _saves(town) == saved, "the woken worker saved something"
        await nothing_doubled(town)


def _saves(town: Town) -> int:
    return len(town.saves("revenues"))
