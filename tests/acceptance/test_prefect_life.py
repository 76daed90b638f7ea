"""How Prefect's processes end: asked to, and when the one that watches them is killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from pathlib import Path
from uuid import UUID

import psutil
import pytest

from bots.engine.core.errors import ConfigurationError
from bots.prefect_host.server import PrefectServer
from tests.acceptance.stand_in import HOST, start_and_see, until, write_project
from tests.prefect_homes import PrefectHomes

WATCHER = """
import asyncio, sys
from pathlib import Path
from bots.prefect_host.server import PrefectServer

async def main(home, root, port):
    async with PrefectServer(home=Path(home), root=Path(root), port=int(port)) as prefect:
        print("ready", await prefect.run_deployment("long", {"mark": "orphan"}), flush=True)
        await prefect.watch()

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.long
async def test_a_killed_life_is_cleared_away_and_a_stopped_one_leaves_nothing(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, prefect_homes: PrefectHomes
) -> None:
    await prefect_homes.furnish(tmp_path)
    project = write_project(tmp_path_factory.mktemp("project"))
    port = str(free_port())
    watcher = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WATCHER, tmp_path, project, port, stdout=asyncio.subprocess.PIPE
    )
    assert watcher.stdout is not None
    orphan = UUID((await watcher.stdout.readline()).split()[1].decode())
    await until((project / "orphan.started").exists)
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
