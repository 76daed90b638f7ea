"""The audit: an untouched store is whole; any row that is changed, removed, added or moved is named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.engine.core.audit import Finding
from bots.engine.core.errors import SystemException
from bots.engine.store.audit import checks
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database, SqliteDatabase, connect

from .conftest import OpenDatabase, emptied, sql_desk
from .desk import Clock
from .story import story
from .tampering import TABLES, UNPROVEN, Deed, Picture, add, change, other, picture, put_back, remove, swap


async def test_an_untouched_store_is_whole(open_database: OpenDatabase) -> None:
    database, clock = open_database(), Clock()
    items = await story(await sql_desk(database, clock))
    found = await StoreAudit(database, clock).verify()
    assert found.findings == []
    assert found.whole
    assert found.items == len(items)


async def test_it_disturbs_nobody_and_is_not_disturbed(open_database: OpenDatabase) -> None:
    """While a worker writes, each item is read as one moment shows it."""
    clock = Clock()
    desk = await sql_desk(open_database(), clock)
    audit = StoreAudit(open_database(), clock)
    work, found = asyncio.ensure_future(story(desk)), []
    while not work.done():
        found += (await audit.verify()).findings
        if not found:
            await audit.checkpoint()
    await work
    found += (await audit.verify()).findings
    assert found == []


class Scene:
    """A store with the whole story in it, on a loop of its own; every deed is undone."""

    def __init__(self, database: Database) -> None:
        self._runner = asyncio.Runner()
        self._database = database
        self.rows: Picture = self._runner.run(self._begin())
        self.deeds = [deed for table in TABLES for deed in every(table, self.rows)]

    async def _begin(self) -> Picture:
        clock = Clock()
        desk = await sql_desk(self._database, clock)
        await emptied(self._database)
        items, audit = await story(desk), StoreAudit(self._database, clock)
        for which in ("done", "by hand", "decided"):
            assert await audit.erase(items[which], clock.now + 1, "ann", "kept long enough")
        return await self._database.run(picture)

    def after(self, deed: Deed) -> list[Finding]:
        return self._runner.run(self._after(deed))

    async def _after(self, deed: Deed) -> list[Finding]:
        try:
            await self._database.run(deed.work)
            return list((await StoreAudit(self._database, Clock()).verify()).findings)
        finally:
            await self._database.run(lambda c: put_back(c, self.rows))

    def close(self) -> None:
        self._runner.run(self._database.close())
        self._runner.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    database = (
        SqliteDatabase(folder / "store.db")
        if request.param == "sqlite"
        else connect(request.getfixturevalue("postgres_url"))
    )
    made = Scene(database)
    yield made
    made.close()


def every(table: sa.Table, rows: Picture) -> Iterator[Deed]:
    """All that can be done to one row of a table."""
    names = [c for c in table.columns if (table.name, c.name) not in UNPROVEN]
    for row in rows[table.name]:
        yield remove(table, row)
        for column in names:
            yield change(table, row, column.name, other(row[column.name], column))
        if table is not t.history:
            yield add(table, row)
    if table is t.history:
        yield from misplaced(rows[table.name])


def misplaced(rows: list[dict[str, Any]]) -> Iterator[Deed]:
    by_item: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: row["seq"]):  # a database gives them in any order
        by_item.setdefault(row["item"], []).append(row)
    for mine in by_item.values():
        yield add(t.history, mine[-1], len(mine) + 1)
        yield add(t.history, mine[0], 0)
        for one, two in pairwise(mine):
            yield swap(one, two, "seq")
            yield swap(one, two, "id")


def assert_named(deed: Deed, found: list[Finding]) -> None:
    assert found, deed
    if deed.what.endswith((" item in", " id in")):  # the row is another item's now
        assert any(deed.item in (one.item or "") for one in found), (deed, found)
        return
    assert found[0].item == deed.item, (deed, found)
    if deed.table == "history" and deed.what != "change seq in":
        assert (found[0].table, found[0].row) == ("history", deed.row), (deed, found)


@settings(max_examples=200, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_done_to_a_row_is_named(scene: Scene, data: st.DataObject) -> None:
    deed = data.draw(st.sampled_from(scene.deeds))
    try:
        found = scene.after(deed)
    except SystemException:
        return  # the database itself refused it
    assert_named(deed, found)


GUARDS = {
    "_history": (t.history, "who", "somebody-else"),
    "_proofs": (t.receipts, "values", {"uprn": "9"}),
    "_standing": (t.items, "state", "withdrawn"),
}


@pytest.mark.parametrize("guard", GUARDS)
def test_each_check_is_needed(scene: Scene, monkeypatch: pytest.MonkeyPatch, guard: str) -> None:
    """With it the deed is found, without it nobody would know."""
    table, column, value = GUARDS[guard]
    row = next(r for r in scene.rows[table.name] if r[column] != value)
    deed = change(table, row, column, value)
    assert scene.after(deed)
    monkeypatch.setattr(checks, guard, lambda *_: () if guard != "_history" else None)
    assert not scene.after(deed)
