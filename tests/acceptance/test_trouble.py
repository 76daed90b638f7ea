"""Trouble around the bots: a full disk, a locked store, a Prefect server that dies."""

from __future__ import annotations

import sqlite3
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots.assembly.worker import Rekey
from bots.engine.core.errors import SystemException
from bots.engine.core.item import State
from bots.engine.core.points import Point
from bots.engine.settings import Settings
from tests.acceptance.stand_in import until
from tests.chaos.life import Life, begin
from tests.chaos.prefect import Server
from tests.chaos.schedule import Target
from tests.prefect_homes import PrefectHomes
from tests.town import LEASE, PROCESS, Town, a_town, rekeyed

pytestmark = pytest.mark.usefixtures("own_browser")


async def nothing_doubled(town: Town) -> None:
    async with rekeyed(town) as rekey:
        verdict = await town.verdict(rekey)
        assert verdict.clean, verdict.to_dict()


async def test_a_disk_that_fills_up_in_mid_run(tmp_path: Path) -> None:
    """The worker stops with one sentence; with room again nothing is lost and nothing is keyed twice."""
    async with a_town(tmp_path, items=30) as town:
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
            await _pages(rekey, 0)
            with pytest.raises(SystemException, match="full") as raised:
                await rekey.work(PROCESS, sessions=2)
            assert raised.value.code == "store-failed"
            assert "\n" not in raised.value.sentence
            saved = len(town.saves())
            await _pages(rekey, 100_000)
            done = len([r for r in await rekey.queue.receipts(PROCESS) if not r.adopted])
            assert done <= saved
        async with rekeyed(town) as rekey:
            await rekey.work(PROCESS, sessions=1)
            assert (await rekey.queue.counts(PROCESS))[State.NEW] == 0
        await nothing_doubled(town)


async def _pages(rekey: Any, more: int) -> None:
    """Leave the store so many pages of 4 KB to grow by."""

    def limit(connection: Any) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")

    await rekey.queue._database.run(limit)


@pytest.mark.long
async def test_a_store_that_is_locked_for_longer_than_a_lease(tmp_path: Path) -> None:
    """The lease runs out meanwhile: the worker that waited may not commit, and the item is taken anew."""
    async with a_town(tmp_path) as town:
        path = town.settings().home / "rekey.db"
        held: list[threading.Thread] = []

        def lock(point: Point) -> None:
            if point is Point.READ_BACK and not held:
                began = threading.Event()
                held.append(threading.Thread(target=_hold, args=(path, LEASE + 1.0, began)))
                held[0].start()
                began.wait()

        async with rekeyed(town, on_point=lock) as rekey:
            await town.reported(rekey)
            await rekey.work(PROCESS, sessions=1)
            codes = [
                t.code for i in await rekey.queue.items(PROCESS) for t in await rekey.queue.history(i.id)
            ]
            assert "lease-ran-out" in codes
            assert (await rekey.queue.counts(PROCESS))[State.NEW] == 0
        held[0].join()
        await nothing_doubled(town)


def _hold(path: Path, seconds: float, began: threading.Event) -> None:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    connection.execute("BEGIN IMMEDIATE")
    began.set()
    time.sleep(seconds)  # the lock itself is what takes time
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.long
async def test_a_prefect_server_that_dies_in_mid_run(tmp_path: Path, prefect_homes: PrefectHomes) -> None:
    """The run keys on without it: what is true stands in our own store. A hold works meanwhile as well."""
    async with a_town(tmp_path) as town:
        settings = town.settings()
        await prefect_homes.furnish(settings.home)
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
            life = await _orphaned(town, settings)
            try:
                before = len(town.saves())
                life.wake()
                await until(lambda: len(town.saves()) >= before + 2)
                await rekey.queue.hold(f"process:{PROCESS}", "test", "Prefect is down")
                await until(partial(_at_rest, rekey))
                held = len(town.saves())
                assert (await rekey.queue.counts(PROCESS))[State.NEW] > 0, "it was held in the middle"
            finally:
                await life.kill()
            assert len(town.saves()) == held
            await rekey.queue.release(f"process:{PROCESS}", "test", "it may go on")
            await rekey.work(PROCESS, sessions=1)
        await nothing_doubled(town)


async def _orphaned(town: Town, settings: Settings) -> Life:
    """A flow run at its third item, standing still, whose Prefect server is gone."""
    server = Server(settings.home)
    await server.start()
    try:
        target = Target(process=PROCESS, point=Point.READ_BACK, step="log-case", passes=3)
        life = await begin(settings, target, machine="here", sessions=1, how="STOP", flow=server.environment)
        assert await life.reached(60)
    finally:
        await server.kill()
    return life


async def _at_rest(rekey: Rekey) -> bool:
    return not (await rekey.queue.counts(PROCESS))[State.IN_PROGRESS]
