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
from bots.engine.core.work_list import DAY
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.chain.entries import SEEN
from bots.engine.store.database import migrate
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database, connect, database_clock
from bots.engine.store.work import claims as _  # noqa: F401 - its table is one of those compared
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list.store import StoreWorkList
from bots.engine.store.work_list.tables import snoozes
from tests import staff

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


def _at(connection: sa.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parents[1] / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _old(connection: sa.Connection, rows: Picture) -> None:
    """The schema of revision 0002, with the rows that it could hold."""
    _at(connection, "0002")
    inspector = sa.inspect(connection)
    for table in t.metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        for row in sorted(rows[table.name], key=lambda row: row.get("seq", 0)):
            if table is not t.history or row["event"] in SEEN:
                _insert(connection, inspector, table, row)


def _insert(connection: sa.Connection, inspector: sa.Inspector, table: sa.Table, row: dict[str, Any]) -> None:
    """What of a row an older schema has room for, and what that schema wants besides."""
    names = {column["name"] for column in inspector.get_columns(table.name)}
    if table is t.history:
        names.remove("id")  # the database counts them itself
    into = STORE_BEFORE if table is t.store else table
    full = row | {"trusted": False}
    kept = {name: full[name] for name in names if name in full}
    connection.execute(sa.insert(into).values(kept))


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
    await staff.retry(desk.queue, item.id, "bob", "again")
    desk.batches.clear()
    await desk.add("ZZ98")
    assert (await audit.verify()).findings == []
    assert [note.why for note in await desk.queue.history(item.id)][-1] == "again"

    change = sa.update(t.receipts).where(t.receipts.c.reference == "C-1").values({"values": {"uprn": "9"}})
    await empty.run(lambda c: c.execute(change))
    [finding] = (await audit.verify()).findings
    assert (finding.tamper, finding.table) == (Tamper.CHANGED, "receipts")


STORE_BEFORE = sa.table(
    "store",
    *(sa.column(name) for name in ("id", "environment", "created", "restored", "batches")),
    sa.column("trusted", sa.Boolean),
)
"""The store's own row before there was a trust for each process."""
_PUT_OFF = sa.text("INSERT INTO snoozes VALUES (:item, :until, 'ann', 'later', :state, :code)")


async def test_what_was_put_off_before_is_back_with_the_next_that_happens(
    empty: Database, tmp_path: Path
) -> None:
    """For another reason it was back already; and nothing stays away for longer than a year."""
    rows = await _rows(tmp_path)
    waiting = [row for row in rows["items"] if row["state"] == State.EXCEPTION][:3]
    now = await empty.run(database_clock)
    days, codes = (300, 300, 99_999_999), (waiting[0]["code"], "another", waiting[2]["code"])

    def before(connection: sa.Connection) -> None:
        _at(connection, "0013")
        for table in (t.store, t.items):
            for row in rows[table.name]:
                _insert(connection, sa.inspect(connection), table, row)
        for row, code, away in zip(waiting, codes, days, strict=True):
            off = {"item": row["id"], "state": row["state"], "code": code, "until": now + away * DAY}
            connection.execute(_PUT_OFF, off)

    await empty.run(before)
    queue, work = await SqlQueue.open(empty, "test"), StoreWorkList(empty)
    items = [row["id"] for row in waiting]
    assert [await work.put_off(item) is not None for item in items] == [True, False, False]
    await staff.send_back(queue, items[0], "bob", "not signed")
    assert await empty.run(lambda c: c.execute(sa.select(snoozes.c.item)).scalars().all()) == [items[0]]
    assert await work.put_off(items[0]) is None


async def test_the_migrated_schema_is_that_of_the_tables(empty: Database) -> None:
    await empty.run(migrate.upgrade)

    def differences(connection: sa.Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), t.metadata))

    assert await empty.run(differences) == []


def test_the_newest_revision_is_the_one_that_a_start_looks_for() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parents[1] / "migrations"))
    assert ScriptDirectory.from_config(config).get_current_head() == migrate.HEAD
