"""Starting worker processes from tests."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from bots.engine.core.points import Point
from bots.engine.settings import ROOT, Settings


async def start(settings: Settings, *options: str) -> asyncio.subprocess.Process:
    file = settings.home / "worker.json"
    file.write_text(settings.model_dump_json(), encoding="utf-8")
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.chaos.worker", str(file), *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def struck_at(
    settings: Settings, point: Point, how: str = "KILL", *more: str
) -> asyncio.subprocess.Process:
    """A worker that was just killed or frozen at a point."""
    process = await start(settings, "--at", point.value, "--how", how, *more)
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), 60)
    assert line.decode().strip() == f"at {point}", line + await _errors(process)
    if how == "KILL":
        await process.wait()
    return process


async def to_the_end(settings: Settings, *options: str) -> dict[str, Any]:
    """Run a worker until it ends by itself; what it says it did."""
    return await ended(await start(settings, *options))


async def ended(process: asyncio.subprocess.Process) -> dict[str, Any]:
    out, errors = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, errors.decode()[-3000:]
    summary: dict[str, Any] = json.loads(out.decode().strip().splitlines()[-1])
    return summary


async def _errors(process: asyncio.subprocess.Process) -> bytes:
    if process.stderr is None:
        return b""
    return (await asyncio.wait_for(process.stderr.read(), 10))[-3000:]
