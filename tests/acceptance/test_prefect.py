"""Prefect as Rekey uses it: a real server and worker with our deployments, and small stand-in flows. What it
knows reaches people, and what people were told reaches automations.

One server serves the whole module; it costs about ten seconds.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from bots.assembly.worker import open_rekey
from bots.engine.console.services.planner import Kind
from bots.engine.core.alert import Told
from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.core.timetable import timetable
from bots.engine.settings import Settings
from bots.prefect_host.access import PrefectAccess
from bots.prefect_host.alerts import PrefectWatched
from bots.prefect_host.api import PrefectApi
from bots.prefect_host.automations import put_automations
from bots.prefect_host.environment import WORK_POOL, ui_address
from bots.prefect_host.planner import PrefectPlanner
from bots.prefect_host.server import PrefectServer
from bots.processes.registry import names
from tests.acceptance.stand_in import HOST, PATIENCE, start_and_see, until, write_project
from tests.catchers import Hook, a_hook
from tests.prefect_homes import PrefectHomes

ROOT = Path(__file__).resolve().parents[2]
OURS = {f"{flow}-{name}" for flow in ("intake", "work", "reconcile") for name in names()} | {"housekeeping"}
BLOCK = "custom-webhook/ict"
STAND_INS = {"quick-scheduled", "quick", "long"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("project"), scheduled=True)


@pytest.fixture(scope="module")
async def prefect(
    project: Path, tmp_path_factory: pytest.TempPathFactory, prefect_homes: PrefectHomes
) -> AsyncIterator[PrefectServer]:
    home = tmp_path_factory.mktemp("home")
    await prefect_homes.furnish(home)
    async with open_rekey(Settings(home=home)) as rekey:
        store = (await rekey.queue.store()).id
    async with PrefectServer(home=home, root=ROOT, store=store) as server:
        # Ours are looked at and run by hand here; on their schedules they would want the real systems.
        await server.pause_schedules(True)
        await server.deploy(project)
        await server.pause_schedules(True)
        yield server


async def post(server: PrefectServer, path: str, body: dict[str, Any]) -> Any:
    return await server.api._read(path, body)


async def runs_of(server: PrefectServer, deployment: str) -> list[dict[str, Any]]:
    found = await server.api.deployment(deployment)
    return await post(server, "/flow_runs/filter", {"deployments": {"id": {"any_": [found["id"]]}}})


# ---- what Prefect knows reaches people: first, while no run of ours has failed -----------------------
@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with a_hook() as found:
        yield found


async def test_a_failed_run_stands_until_one_ends_well(prefect: PrefectServer) -> None:
    watched = PrefectWatched(prefect.api)
    facts = await watched.facts()
    assert (facts.answers, facts.worker, list(facts.failed)) == (True, True, [])
    with another_home(prefect):
        assert await ended(prefect, "housekeeping") == "FAILED"
    [failed] = (await watched.facts()).failed
    assert (failed.deployment, failed.process) == ("housekeeping", None)
    assert await ended(prefect, "housekeeping") == "COMPLETED"
    assert list((await watched.facts()).failed) == []
    assert await ended(prefect, "reconcile-missed-bins") == "FAILED"  # no system has an address here
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
        assert await ended(prefect, "housekeeping") == "FAILED"

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


# ---- Prefect itself ---------------------------------------------------------------------------
async def test_server_is_healthy_and_its_ui_calls_it(prefect: PrefectServer) -> None:
    assert await prefect.api.healthy()
    async with httpx.AsyncClient(trust_env=False) as http:
        settings = (await http.get(f"{prefect.ui_url}/ui-settings")).json()
    assert settings["api_url"] == "/api", "where the page came from, also through a tunnel"


async def test_all_deployments_of_the_file_are_there(prefect: PrefectServer) -> None:
    found = {each["name"]: each for each in await prefect.api.deployments()}
    assert set(found) == OURS | STAND_INS
    assert found["quick-scheduled"]["parameters"]["store"] == await store_of(prefect)
    assert {each["work_pool_name"] for each in found.values()} == {"rekey"}


async def test_our_schedules_are_in_uk_time(prefect: PrefectServer) -> None:
    for name in OURS:
        [schedule] = (await prefect.api.deployment(name))["schedules"]
        assert schedule["schedule"]["timezone"] == "Europe/London"
        assert schedule["active"]


async def test_the_form_of_a_run_explains_itself(prefect: PrefectServer) -> None:
    fields = (await prefect.api.deployment("work-missed-bins"))["parameter_openapi_schema"]["properties"]
    assert fields["process"]["enum"] == names()
    assert (fields["sessions"]["minimum"], fields["sessions"]["maximum"]) == (1, 8)
    assert all(field["description"].endswith(".") for field in fields.values())
    assert fields["shadow"]["title"] == "Rehearsal"


async def test_a_parameter_out_of_bounds_is_refused_at_once(prefect: PrefectServer) -> None:
    with pytest.raises(RekeyError, match="greater than the maximum of 8"):
        await prefect.run_deployment("work-missed-bins", {"sessions": 9})


async def test_our_flow_runs_and_shows_its_summary(prefect: PrefectServer) -> None:
    run = await prefect.run_deployment("housekeeping")
    state = await prefect.wait_for(run, seconds=PATIENCE)
    assert state.type == "COMPLETED", state
    only = {"artifacts": {"flow_run_id": {"any_": [str(run)]}}}
    [artifact] = await post(prefect, "/artifacts/filter", only)
    assert "# Housekeeping" in artifact["data"]


async def test_our_flow_fails_with_a_sentence_and_no_traceback(prefect: PrefectServer) -> None:
    """The deployment carries the id of a store that is not there any more."""
    home = prefect.logs.parent
    for file in home.glob("rekey.db*"):
        file.rename(home / f"kept-{file.name}")
    run = await prefect.run_deployment("housekeeping")
    state = await prefect.wait_for(run, seconds=PATIENCE)
    for file in home.glob("kept-*"):
        file.replace(home / file.name.removeprefix("kept-"))
    assert state.type == "FAILED"
    assert state.message.startswith("This worker opened another store")

    async def all_logs() -> str:
        logs = json.dumps(
            await post(prefect, "/logs/filter", {"logs": {"flow_run_id": {"any_": [str(run)]}}})
        )
        return logs if "Finished in state" in logs else ""  # they arrive in batches, after the state

    logs = await until(all_logs)
    assert "other-store" in logs
    assert "Traceback" not in logs


async def test_a_scheduled_run_appears_and_executes_by_itself(prefect: PrefectServer, project: Path) -> None:
    """With some versions of Prefect's parts the UI looks healthy and no run is ever scheduled."""

    async def one_completed() -> bool:
        runs = await runs_of(prefect, "quick-scheduled")
        return any(run["auto_scheduled"] and run["state_type"] == "COMPLETED" for run in runs)

    scheduled = (await prefect.api.deployment("quick-scheduled"))["id"]
    await prefect.api.pause_deployment(scheduled, False)
    await until(one_completed)
    await prefect.api.pause_deployment(scheduled, True)
    assert {"word": "by-schedule", "store": await store_of(prefect)} in words(project)


