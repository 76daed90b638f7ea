"""A line that goes silent while a case is saved: nothing of it arrives later than the bot believes."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from unittest.mock import patch

import pytest

from bots.engine.screens.wire.asked import Asked
from bots.engine.screens.wire.upstream import Upstream
from bots.engine.settings import ROOT
from bots.engine.store.database.database import connect
from tests.far import Line, can_cut, far_target
from tests.tiny import Bench, Target, open_queue

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not can_cut(), reason="wants root and `ip` to make a line that can be cut"),
]


@pytest.mark.parametrize("seconds", [27, 45, 60, 150])
@pytest.mark.parametrize("where", ["body", "last byte"])
@pytest.mark.parametrize("worker", ["alive", "killed", "stopped"])
async def test_a_line_that_is_cut_at_the_save(tmp_path: Path, worker: str, where: str, seconds: int) -> None:
    with far_target(tmp_path) as line:
        command = [sys.executable, "-m", "tests.acceptance.test_line_cut", str(tmp_path), line.name, where]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:  # noqa: ASYNC220
            assert first.stdout is not None
            assert first.stdout.readline() == "cut\n"
            if worker == "killed":
                first.kill()
            elif worker == "stopped":
                os.kill(first.pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)  # the length of the cut is what is tried
            line.mend()
            if worker == "stopped":
                os.kill(first.pid, signal.SIGCONT)
            await asyncio.sleep(10)  # for what may arrive late
            async with bench_of(tmp_path, line) as bench:
                await bench.work(worker="w2", patience=15)
                await bench.add("K2")
                await bench.work(worker="w2", patience=15)
                states, saved = await bench.states(), Counter(line.keys())
        assert max(saved.values()) == 1, "twice"
        assert states["done"] == len(saved), "what is done was saved"
        assert states["done"] + states["in_doubt"] + states["exception"] == 2, "all others are told"


def bench_of(folder: Path, line: Line) -> AbstractAsyncContextManager[Bench]:
    target = Target()
    target.url = line.url
    return open_queue(target, folder, connect(f"sqlite:///{folder / 'rekey.db'}"))


async def _first(folder: Path, name: str, where: str) -> None:
    line = Line(name=name, url="http://10.77.2.2:8080", saves=folder / "saves.txt")
    shoot, delivered = Upstream.shoot, Upstream._delivered

    async def cut_before_it(self: Upstream, asked: Asked, may_send: Callable[[], bool]) -> bool:
        line.cut()
        print("cut", flush=True)
        return await shoot(self, asked, may_send)

    async def cut_after_it(self: Upstream) -> None:
        await delivered(self)
        line.cut()
        print("cut", flush=True)

    body = where == "body"
    instead = (
        patch.object(Upstream, "shoot", cut_before_it)
        if body
        else patch.object(Upstream, "_delivered", cut_after_it)
    )
    async with bench_of(folder, line) as bench:
        await bench.add("K1")
        with instead:
            await bench.work(lease=10.0)


if __name__ == "__main__":
    asyncio.run(_first(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
