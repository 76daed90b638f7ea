"""A PostgreSQL that takes what is sent and says nothing any more, as behind a firewall that forgot it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bots.engine.core.errors import SystemException
from bots.engine.core.item import State
from bots.engine.store.database.database import PostgresDatabase, database_clock
from tests.tiny import a_bench

FOREVER = 120.0
"""Seconds after which a question counts as one that is never answered."""
STATEMENT = 1.0


class Wire:
    """Passes on what goes between a worker and the database; from `falls_silent` on, nothing of it. `once`:
    on the connection alone on which these bytes come next."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.silent = False
        self.once: bytes = b""
        self.fell = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_unix_connection(self._path)
        dead = False

        def swallowed(data: bytes = b"") -> bool:
            nonlocal dead
            if self.once and self.once in data:
                self.once, dead, self.fell = b"", True, self.fell + 1
            return dead or self.silent

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(65536):
                if not swallowed(data):
                    sink.write(data)
                    await sink.drain()

        await asyncio.gather(pump(reader, ours), pump(theirs, writer), return_exceptions=True)


@pytest.fixture
async def wire(postgres_url: str) -> AsyncIterator[tuple[Wire, PostgresDatabase]]:
    server = sa.make_url(postgres_url)
    engine = create_async_engine(
        server.set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    name = f"silent_{secrets.token_hex(4)}"
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    wire = Wire(str(Path(str(server.query["host"])) / ".s.PGSQL.5432"))
    listening = await asyncio.start_server(wire.pass_on, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    url = sa.URL.create("postgresql+asyncpg", server.username, host="127.0.0.1", port=port, database=name)
    yield wire, PostgresDatabase(url.render_as_string(), statement=STATEMENT)
    listening.close()


async def test_a_question_that_is_not_answered_is_given_up(wire: tuple[Wire, PostgresDatabase]) -> None:
    passing, database = wire
    await database.run(database_clock)
    passing.silent = True
    with pytest.raises(SystemException, match="store-failed"):
        await asyncio.wait_for(database.run(database_clock), FOREVER)
    await asyncio.wait_for(database.close(), FOREVER)


async def test_a_long_statement_is_waited_for_where_it_may_be_long(
    wire: tuple[Wire, PostgresDatabase],
) -> None:
    _, database = wire
    long = sa.text(f"SELECT pg_sleep({2 * STATEMENT})")
    with pytest.raises(SystemException, match="store-failed"):
        await database.run(lambda c: c.execute(long))
    await database.run(lambda c: c.execute(long), patiently=True)
    await database.close()


async def test_an_intent_whose_answer_never_comes_is_told_and_keyed_later(
    wire: tuple[Wire, PostgresDatabase], tmp_path: Path
) -> None:
    """What the silent connection had locked is free again by itself: PostgreSQL ends its transaction."""
    passing, database = wire
    async with a_bench(tmp_path, database) as bench:
        await bench.add("K01")
        passing.once = b'INSERT INTO "intents"'
        failed = True
        with contextlib.suppress(SystemException):
            failed = (await asyncio.wait_for(bench.work(), FOREVER)).blocked
        assert passing.fell == 1
        assert failed or await bench.codes(State.NEW) == {"store-failed": 1}, "the run or the item says so"
        async with asyncio.timeout(FOREVER):
            while await bench.states() != {"done": 1}:
                with contextlib.suppress(SystemException):
                    await bench.work(patience=3)
        assert bench.target.keys() == {"K01": 1}