async def test_a_run_by_hand_gets_its_parameters_and_its_message(
    prefect: PrefectServer, project: Path
) -> None:
    run = await prefect.run_deployment("quick", {"word": "given"})
    state = await prefect.wait_for(run, seconds=PATIENCE)
    assert (state.type, state.message) == ("COMPLETED", "1 done")
    assert {"word": "given", "store": None} in words(project)


async def test_events_of_a_run_arrive(prefect: PrefectServer) -> None:
    run = await prefect.run_deployment("quick")
    await prefect.wait_for(run, seconds=PATIENCE)

    async def arrived() -> Any:
        only = {"filter": {"event": {"name": ["rekey.item.exception"]}}}
        events = (await post(prefect, "/events/filter", only))["events"]
        return [event for event in events if str(run) in json.dumps(event["related"])]

    [event] = await until(arrived)
    assert event["resource"]["prefect.resource.id"] == "rekey.item.42"


async def test_cancelling_lets_the_item_in_hand_finish(prefect: PrefectServer, project: Path) -> None:
    run = await start_and_see(prefect, project, "long", "polite")
    await prefect.cancel(run)
    state = await prefect.wait_for(run, seconds=PATIENCE)
    assert state.type == "CANCELLED", state
    # A run that did not end by itself is killed after 30 seconds, and writes nothing.
    finished = json.loads((project / "polite.finished").read_text())
    assert finished["child"] == 0, "the signal reached the processes below the run"
    assert finished["items"] == int((project / "polite.started").read_text()) + 1


