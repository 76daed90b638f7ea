"""What hangs for ever is given up within an item's longest time, and somebody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import psutil
import pytest
from playwright.async_api import async_playwright

from bots.engine.core.item import State
from bots.engine.core.points import Point
from bots.engine.keying.boundary import TOO_LONG
from bots.engine.screens import browser
from tests.tiny import Bench, a_bench

FOREVER = 120.0
"""Seconds after which a run counts as one that never ends."""
LONGEST = 5.0


@pytest.fixture(autouse=True)
def own_driver() -> Iterator[None]:
    """Not the one that other tests share: it is ended here."""
    with patch.object(browser, "async_playwright", async_playwright):
        yield


class Driver:
    """Stands still at a point of the protocol, once."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._others = set(psutil.Process().children())  # such as the one that other tests share
        self.stopped: list[psutil.Process] = []

    def __call__(self, point: Point) -> None:
        if point is self._point and not self.stopped:
            children = set(psutil.Process().children()) - self._others
            self.stopped = [one for one in children if "run-driver" in " ".join(one.cmdline())]
            for one in self.stopped:
                one.suspend()

    @property
    def gone(self) -> bool:
        return bool(self.stopped) and not psutil.wait_procs(self.stopped, timeout=5)[1]


async def test_a_driver_that_hangs_before_a_save_is_ended(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add("K01")
        driver = Driver(Point.LOOKED)
        summary = await asyncio.wait_for(bench.work(longest=LONGEST, on_point=driver), FOREVER)
        assert driver.gone
        assert summary.blocked
        assert "longer than the 5 seconds" in summary.stopped
        assert await bench.codes(State.NEW) == {TOO_LONG: 1}
        assert (await bench.work(patience=5)).done == 1


async def test_a_driver_that_hangs_past_the_gate_never_saves_later(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add("K01")
        driver = Driver(Point.SENDING)
        await asyncio.wait_for(bench.work(longest=LONGEST, on_point=driver), FOREVER)
        assert driver.gone, "whatever it had in hand went with it"
        assert await bench.states() == {"in_doubt": 1}
        await bench.add("K02")
        await bench.work(patience=10)
        assert await bench.states() == {"done": 2}
        assert set(bench.target.keys().values()) == {1}


async def test_a_lease_is_not_renewed_after_the_longest_time(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add("K01")
        spied = Spy(bench)
        driver = Driver(Point.LOOKED)
        await asyncio.wait_for(bench.work(longest=LONGEST, lease=2.0, on_point=driver), FOREVER)
        assert 0 < spied.renewed <= LONGEST / (2.0 / 3) + 1  # one of them before the save
        assert await bench.states() == {"new": 1}


class Spy:
    """Counts renewals of leases."""

    def __init__(self, bench: Bench) -> None:
        self.renewed = 0
        renew = bench.queue.extend

        async def extend(*given: object) -> object:
            self.renewed += 1
            return await renew(*given)  # type: ignore[arg-type]

        bench.queue.extend = extend  # type: ignore[method-assign,assignment]
