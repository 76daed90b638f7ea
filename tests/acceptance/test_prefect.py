"""Prefect as Rekey uses it: a real server and worker, with small stand-in flows in place of ours.

One server serves the whole module; it costs about ten seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest

from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.prefect_server import PrefectServer

HOST = "127.0.0.1"

FLOWS = '''
import asyncio
import json
import subprocess
import sys
from pathlib import Path

from prefect import flow
from prefect.events import emit_event
from prefect.states import Cancelled, Completed

from flows.stopping import stop_on_signal


@flow
async def quick(word: str = "none", store: str | None = None):
    Path("ran.log").open("a").write(json.dumps({"word": word, "store": store}) + "\\n")
    emit_event("rekey.item.exception", resource={"prefect.resource.id": "rekey.item.42"}, payload={})
    return Completed(message="1 done")


@flow
async def long(mark: str = "none"):
    """Works item by item until it is asked to stop; an item takes one second and uses a child process."""
    with stop_on_signal() as stop:
        items = 0
        while not stop.is_set():
            Path(f"{mark}.started").write_text(str(items))
            # The child stands for the browser's driver: if the signal reached it, the item would be lost.
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", "import time; time.sleep(1)", stdout=subprocess.DEVNULL
            )
            status = await child.wait()
            items += 1
            Path(f"{mark}.finished").write_text(json.dumps({"items": items, "child": status}))
        return Cancelled(message=f"Stopped after {items} items.")


@flow
async def deaf(mark: str = "none"):
    """Never ends by itself and ignores the request to."""
    with stop_on_signal():
        Path(f"{mark}.started").write_text("")
        await asyncio.Event().wait()
'''

PROJECT = """
name: stand-in
pull:
  - prefect.deployments.steps.set_working_directory:
      directory: "{{ $REKEY_ROOT }}"
definitions:
  pool: &pool
    name: rekey
    job_variables: {command: python -m prefect.engine}
deployments:
  - name: quick-scheduled
    entrypoint: stand_in.py:quick
    parameters: {word: by-schedule, store: "{{ $REKEY_STORE }}"}
    schedules: [{interval: 5}]
    work_pool: *pool
  - name: quick
    entrypoint: stand_in.py:quick
    parameters: {word: by-hand}
    work_pool: *pool
  - name: long
    entrypoint: stand_in.py:long
    concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
    work_pool: *pool
  - name: deaf
    entrypoint: stand_in.py:deaf
    work_pool: *pool
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "stand_in.py").write_text(dedent(FLOWS))
    (root / "prefect.yaml").write_text(dedent(PROJECT))
    return root


@pytest.fixture(scope="module")
async def prefect(project: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[PrefectServer]:
    home = tmp_path_factory.mktemp("home")
    async with PrefectServer(home=home, root=project, store="store-1") as server:
        yield server


async def until(condition: Any, seconds: float = 30) -> Any:
    """The first true answer of `condition`; files and Prefect's tables have no event to await."""
    deadline = time.monotonic() + seconds
    while not (answer := await condition() if inspect.iscoroutinefunction(condition) else condition()):
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.1)
    return answer


async def runs_of(server: PrefectServer, deployment: str) -> list[dict[str, Any]]:
    found = await server.api.deployment(deployment)
    async with httpx.AsyncClient(base_url=server.api_url, trust_env=False) as http:
        only = {"deployments": {"id": {"any_": [found["id"]]}}}
        answer = await http.post("/flow_runs/filter", json=only)
        return answer.raise_for_status().json()


async def test_server_is_healthy_and_its_ui_calls_it(prefect: PrefectServer) -> None:
    assert await prefect.api.healthy()
    async with httpx.AsyncClient(trust_env=False) as http:
        settings = (await http.get(f"{prefect.ui_url}/ui-settings")).json()
    assert settings["api_url"] == prefect.api_url


async def test_all_deployments_of_the_file_are_there(prefect: PrefectServer) -> None:
    found = {each["name"]: each for each in await prefect.api.deployments()}
    assert set(found) == {"quick-scheduled", "quick", "long", "deaf"}
    assert found["quick-scheduled"]["parameters"]["store"] == "store-1"
    assert {each["work_pool_name"] for each in found.values()} == {"rekey"}


async def test_a_scheduled_run_appears_and_executes_by_itself(prefect: PrefectServer, project: Path) -> None:
    """With some versions of Prefect's parts the UI looks healthy and no run is ever scheduled."""

    async def one_completed() -> bool:
        runs = await runs_of(prefect, "quick-scheduled")
        return any(run["auto_scheduled"] and run["state_type"] == "COMPLETED" for run in runs)

    await until(one_completed, 60)
    assert {"word": "by-schedule", "store": "store-1"} in words(project)