async def test_one_run_at_a_time(prefect: PrefectServer, project: Path) -> None:
    first = await start_and_see(prefect, project, "long", "first")
    second = await prefect.wait_for(
        await prefect.run_deployment("long", {"mark": "second"}), seconds=PATIENCE
    )
    assert second.type == "CANCELLED"
    assert not (project / "second.started").exists()
    await prefect.cancel(first)
    await prefect.wait_for(first, seconds=PATIENCE)


async def test_schedules_rest_and_go_on(prefect: PrefectServer) -> None:
    await prefect.pause_schedules(False)
    assert not any(each["paused"] for each in await prefect.api.deployments())
    await prefect.pause_schedules(True)
    assert all(each["paused"] for each in await prefect.api.deployments())


async def test_what_a_person_set_stays_when_deployed_again(prefect: PrefectServer) -> None:
    """Schedules that were switched off, and times that an owner set in the console."""
    work = await prefect.api.deployment("work-missed-bins")
    planner = PrefectPlanner(prefect.access)
    [intake, *_] = await planner.deployed(["missed-bins"])
    noon = timetable([5], 12 * 60 + 15)
    await planner.set_times("missed-bins", Kind.INTAKE, noon, intake.seen)
    one = f"/deployments/{work['id']}/schedules/{work['schedules'][0]['id']}"
    await prefect.api._ask("PATCH", one, {"active": False})
    await prefect.pause_schedules(True)
    before = await prefect.api.resting()
    off = {("work-missed-bins", "working-hours"), ("intake-missed-bins", "working-hours")}
    assert before.schedules == off
    await prefect.deploy()
    assert await prefect.api.resting() == before
    [intake, *_] = await planner.deployed(["missed-bins"])
    assert intake.tables == [noon]
    assert intake.delivered is not None
    assert [one.words() for one in intake.delivered] == [
        "every 15 minutes from 7am to 6:45pm, Monday to Friday"
    ]
    await planner.close()


async def test_a_server_that_is_busy_is_asked_again(prefect: PrefectServer) -> None:
    async with PrefectApi(prefect.access, answers_within=0.3) as api, frozen(prefect):
        asked = asyncio.create_task(api.deployment("quick"))
        assert await not_answered(api)
        assert not asked.done()
        thaw(prefect)
        assert (await asked)["name"] == "quick"


async def test_a_server_that_never_answers_is_one_sentence(prefect: PrefectServer) -> None:
    async with PrefectApi(prefect.access, answers_within=0.2, busy_for=0.5) as api, frozen(prefect):
        with pytest.raises(RekeyError, match="prefect-not-answering"):
            await api.deployments()


async def test_a_server_that_has_ended_is_one_sentence_at_once() -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    async with PrefectApi(PrefectAccess(address=ui_address(port))) as api:
        with pytest.raises(RekeyError, match="Its server has ended"):
            await api.deployments()


async def test_unknown_deployment_is_one_sentence(prefect: PrefectServer) -> None:
    with pytest.raises(RekeyError, match="no deployment named nothing"):
        await prefect.run_deployment("nothing")


async def test_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError) as caught:
            async with PrefectServer(home=tmp_path, root=tmp_path, port=port):
                pass
    assert caught.value.code == "prefect-port-in-use"
    assert str(port) in caught.value.sentence


async def store_of(prefect: PrefectServer) -> Any:
    return (await prefect.api.deployment("housekeeping"))["parameters"]["store"]


def words(project: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (project / "ran.log").read_text().splitlines()]


@asynccontextmanager
async def frozen(prefect: PrefectServer) -> AsyncIterator[None]:
    """The real server takes connections and answers none, as on a machine with too much to do."""
    server(prefect).suspend()
    try:
        yield
    finally:
        thaw(prefect)


def thaw(prefect: PrefectServer) -> None:
    server(prefect).resume()


def server(prefect: PrefectServer) -> psutil.Process:
    [listening] = [each for each in prefect._watched if each.name == "prefect-server"]
    return psutil.Process(listening.process.pid)


async def not_answered(api: PrefectApi) -> bool:
    """Whether a question was left unanswered for as long as this connection waits for one."""
    return await api._answer("GET", "/health", None) is None


async def ended(prefect: PrefectServer, deployment: str) -> str:
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
