"""A small project in place of ours, whose flows show how Prefect treats a run. Not a test itself."""

from __future__ import annotations

import asyncio
import inspect
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from bots.prefect_host.server import PrefectServer

HOST = "127.0.0.1"
PATIENCE = 180.0
"""Seconds that a test waits for what must come: a machine with too much to do is late, and not wrong."""

FLOWS = '''
import asyncio
import json
import subprocess
import sys
from pathlib import Path

from prefect import flow
from prefect.events import emit_event
from prefect.states import Cancelled, Completed

from flows.boundary import concluded
from flows.stopping import stop_on_signal


@flow
async def quick(word: str = "none", store: str | None = None):
    Path("ran.log").open("a").write(json.dumps({"word": word, "store": store}) + "\\n")
    emit_event("rekey.item.exception", resource={"prefect.resource.id": "rekey.item.42"}, payload={})
    return Completed(message="1 done")


@flow
async def ours(process: str = "missed-bins", store: str | None = None):
    return await concluded(_ours())


async def _ours():
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
'''

PROJECT = """
name: stand-in
definitions:
  pool: &pool {name: rekey}
deployments:
  - name: quick
    entrypoint: stand_in.py:quick
    parameters: {word: by-hand}
    work_pool: *pool
  - name: long
    entrypoint: stand_in.py:long
    concurrency_limit: {limit: 1, collision_strategy: CANCEL_NEW}
    work_pool: *pool
"""

SCHEDULED = """\
  - name: quick-scheduled
    entrypoint: stand_in.py:quick
    parameters: {word: by-schedule, store: "{{ $REKEY_STORE }}"}
    schedules: [{interval: 5}]
    work_pool: *pool
"""


OURS = """\
  - name: ours
    entrypoint: stand_in.py:ours
    parameters: {process: missed-bins, store: "{{ $REKEY_STORE }}"}
    work_pool: *pool
"""


def write_project(root: Path, *, scheduled: bool = False, ours: bool = False) -> Path:
    text = PROJECT + (SCHEDULED if scheduled else "") + (OURS if ours else "")
    (root / "stand_in.py").write_text(FLOWS)
    (root / "prefect.yaml").write_text(text)
    return root


async def until(condition: Any, seconds: float = PATIENCE) -> Any:
    """The first true answer of `condition`; files and Prefect's tables have no event to await."""
    deadline = time.monotonic() + seconds
    while not (answer := await condition() if inspect.iscoroutinefunction(condition) else condition()):
        assert time.monotonic() < deadline, "the condition never came true"
        await asyncio.sleep(0.1)
    return answer


async def start_and_see(prefect: PrefectServer, project: Path, deployment: str, mark: str) -> UUID:
    run = await prefect.run_deployment(deployment, {"mark": mark})
    await until((project / f"{mark}.started").exists, 60)
    return run
