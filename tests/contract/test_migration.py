"""A store of an older version becomes one of this version, chained as it stood."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from bots.engine.core.audit import Tamper
from bots.engine.core.item import State
from bots.engine.queue import migrate
from bots.engine.queue import tables as t
from bots.engine.queue.audit import StoreAudit
from bots.engine.queue.database import Database, connect
from bots.engine.queue.entries import SEEN

from .conftest import sql_desk
from .desk import PROCESS, Clock
from .story import story
from .tampering import Picture, picture


@pytest.fixture(params=["sqlite", "postgres"])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database with nothing in it."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'old.db'}"
    else:
        server, name = request.getfixturevalue("postgres_url"), f"old_{secrets.token_hex(4)}"
        engine = create_async_engine(
            server.replace("postgresql:", "postgresql+asyncpg:"), isolation_level="AUTOCOMMIT"
        )
        async with engine.connect() as connection:
            await connection.execute(sa.text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    database = connect(url)
    yield database
    await database.close()


def _old(connection: sa.Connection, rows: Picture) -> None:
    """The schema of revision 0002, with the rows that it could hold."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0002")
    inspector = sa.inspect(connection)
    for table in t.metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        names = {column["name"] for column in inspector.get_columns(table.name)}
        if table is t.history:
            names.remove("id")  # the database counts them itself
        for row in sorted(rows[table.name], key=lambda row: row.get("seq", 0)):
            if table is not t.history or row["event"] in SEEN:
                kept = {name: value for name, value in row.items() if name in names}
                connection.execute(sa.insert(table).values(kept))


async def _rows(folder: Path) -> Picture:
    database = connect(f"sqlite:///{folder / 'new.db'}")
    desk = await sql_desk(database, Clock())
    await story(desk)
    rows = await database.run(picture)
    await database.close()
    return rows


async def test_an_old_store_is_chained_as_it_stood(empty: Database, tmp_path: Path) -> None:
    rows = await _rows(tmp_path)
    await empty.run(lambda c: _old(c, rows))
    clock = Clock()
    clock.forward(10_000.0)
    desk = await sql_desk(empty, clock)
    audit = StoreAudit(empty, clock)
    assert (await audit.verify()).findings == []

    # It is worked on as ever.
    item = (await desk.queue.items(PROCESS, [State.EXCEPTION]))[0]
    await desk.queue.retry(item.id, "bob", "again")
    desk.batches.clear()
    await desk.add("ZZ98")
    assert (await audit.verify()).findings == []
    assert [note.why for note in await desk.queue.history(item.id)][-1] == "again"

    change = sa.update(t.receipts).where(t.receipts.c.reference == "C-1").values({"values": {"uprn": "9"}})
    await empty.run(lambda c: c.execute(change))
    [finding] = (await audit.verify()).findings
    assert (finding.tamper, finding.table) == (Tamper.CHANGED, "receipts")


async def test_the_migrated_schema_is_that_of_the_tables(empty: Database) -> None:
    await empty.run(migrate.upgrade)

    def differences(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), t.metadata))

    assert await empty.run(differences) == []


def test_the_newest_revision_is_the_one_that_a_start_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD
