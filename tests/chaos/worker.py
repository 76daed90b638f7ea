"""A real worker process that kills or freezes itself at a named point.

    python -m tests.chaos.worker SETTINGS.json [--process NAME] [--max-items N] [--sessions N]
                                 [--at POINT --how KILL|STOP [--pass N] [--step STEP]]
                                 [--machine NAME] [--retry-wait SECONDS] [--silence SECONDS]
                                 [--without GUARD] [--flow]

It prints one JSON line when it ends by itself, and `at POINT` before it is killed or frozen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bots.assembly.worker import open_rekey
from bots.engine.core.points import OnPoint, Point, pass_by
from bots.engine.keying.protocol import Keying
from bots.engine.keying.proving import Keyed
from bots.engine.keying.task import Task
from bots.engine.settings import Settings
from bots.engine.store.database.database import SqliteDatabase
from bots.engine.store.work import lives
from bots.processes.registry import PROCESSES


def main() -> None:
    asked = _parser().parse_args()
    settings = Settings.model_validate_json(asked.settings.read_text(encoding="utf-8"))
    if asked.machine:
        socket.gethostname = lambda: asked.machine
    if asked.retry_wait is not None:
        _impatient(asked.process, asked.retry_wait)
    if asked.silence is not None:
        lives.SILENCE = asked.silence
    if asked.without:
        from tests.chaos.without import WITHOUT

        WITHOUT[asked.without]()
    if asked.how == "STOP":
        marked_transactions()
    on_point = struck(asked.at, asked.how, asked.passes, asked.step) if asked.at else pass_by
    run = _flow if asked.flow else _work
    asyncio.run(run(settings, asked.process, on_point, asked.max_items, asked.sessions))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("--at", type=Point)
    parser.add_argument("--how", choices=["KILL", "STOP"], default="KILL")
    parser.add_argument("--pass", type=int, default=1, dest="passes")
    parser.add_argument("--step", help="only while this step is keyed")
    parser.add_argument("--process", default="missed-bins")
    parser.add_argument("--max-items", type=int)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--machine", help="the name that this machine goes by")
    parser.add_argument("--retry-wait", type=float, help="seconds until a system exception is tried again")
    parser.add_argument("--silence", type=float, help="seconds after which a worker counts as gone")
    parser.add_argument("--without", help="one of the guards")
    parser.add_argument("--flow", action="store_true", help="as a flow run under Prefect")
    return parser


def _impatient(process: str, wait: float) -> None:
    real = PROCESSES[process]
    PROCESSES[process] = replace(real, retry=replace(real.retry, wait=wait))


def struck(at: Point, how: str, passes: int, step: str | None) -> OnPoint:
    """A hook that strikes this very process the N-th time that it comes by a point."""
    left, keyed = passes, keyed_steps()

    def strike(point: Point) -> None:
        nonlocal left
        if point is not at or (step is not None and not keyed[step]):
            return
        left -= 1
        if left == 0:
            print(f"at {point}", flush=True)
            if how == "KILL":
                os.kill(os.getpid(), signal.SIGKILL)
            # In a transaction it would hold SQLite's one lock, and nobody could work until it wakes: for that
            # there is `test_a_store_that_is_locked_for_longer_than_a_lease`.
            with IN_A_TRANSACTION:
                os.kill(os.getpid(), signal.SIGSTOP)

    return strike


IN_A_TRANSACTION = threading.Lock()


def marked_transactions() -> None:
    """The lock is held while this process is in a transaction of SQLite."""
    real = SqliteDatabase._run

    def run(self: SqliteDatabase, transaction: Any) -> Any:
        with IN_A_TRANSACTION:
            return real(self, transaction)

    SqliteDatabase._run = run  # type: ignore[method-assign]


def keyed_steps() -> Counter[str]:
    """The steps that are keyed now, over all sessions."""
    now: Counter[str] = Counter()
    real = Keying.step

    async def step(self: Keying, task: Task) -> Keyed:
        now[task.step.name] += 1
        try:
            return await real(self, task)
        finally:
            now[task.step.name] -= 1

    Keying.step = step  # type: ignore[method-assign]
    return now


async def _work(
    settings: Settings, process: str, on_point: OnPoint, max_items: int | None, sessions: int
) -> None:
    async with open_rekey(settings, on_point=on_point) as rekey:
        summary = await rekey.work(process, sessions=sessions, max_items=max_items)
    json.dump(asdict(summary), sys.stdout)
    print(flush=True)


async def _flow(
    settings: Settings, process: str, on_point: OnPoint, max_items: int | None, sessions: int
) -> None:
    """The same as a run of the flow that ships; Prefect's address comes with the environment."""
    from flows import work

    work.load_settings = lambda: settings  # type: ignore[attr-defined]
    work.open_rekey = _bound(open_rekey, on_point)  # type: ignore[attr-defined]
    await work.work(process=process, sessions=sessions, max_items=max_items, return_state=True)
    print("{}", flush=True)


def _bound(opening: Callable[..., Any], on_point: OnPoint) -> Callable[..., Any]:
    return lambda settings, store_id=None: opening(settings, store_id=store_id, on_point=on_point)


if __name__ == "__main__":
    main()