async def test_a_run_by_hand_gets_its_parameters_and_its_message(
    prefect: PrefectServer, project: Path
) -> None:
    run = await prefect.run_deployment("quick", {"word": "given"})
    state = await prefect.wait_for(run, seconds=60)
    assert (state.type, state.message) == ("COMPLETED", "1 done")
    assert {"word": "given", "store": None} in words(project)


async def test_events_of_a_run_arrive(prefect: PrefectServer) -> None:
    run = await prefect.run_deployment("quick")
    await prefect.wait_for(run, seconds=60)

    async def arrived() -> Any:
        async with httpx.AsyncClient(base_url=prefect.api_url, trust_env=False) as http:
            only = {"filter": {"event": {"name": ["rekey.item.exception"]}}}
            events = (await http.post("/events/filter", json=only)).raise_for_status().json()["events"]
        return [event for event in events if str(run) in json.dumps(event["related"])]

    [event] = await until(arrived)
    assert event["resource"]["prefect.resource.id"] == "rekey.item.42"


async def test_cancelling_lets_the_item_in_hand_finish(prefect: PrefectServer, project: Path) -> None:
    run = await start_and_see(prefect, project, "long", "polite")
    asked = time.monotonic()
    await prefect.cancel(run)
    state = await prefect.wait_for(run, seconds=60)
    took = time.monotonic() - asked
    finished = json.loads((project / "polite.finished").read_text())
    assert (state.type, took < 30) == ("CANCELLED", True), (state, took)
    assert finished["child"] == 0, "the signal reached the processes below the run"
    assert finished["items"] == int((project / "polite.started").read_text()) + 1


async def test_one_run_at_a_time(prefect: PrefectServer, project: Path) -> None:
    first = await start_and_see(prefect, project, "long", "first")
    second = await prefect.wait_for(await prefect.run_deployment("long", {"mark": "second"}), seconds=60)
    assert second.type == "CANCELLED"
    assert not (project / "second.started").exists()
    await prefect.cancel(first)
    await prefect.wait_for(first, seconds=60)


async def test_schedules_rest_and_go_on(prefect: PrefectServer) -> None:
    await prefect.pause_schedules(True)
    assert all(each["paused"] for each in await prefect.api.deployments())
    await prefect.pause_schedules(False)
    assert not any(each["paused"] for each in await prefect.api.deployments())


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


WATCHER = """
import asyncio, sys
from pathlib import Path
from bots.prefect_server import PrefectServer

async def main(home, root, port):
    async with PrefectServer(home=Path(home), root=Path(root), port=int(port)) as prefect:
        print("ready", await prefect.run_deployment("long", {"mark": "orphan"}), flush=True)
        await prefect.watch()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_life_is_cleared_away_and_a_stopped_one_leaves_nothing(
    project: Path, tmp_path: Path
) -> None:
    port = str(free_port())
    watcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WATCHER, tmp_path, project, port, stdout=asyncio.subprocess.PIPE
    )
    assert watcher.stdout is not None
    orphan = UUID((await watcher.stdout.readline()).split()[1].decode())
    await until((project / "orphan.started").exists, 60)
    with pytest.raises(ConfigurationError, match="already runs here"):
        async with PrefectServer(home=tmp_path, root=project):
            pass
    watcher.kill()
    await watcher.wait()
    left = processes_of(tmp_path)
    assert len(left) >= 3, "server, worker and flow run outlive the one that watched them"

    async with PrefectServer(home=tmp_path, root=project, port=int(port)) as second:
        psutil.wait_procs(left, timeout=5)
        assert not any(process.is_running() for process in left)
        assert (await second.api.state(orphan)).type == "CRASHED"
        # The orphan held the deployment's one slot; it must be free again.
        run = await start_and_see(second, project, "long", "last")
        assert (await second.api.state(run)).type == "RUNNING"
        started = processes_of(tmp_path)
    assert json.loads((project / "last.finished").read_text())["child"] == 0
    assert not any(process.is_running() for process in started)
    assert processes_of(tmp_path) == []


def processes_of(home: Path) -> list[psutil.Process]:
    """All processes that were told to live in this home folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("REKEY_HOME") == str(home) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


async def start_and_see(prefect: PrefectServer, project: Path, deployment: str, mark: str) -> UUID:
    run = await prefect.run_deployment(deployment, {"mark": mark})
    await until((project / f"{mark}.started").exists, 60)
    return run


def words(project: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (project / "ran.log").read_text().splitlines()]
