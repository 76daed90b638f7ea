"""A worker stands still in the wizard past its lease, and wakes. Kills at every named point: `make prove`."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from bots.engine.core.points import Point
from tests.chaos.workers import ended, struck_at, to_the_end
from tests.moves import MOVES, handed_in, nothing_doubled
from tests.town import Town, a_town


@pytest.mark.long
async def test_frozen_in_the_wizard(tmp_path: Path) -> None:
    """SIGSTOP after the intent to open the account, past the lease; another worker settles; it wakes."""
    async with a_town(tmp_path, 10, 7, "--moves", "4") as town:
        await handed_in(town)
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
