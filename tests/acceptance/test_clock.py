"""The store's clock is set while bots work: nothing is lost, and nothing is keyed twice."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import patch

import pytest

from bots.engine.core.item import State
from bots.engine.core.points import Point
from bots.engine.store.database import database
from tests.chaos.workers import struck_at
from tests.town import LEASE, PROCESS, a_town, rekeyed

HOUR = 3600.0


@pytest.mark.long
@pytest.mark.parametrize("leap", [HOUR, pytest.param(-HOUR, marks=pytest.mark.long)], ids=["forward", "back"])
async def test_a_leap_in_mid_run(tmp_path: Path, leap: float) -> None:
    """A dead worker's save is in doubt, the search shows nothing of late, and the clock is set."""
    offset = [0.0]
    clock = SimpleNamespace(time=lambda: time.time() + offset[0])
    passes = [0]

    def set_the_clock(point: Point) -> None:
        passes[0] += point is Point.READ_BACK
        if point is Point.READ_BACK and passes[0] == 3:
            offset[0] = leap

    async with a_town(tmp_path) as town:
        await town.fault("accepts_duplicates")
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
        await struck_at(town.settings(), Point.ANSWERED, "KILL")
        await town.fault("search_lags", value={"seconds": LEASE + 4})
        with patch.object(database, "time", clock):
            # Patient: on a slow machine a page that came too late sends its item back for a while.
            async with rekeyed(town, on_point=set_the_clock, patience=60.0) as rekey:
                await rekey.work(PROCESS, sessions=1)
                assert passes[0] >= 3, "the clock was set in the middle"
                await town.mend()
                await rekey.work(PROCESS, sessions=1)
                counts = await rekey.queue.counts(PROCESS)
                assert counts[State.NEW] == counts[State.IN_PROGRESS] == 0
                assert (await town.verdict(rekey)).clean
