"""The store on disk: what was acknowledged stays, and a failure is told in a sentence."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.engine.core.errors import ConfigurationError, SystemClosed, SystemException
from bots.engine.core.item import IntentStatus, State
from bots.engine.store.database import database as databases
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import SqliteDatabase, connect
from bots.engine.store.work.queue import SqlQueue
from tests.conftest import PREPARE_SQLITE

from .conftest import OpenDatabase, sql_desk
from .desk import PROCESS, SYSTEM, Clock, row


async def test_a_store_belongs_to_its_environment_for_ever(open_database: OpenDatabase) -> None:
    first = await (await SqlQueue.open(open_database(), "test")).store()
    with pytest.raises(ConfigurationError, match="environment-mismatch"):
        await SqlQueue.open(open_database(), "live")
    assert await (await SqlQueue.open(open_database(), "test")).store() == first


async def test_what_was_written_is_there_after_a_restart(open_database: OpenDatabase) -> None:
    clock = Clock()
    desk = await sql_desk(open_database(), clock)
    item, intent = await desk.doubtful("ZZ1")
    await desk.queue.hold("system:waste", "bob", "maintenance")
    await desk.queue.begin_sign_in(SYSTEM, "svc-waste", "a", 30)
    await desk.queue.end_sign_in(SYSTEM, "svc-waste", "a", True)
    await desk.queue.trust(PROCESS, True)
    before = await desk.picture()
    await desk.queue.close()

    again = await sql_desk(open_database(), clock)
    assert await again.picture() == before
    assert await again.queue.trusted(PROCESS) is not None
    assert await again.queue.intents(item) == [intent]
    with pytest.raises(SystemClosed):
        await again.queue.begin_sign_in(SYSTEM, "svc-waste", "b", 30)
    await again.queue.trust(PROCESS, False)


async def test_every_row_of_a_source_has_its_outcome(open_database: OpenDatabase) -> None:
    database = open_database()
    desk = await sql_desk(database, Clock())
    await desk.hand_in(row("ZZ1"), row("ZZ2"))
    await desk.hand_in(row("ZZ1"), row("ZZ2", "7"))
    query = sa.select(t.source_rows.c.row, t.source_rows.c.outcome).order_by(t.source_rows.c.row)
    rows = await database.run(lambda c: [tuple(each) for each in c.execute(query)])
    assert rows == [(1, "added"), (2, "added"), (3, "same"), (4, "changed")]


AFTER = {
    "added": (State.NEW, [], 0),
    "taken": (State.IN_PROGRESS, [], 0),
    "intended": (State.IN_PROGRESS, [IntentStatus.OPEN], 0),
    "receipted": (State.IN_PROGRESS, [IntentStatus.RECEIPTED], 1),
    "finished": (State.DONE, [IntentStatus.RECEIPTED], 1),
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("point", AFTER)
async def test_killed_right_after_it_was_acknowledged(tmp_path: Path, point: str) -> None:
    await assert_survives(f"sqlite:///{tmp_path / 'store.db'}", point)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("open_database", ["postgres"], indirect=True)
async def test_killed_right_after_its_intent_on_postgres(
    open_database: OpenDatabase, postgres_url: str
) -> None:
    await assert_survives(postgres_url, "intended")


async def assert_survives(url: str, point: str) -> None:
    command = [sys.executable, "-m", "tests.contract.victim", url, point]
    killed = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    database = connect(url)
    desk = await sql_desk(database, Clock())
    [item] = await desk.queue.items(PROCESS)
    state, statuses, receipts = AFTER[point]
    assert item.state is state
    assert [intent.status for intent in await desk.queue.intents(item.id)] == statuses
    assert len(await desk.queue.receipts(PROCESS)) == receipts
    await database.close()


async def test_sqlite_syncs_every_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "_prepare_sqlite", PREPARE_SQLITE)  # as it ships
    database = SqliteDatabase(tmp_path / "store.db")

    def pragma(name: str) -> object:
        return lambda c: c.exec_driver_sql(f"PRAGMA {name}").scalar_one()

    found = {name: await database.run(pragma(name)) for name in ("journal_mode", "synchronous")}
    assert found == {"journal_mode": "wal", "synchronous": 2}
    await database.close()


async def test_a_locked_store_says_so_and_works_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    desk = await sql_desk(SqliteDatabase(path, patience=0.01), Clock())
    await desk.add("ZZ1")
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(SystemException, match="locked"):
                await desk.add("ZZ2")
    other.close()
    assert await desk.add("ZZ2")
    await desk.queue.close()


async def test_an_error_of_the_database_shows_no_values(open_database: OpenDatabase) -> None:
    database = open_database()
    desk = await sql_desk(database, Clock())
    item = await desk.add("Ada Sample")
    again = sa.insert(t.items).from_select(
        list(t.items.c.keys()), sa.select(t.items).where(t.items.c.id == item)
    )
    with pytest.raises(SystemException) as failure:
        await database.run(lambda c: c.execute(again))
    assert failure.value.code == "store-failed"
    assert "Ada" not in str(failure.value)
    assert await desk.queue.references(PROCESS) == {"Ada Sample": item}


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancelled_caller_leaves_a_whole_transaction_or_none(
    open_database: OpenDatabase, turns: int
) -> None:
    database = open_database()
    desk = await sql_desk(database, Clock())
    await desk.add("ZZ0")
    work = asyncio.ensure_future(desk.hand_in(*(row(f"YY{n}") for n in range(50))))
    for _ in range(turns):
        await asyncio.sleep(0)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await database.close()  # waits for what was begun
    after = await sql_desk(open_database(), Clock())
    assert len(await after.queue.references(PROCESS)) in (1, 51)


async def test_half_a_character_is_read_as_it_was_written(open_database: OpenDatabase) -> None:
    """Some sources hand over text that is cut in the middle of a character."""
    desk = await sql_desk(open_database(), Clock())
    lease = await desk.leased("ZZ1")
    await desk.end(lease, State.EXCEPTION, code="odd", detail={"shown": "\ud83d"})
    assert (await desk.look(lease.item.id)).detail == {"shown": "\ud83d"}
    assert (await desk.last(lease.item.id)).detail == {"shown": "\ud83d"}
