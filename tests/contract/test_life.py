"""Whether a worker is dead: proved by its lock and its words, never by the name of a machine or a number."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from bots.engine.home import life
from bots.engine.home.life import Workers, worker_of
from bots.engine.screens.browser import end_browser
from bots.engine.settings import ROOT
from bots.engine.store.database.database import connect
from bots.engine.store.work import lives
from bots.engine.store.work.lives import StoreLives
from bots.engine.store.work.queue import SqlQueue

_OTHER = """
import asyncio, sys
from pathlib import Path
from bots.engine.home.life import Workers
from bots.engine.store.database.database import connect
from bots.engine.store.database.database import connect
from bots.engine.store.work.lives import StoreLives

async def live():
    workers = Workers(Path(sys.argv[1]), StoreLives(connect(sys.argv[2])), "one-name/1/other")
    await workers.begin()
    print("alive", flush=True)
    await asyncio.Event().wait()

asyncio.run(live())
"""
OTHER = "one-name/1/other"


@contextmanager
def another(home: Path, url: str) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own, by the same name of machine and number of process as everybody."""
    process = subprocess.Popen(
        [sys.executable, "-c", _OTHER, str(home), url], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "alive\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[tuple[str, StoreLives]]:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    database = connect(url)
    await SqlQueue.open(database, "test")
    yield url, StoreLives(database)
    await database.close()


@pytest.fixture
async def workers(tmp_path: Path, store: tuple[str, StoreLives]) -> AsyncIterator[Workers]:
    mine = Workers(tmp_path / "home", store[1], "one-name/1/mine")
    await mine.begin()
    yield mine
    await mine.end()


async def test_a_worker_that_lives_or_stands_still_is_not_dead(
    workers: Workers, tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    with another(tmp_path / "home", store[0]) as process:
        assert not await workers.dead(OTHER)
        process.send_signal(signal.SIGSTOP)
        assert not await workers.dead(OTHER)
        process.send_signal(signal.SIGCONT)


async def test_a_worker_that_was_killed_is_dead_at_once(
    workers: Workers, tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    with another(tmp_path / "home", store[0]) as process:
        process.kill()
        process.wait()
        assert await workers.dead(OTHER)
    await workers.bury(OTHER)
    assert await workers.dead(OTHER), "it is written down"
    assert not list((tmp_path / "home" / life.FOLDER).glob("other.*"))


async def test_a_worker_of_a_cloned_machine_is_not_judged(
    workers: Workers, tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    """The home is a copy: the lock is free in it, and every name of machine and process is the same."""
    clone = tmp_path / "clone"
    with patch.object(life, "BEAT", 0.05), another(tmp_path / "home", store[0]):
        first = await store[1].life(OTHER)
        shutil.copytree(tmp_path / "home", clone)
        elsewhere = Workers(clone, store[1], "one-name/1/elsewhere")
        await elsewhere.begin()
        try:
            # As soon as it gave two signs of life more, the copy knows nothing.
            await _said(workers, store[1], first.word if first else "")
            assert not await elsewhere.dead(OTHER)
            (clone / life.FOLDER / "other.lock").unlink()
            assert not await elsewhere.dead(OTHER)
        finally:
            await elsewhere.end()


async def _said(workers: Workers, store: StoreLives, word: str) -> None:
    """The other worker's sign of life, given in its place: its own come too seldom for a test."""
    for number in range(2):
        assert await store.beat(OTHER, [word], f"word-{number}") is not None
        word = f"word-{number}"


async def test_a_worker_of_which_nothing_is_known_is_not_judged(workers: Workers) -> None:
    assert not await workers.dead("another/7/unknown")
    assert not await workers.dead("")
    assert not await workers.dead(workers.name), "nobody is dead to himself"


async def test_a_worker_that_is_silent_for_long_is_counted_out(
    workers: Workers, store: tuple[str, StoreLives]
) -> None:
    """And learns of it at its next sign of life."""
    await store[1].begin(OTHER, "a word")
    assert not await workers.count_out(OTHER)
    assert await store[1].beat(OTHER, ["a word"], "another") is False
    with patch.object(lives, "SILENCE", 0.0):
        assert not await workers.count_out(workers.name), "nobody counts himself out"
        assert not await workers.count_out("another/7/unknown")
        assert await workers.count_out(OTHER)
    assert await workers.count_out(OTHER)
    assert not await workers.dead(OTHER), "what has no gate may still act, and people are told"
    assert await store[1].beat(OTHER, ["another"], "one more") is None


async def test_a_browser_that_is_not_seen_is_no_proof() -> None:
    assert await end_browser("no-such-word") is None


async def test_its_own_life_is_interrupted_when_a_copy_of_it_lives(
    tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    with patch.object(life, "BEAT", 0.01):
        mine = Workers(tmp_path / "home", store[1], "one-name/1/mine")
        await mine.begin()
        found = None
        while not mine.interrupted.is_set():  # whichever of the two is later is the one that ends
            known = await store[1].life(mine.name)
            assert known is not None
            found = await store[1].beat(mine.name, [known.word], "the copy's")
            await asyncio.sleep(0)
        assert "Another copy" in mine.why
        await mine.end()
    assert found is not None


async def test_what_else_is_written_down_while_it_lives(
    tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    came = asyncio.Event()

    async def on_beat() -> None:
        came.set()

    with patch.object(life, "BEAT", 0.01):
        mine = Workers(tmp_path / "home", store[1], "one-name/1/mine", on_beat)
        await mine.begin()
        await asyncio.wait_for(came.wait(), 30)
        await mine.end()


async def test_whose_licences_come_back(
    workers: Workers, tmp_path: Path, store: tuple[str, StoreLives]
) -> None:
    queue = await SqlQueue.open(connect(store[0]), "test")
    assert await queue.take_licence("waste", 3, f"{OTHER}/1", 60)
    assert await queue.take_licence("waste", 3, f"{workers.name}/1", 60)
    assert await queue.take_licence("waste", 3, "another/7/unknown/1", 60)
    with another(tmp_path / "home", store[0]) as process:
        assert await workers.dead_holders("waste") == []
        process.kill()
        process.wait()
        assert await workers.dead_holders("waste") == [f"{OTHER}/1"]
    await queue.close()


def test_a_holder_names_its_worker() -> None:
    assert worker_of("host/7/abc/2") == "host/7/abc"
    assert worker_of("host/7/abc/strays") == "host/7/abc"
