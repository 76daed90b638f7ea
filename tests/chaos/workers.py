"""Starting worker processes from tests."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from bots.engine.core.points import Point
from bots.engine.settings import ROOT, Settings


async def start(
    settings: Settings,
    *options: str,
    environment: Mapping[str, str] | None = None,
    errors: Path | None = None,
) -> asyncio.subprocess.Process:
    """A worker process. `errors`: a file to which its error output is added, in place of a pipe."""
    file = settings.home / "worker.json"
    text = settings.model_dump_json()
    if not file.is_file() or file.read_text(encoding="utf-8") != text:  # others may be reading it
        file.write_text(text, encoding="utf-8")
    with errors.open("ab") if errors else nullcontext(asyncio.subprocess.PIPE) as stderr:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.chaos.worker", str(file), *options),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **(environment or {})},
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
