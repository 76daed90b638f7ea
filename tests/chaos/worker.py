"""A real worker process that kills or freezes itself at a named point.

    python -m tests.chaos.worker SETTINGS.json [--process NAME] [--max-items N] [--sessions N]
                                 [--at POINT --how KILL|STOP [--pass N] [--step STEP]]

It prints one JSON line when it ends by itself, and `at POINT` before it is killed or frozen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bots.engine.core.points import OnPoint, Point, pass_by
from bots.engine.core.step import Step
from bots.engine.keying import Keyed, Keying
from bots.engine.settings import Settings
from bots.wiring import open_rekey


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("--at", type=Point)
    parser.add_argument("--how", choices=["KILL", "STOP"], default="KILL")
    parser.add_argument("--pass", type=int, default=1, dest="passes")
    parser.add_argument("--step", help="only while this step is keyed")
    parser.add_argument("--process", default="missed-bins")
    parser.add_argument("--max-items", type=int)
    parser.add_argument("--sessions", type=int, default=1)
    asked = parser.parse_args()
    settings = Settings.model_validate_json(asked.settings.read_text(encoding="utf-8"))
    on_point = struck(asked.at, asked.how, asked.passes, asked.step) if asked.at else pass_by
    asyncio.run(work(settings, asked.process, on_point, asked.max_items, asked.sessions))


def struck(at: Point, how: str, passes: int, step: str | None) -> OnPoint:
    """A hook that strikes this very process the N-th time that it comes by a point."""
    left, keyed = passes, keyed_step()

    def strike(point: Point) -> None:
        nonlocal left
        if point is not at or (step is not None and step != keyed()):
            return
        left -= 1
        if left == 0:
            print(f"at {point}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL if how == "KILL" else signal.SIGSTOP)

    return strike


def keyed_step() -> Callable[[], str | None]:
    """Tells the step that is keyed now; of one session only."""
    now: list[str] = []
    real = Keying.step

    async def step(self: Keying, which: Step[Any], *rest: Any) -> Keyed:
        now.append(which.name)
        try:
            return await real(self, which, *rest)
        finally:
            now.pop()

    Keying.step = step  # type: ignore[method-assign]
    return lambda: now[-1] if now else None


async def work(
    settings: Settings, process: str, on_point: OnPoint, max_items: int | None, sessions: int
) -> None:
    async with open_rekey(settings, on_point=on_point) as rekey:
        summary = await rekey.work(process, sessions=sessions, max_items=max_items)
    json.dump(asdict(summary), sys.stdout)
    print(flush=True)


if __name__ == "__main__":
    main()
