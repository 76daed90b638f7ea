"""What Prefect knows reaches people, and what people were told reaches automations: a real server."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from bots.engine.core.alert import Told
from bots.engine.core.errors import RekeyError
from bots.engine.settings import ROOT, Settings
from bots.prefect_alerts import PrefectWatched
from bots.prefect_automations import put_automations
from bots.prefect_environment import WORK_POOL
from bots.prefect_server import PrefectServer
from bots.wiring import open_rekey
from tests.acceptance.stand_in import PATIENCE, until
from tests.catchers import Hook, a_hook
from tests.prefect_homes import PrefectHomes

BLOCK = "custom-webhook/ict"


@pytest.fixture(scope="module")
async def prefect(
    tmp_path_factory: pytest.TempPathFactory, prefect_homes: PrefectHomes
) -> AsyncIterator[PrefectServer]:
    home = tmp_path_factory.mktemp("home")
    await prefect_homes.furnish(home)
    async with open_rekey(Settings(home=home)) as rekey:
        store = (await rekey.queue.store()).id
    async with PrefectServer(home=home, root=ROOT, store=store) as server:
        await server.pause_schedules(True)
        yield server


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with a_hook() as found:
        yield found


async def test_a_failed_run_stands_until_one_ends_well(prefect: PrefectServer) -> None:
    watched = PrefectWatched(prefect.api)
    facts = await watched.facts()
    assert (facts.answers, facts.worker, list(facts.failed)) == (True, True, [])
    with another_home(prefect):
        assert await run(prefect, "housekeeping") == "FAILED"
    [failed] = (await watched.facts()).failed
    assert (failed.deployment, failed.process) == ("housekeeping", None)
    assert await run(prefect, "housekeeping") == "COMPLETED"
    assert list((await watched.facts()).failed) == []
    assert await run(prefect, "reconcile-missed-bins") == "FAILED"  # no system has an address here
    [failed] = (await watched.facts()).failed
    assert (failed.deployment, failed.process) == ("reconcile-missed-bins", "missed-bins")


async def test_automations_of_the_file_fire_and_change_in_place(prefect: PrefectServer, hook: Hook) -> None:
    await _make_block(prefect, hook)
    names = await put_automations(prefect.api, ROOT, BLOCK)
    known = {one["name"]: one["id"] for one in await prefect.api.automations()}
    assert set(names) <= set(known)
    await put_automations(prefect.api, ROOT, BLOCK)
    assert {one["name"]: one["id"] for one in await prefect.api.automations()} == known

    title = "Rekey (test): Rekey stopped work"
    told = Told(at=0.0, recipient="ict", cause="held", title=title, addresses=1, accepted=0)

    async def came() -> bool:
        # An automation that was just made is known to the server's own service a moment later.
        await PrefectWatched(prefect.api).announce([told])
        return any(one["subject"] == title and "part held" in one["body"] for one in hook.came)

    await until(came)
    with another_home(prefect):
        assert await run(prefect, "housekeeping") == "FAILED"

    async def failed() -> bool:
        return any("a run of housekeeping ended as Failed" in one["subject"] for one in hook.came)

    await until(failed)
    assert "t0ken" not in json.dumps(await prefect.api.automations())


async def test_a_block_that_is_not_there_is_a_sentence(prefect: PrefectServer) -> None:
    for block in ("custom-webhook/nobody", "nonsense", "a/b/c"):
        with pytest.raises(RekeyError, match="Prefect has no block"):
            await put_automations(prefect.api, ROOT, block)


async def test_without_its_worker_prefect_says_so(prefect: PrefectServer) -> None:
    [worker] = [child for child in prefect._watched if child.name == "prefect-worker"]
    assert worker.running
    await prefect.api.forget_worker(WORK_POOL, (await _workers(prefect))[0]["name"])
    assert not (await PrefectWatched(prefect.api).facts()).worker

    async def back() -> bool:
        return (await PrefectWatched(prefect.api).facts()).worker

    await until(back)


async def run(prefect: PrefectServer, deployment: str) -> str:
    started = await prefect.run_deployment(deployment)
    return (await prefect.wait_for(started, seconds=PATIENCE)).type


@contextmanager
def another_home(prefect: PrefectServer) -> Iterator[None]:
    """The store is not this home's meanwhile: no run can do its work."""
    file = prefect.logs.parent / "home.id"
    kept = file.read_text()
    file.write_text("home-of-another\n")
    yield
    file.write_text(kept)


async def _workers(prefect: PrefectServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await prefect.api._read(f"/work_pools/{WORK_POOL}/workers/filter", {})
    return found


async def _make_block(prefect: PrefectServer, hook: Hook) -> None:
    """As ICT makes one on Prefect's page."""
    kind = (await prefect.api._ask("GET", "/block_types/slug/custom-webhook")).json()["id"]
    [schema, *_] = await prefect.api._read(
        "/block_schemas/filter", {"block_schemas": {"block_type_id": {"any_": [kind]}}}
    )
    data = {
        "name": "ict",
        "url": f"http://127.0.0.1:{hook.port}/hook",
        "json_data": {"subject": "{{subject}}", "body": "{{body}}", "title": "{{subject}}"},
    }
    body = {"name": "ict", "block_type_id": kind, "block_schema_id": schema["id"], "data": data}
    await prefect.api._ask("POST", "/block_documents/", body)
