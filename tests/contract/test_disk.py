"""A full disk and a locked database: what was acknowledged stays, and the rest is one sentence."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.engine.core.errors import SystemException
from bots.engine.core.item import IntentStatus, State
from bots.engine.store.database.database import SqliteDatabase, connect
from bots.engine.store.work.queue import SqlQueue

from .conftest import sql_desk
from .desk import PROCESS, Clock, Desk

_ORDER = ("added", "taken", "intended", "receipted", "done")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a process's files")
@pytest.mark.parametrize("more", [60_000, 200_000, 500_000])
async def test_a_full_disk_takes_nothing_back(tmp_path: Path, more: int) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    await (await SqlQueue.open(connect(url), "test")).close()
    size = max(file.stat().st_size for file in tmp_path.iterdir())
    command = [sys.executable, "-m", "tests.contract.busy", url, str(size + more)]
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr.startswith("The store could not be used"), ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1, "one sentence, no traceback"
    acknowledged = dict(reversed(line.split()) for line in ended.stdout.splitlines())
    assert "done" in acknowledged.values(), "it came some way"

    with sqlite3.connect(tmp_path / "store.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    desk = await sql_desk(connect(url), Clock())
    found = {item.reference: await _reached(desk, item.id) for item in await desk.queue.items(PROCESS)}
    for reference, what in acknowledged.items():
        assert _ORDER.index(found[reference]) >= _ORDER.index(what), reference
    assert await desk.queue.take(PROCESS, "w2", 300) is not None, "with room again it goes on"
    await desk.queue.close()


async def _reached(desk: Desk, item: str) -> str:
    found = await desk.queue.item(item)
    assert found is not None
    if found.state is State.DONE:
        return "done"
    statuses = [intent.status for intent in await desk.queue.intents(item)]
    if IntentStatus.RECEIPTED in statuses:
        return "receipted"
    return "intended" if statuses else "taken" if found.state is State.IN_PROGRESS else "added"


async def test_a_short_lock_is_waited_for(tmp_path: Path) -> None:
    desk = await sql_desk(SqliteDatabase(tmp_path / "store.db", patience=20.0), Clock())
    with locked(tmp_path / "store.db") as let_go:
        adding = asyncio.create_task(desk.add("ZZ1"))
        done, _ = await asyncio.wait([adding], timeout=0.3)
        assert not done, "it waits for the other one"
        let_go()
        await adding
    assert await desk.queue.take(PROCESS, "w1", 300) is not None
    await desk.queue.close()


async def test_a_long_lock_is_one_sentence_and_changes_nothing(tmp_path: Path) -> None:
    desk = await sql_desk(SqliteDatabase(tmp_path / "store.db", patience=0.2), Clock())
    lease = await desk.leased()
    before = await desk.picture()
    with locked(tmp_path / "store.db"):
        with pytest.raises(SystemException, match="database is locked") as raised:
            await desk.intend(lease)
        assert raised.value.code == "store-failed"
        assert "\n" not in raised.value.sentence
    assert await desk.picture() == before
    intent = await desk.intend(lease)
    assert intent.status is IntentStatus.OPEN
    await desk.queue.close()


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], None]]:
    """Another process's transaction that does not end; gives what ends it."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        if connection.in_transaction:
            connection.execute("ROLLBACK")

    try:
        yield let_go
    finally:
        let_go()
        connection.close()
