"""The real flows and deployments under a real Prefect server: cancelling, schedules, no personal data."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bots.assembly.worker import Rekey
from bots.engine.core.item import State
from bots.engine.settings import ROOT
from bots.prefect_host.server import PrefectServer
from bots.processes.registry import names
from tests.acceptance.stand_in import PATIENCE
from tests.prefect_homes import PrefectHomes
from tests.town import PROCESS, Town, a_town, rekeyed


async def handled(rekey: Rekey, count: int, seconds: float = PATIENCE) -> None:
    """Wait until so many items are done."""
    async with asyncio.timeout(seconds):
        while (await rekey.queue.counts(PROCESS))[State.DONE] < count:  # noqa: ASYNC110
            await asyncio.sleep(0.1)


def server(town: Town, store: str) -> PrefectServer:
    settings = town.settings()
    urls = {f"REKEY_URLS__{name.upper()}": url for name, url in settings.urls.items()}
    return PrefectServer(home=settings.home, root=ROOT, store=store, extra=urls)


@pytest.mark.long
async def test_cancelled_from_prefect(tmp_path: Path, prefect_homes: PrefectHomes) -> None:
    """Cancel ends the run after the items in hand, within the grace time, with nothing in doubt."""
    async with a_town(tmp_path, items=12) as town, rekeyed(town) as rekey:
        store = (await rekey.queue.store()).id
        await prefect_homes.furnish(town.settings().home)
        await town.reported(rekey)
        await town.fault("latency", value=0.1)
        async with server(town, store) as prefect:
            run = await prefect.run_deployment(f"work-{PROCESS}", {"sessions": 2})
            await handled(rekey, 3)
            await prefect.cancel(run)
            state = await prefect.wait_for(run, seconds=PATIENCE)
            assert state.type == "CANCELLED"
            counts = await rekey.queue.counts(PROCESS)
            assert counts[State.IN_DOUBT] == counts[State.IN_PROGRESS] == 0
            assert counts[State.NEW] > 0, "it was cancelled in the middle"
            await town.mend()
            again = await prefect.run_deployment(f"work-{PROCESS}")
            assert (await prefect.wait_for(again, seconds=PATIENCE)).type == "COMPLETED"
            await _reconciled(town, prefect)
            await _scheduled_runs_appear(prefect)
            await _nobody_named(town, prefect)
        assert (await town.verdict(rekey)).clean


async def _reconciled(town: Town, prefect: PrefectServer) -> None:
    """A clean comparison is quiet. When a case is gone, the run's name says so, and an event is sent."""
    clean = await prefect.wait_for(await prefect.run_deployment(f"reconcile-{PROCESS}"), seconds=PATIENCE)
    assert (clean.type, clean.name) == ("COMPLETED", "Completed"), clean.message
    assert not await _told_of_findings(prefect)
    with closing(sqlite3.connect(town.council / "waste.db")) as waste, waste:
        kept = waste.execute("SELECT * FROM cases WHERE id = 1").fetchone()
        waste.execute("DELETE FROM cases WHERE id = 1")
    found = await prefect.wait_for(await prefect.run_deployment(f"reconcile-{PROCESS}"), seconds=PATIENCE)
    with closing(sqlite3.connect(town.council / "waste.db")) as waste, waste:
        waste.execute(f"INSERT INTO cases VALUES ({', '.join('?' * len(kept))})", kept)
    assert (found.type, found.name) == ("COMPLETED", "NotClean")
    assert found.message == "Not clean: 1 missing, 0 twice, 0 different, 0 unknown"
    async with asyncio.timeout(PATIENCE):
        while not (events := await _told_of_findings(prefect)):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
    [event] = events
    assert (event["payload"]["process"], event["payload"]["missing"]) == (PROCESS, 1)


async def _told_of_findings(prefect: PrefectServer) -> list[dict[str, Any]]:
    wanted = {"filter": {"event": {"name": ["rekey.reconciliation.findings"]}}, "limit": 50}
    events: list[dict[str, Any]] = (await prefect.api._read("/events/filter", wanted))["events"]
    return events


async def _scheduled_runs_appear(prefect: PrefectServer) -> None:
    """The scheduler itself makes the coming runs of our deployments: they are not asked for."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = await prefect.api._read("/flow_runs/filter", {"limit": 200})
            planned = {run["deployment_id"] for run in found if run["state_type"] == "SCHEDULED"}
            deployments = await prefect.api.deployments()
            assert len(deployments) == 1 + 3 * len(names())
            if planned == {deployment["id"] for deployment in deployments}:
                return
            await asyncio.sleep(0.5)


async def _nobody_named(town: Town, prefect: PrefectServer) -> None:
    """Nothing that Prefect stores holds a sample's name or a portal number."""
    answers = town.answers()
    secret = {a["values"]["reported_by"] for a in answers.values() if "values" in a} | set(answers)
    limits = {"flow_runs": 200, "artifacts": 200, "logs": 200, "events": 50}
    told = [await prefect.api._read(f"/{what}/filter", {"limit": limit}) for what, limit in limits.items()]
    text = json.dumps(told, ensure_ascii=False)
    assert "missed-bins" in text
    assert not [name for name in secret if name in text]
    log = (prefect.logs / "prefect-worker.log").read_text(encoding="utf-8")
    assert not [name for name in secret if name in log]
