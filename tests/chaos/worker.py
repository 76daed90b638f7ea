"""A real worker process that kills or freezes itself at a named point.

    python -m tests.chaos.worker SETTINGS.json [--at POINT --how KILL|STOP [--pass N]] [--max-items N]

It prints one JSON line when it ends by itself, and `at POINT` before it is killed or frozen.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path

from bots.engine.core.points import OnPoint, Point, pass_by
from bots.engine.settings import Settings
from bots.wiring import open_rekey

PROCESS = "missed-bins"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("settings", type=Path)
    parser.add_argument("--at", type=Point)
    parser.add_argument("--how", choices=["KILL", "STOP"], default="KILL")
    parser.add_argument("--pass", type=int, default=1, dest="passes")
    parser.add_argument("--max-items", type=int)
    parser.add_argument("--sessions", type=int, default=1)
    asked = parser.parse_args()
    settings = Settings.model_validate_json(asked.settings.read_text(encoding="utf-8"))
    on_point = struck(asked.at, asked.how, asked.passes) if asked.at else pass_by
    asyncio.run(work(settings, on_point, asked.max_items, asked.sessions))


def struck(at: Point, how: str, passes: int) -> OnPoint:
    """A hook that strikes this very process the N-th time that it comes by a point."""
    left = passes

    def strike(point: Point) -> None:
        nonlocal left
        if point is not at:
            return
        left -= 1
        if left == 0:
            print(f"at {point}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL if how == "KILL" else signal.SIGSTOP)

    return strike


async def work(settings: Settings, on_point: OnPoint, max_items: int | None, sessions: int) -> None:
    async with open_rekey(settings, on_point=on_point) as rekey:
        summary = await rekey.work(PROCESS, sessions=sessions, max_items=max_items)
    json.dump(asdict(summary), sys.stdout)
    print(flush=True)


if __name__ == "__main__":
    main()
