"""Checkpoints: what the chains cannot tell, because it was rewritten or removed whole."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bots.engine.audit.audit import Audit
from bots.engine.core.audit import Tamper, Verification
from bots.engine.core.errors import ConfigurationError
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.chain import digests
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database

from .conftest import OpenDatabase, sql_desk
from .desk import Clock, Desk
from .story import story


@pytest.fixture
async def opened(open_database: OpenDatabase, tmp_path: Path) -> tuple[Desk, Database, Audit]:
    database, clock = open_database(), Clock()
    desk = await sql_desk(database, clock)
    audit = Audit(store=StoreAudit(database, clock), home=tmp_path, folder=tmp_path / "copies")
    return desk, database, audit


def rows(found: Verification, table: str = "checkpoints") -> list[tuple[Tamper, str]]:
    return [(one.tamper, one.row) for one in found.findings if one.table == table]


async def test_it_holds_while_the_chains_grow(opened: tuple[Desk, Database, Audit]) -> None:
    desk, _, audit = opened
    first = await audit.checkpoint()
    await story(desk)
    second = await audit.checkpoint()
    desk.batches.clear()
    await desk.add("ZZ99")
    found = await audit.verify()
    assert found.findings == []
    assert (found.checkpoints, found.compared) == (2, 2)
    assert (first.number, first.rows, second.number) == (1, 0, 2)
    assert (second.previous, second.items) == (first.digest, found.items - 1)


async def test_one_item_removed_with_all_its_rows(opened: tuple[Desk, Database, Audit]) -> None:
    """Before any checkpoint the counts of the hand-in tell; after it also the checkpoint."""
    desk, database, audit = opened
    item = (await story(desk))["done"]
    await database.run(lambda c: _remove(c, item, every_trace=False))
    found = await audit.verify()
    assert [(one.tamper, one.item) for one in found.findings][:1] == [(Tamper.REMOVED, item)]
    await database.run(lambda c: _remove(c, item, every_trace=True))
    assert rows(await audit.verify(), "batches")


async def test_a_hand_in_removed_with_all_its_items(opened: tuple[Desk, Database, Audit]) -> None:
    desk, database, audit = opened
    await desk.done()
    desk.batches.clear()
    item = await desk.add("ZZ2")
    await database.run(lambda c: _remove(c, item, every_trace=True))
    gone = sa.delete(t.batches).where(t.batches.c.number == 2)
    await database.run(lambda c: c.execute(gone))
    assert rows(await audit.verify(), "batches") == [(Tamper.REMOVED, "number 2")]
    await database.run(lambda c: c.execute(sa.update(t.store).values(batches=1)))
    assert (await audit.verify()).whole  # without a checkpoint nobody could tell


async def test_the_checkpoint_tells_of_what_is_gone_without_a_trace(
    opened: tuple[Desk, Database, Audit],
) -> None:
    desk, database, audit = opened
    await desk.done()
    desk.batches.clear()
    item = await desk.add("ZZ2")
    await audit.checkpoint()
    await database.run(lambda c: _remove(c, item, every_trace=True))
    await database.run(lambda c: c.execute(sa.delete(t.batches).where(t.batches.c.number == 2)))
    await database.run(lambda c: c.execute(sa.update(t.store).values(batches=1)))
    assert rows(await audit.verify()) == [(Tamper.CHANGED, "1")]


def _remove(connection: sa.Connection, item: str, *, every_trace: bool) -> None:
    for table in (t.history, t.intents, t.receipts, *([t.source_rows] if every_trace else ())):
        connection.execute(sa.delete(table).where(table.c.item == item))
    connection.execute(sa.delete(t.items).where(t.items.c.id == item))


def _rewrite(connection: sa.Connection, item: str) -> None:
    """Put another name into an item's history, and every hash right again: the work of an administrator."""
    salt = connection.execute(sa.select(t.items.c.salt).where(t.items.c.id == item)).scalar_one()
    texts = [sa.cast(c, sa.Text).label(c.name) if isinstance(c.type, sa.JSON) else c for c in t.history.c]
    head = digests.GENESIS
    query = sa.select(*texts).where(t.history.c.item == item).order_by(t.history.c.seq)
    for row in connection.execute(query).mappings().all():
        said = {**row, "who": "somebody-else"}
        seal = digests.seal(salt, said["why"], said["detail"])
        head = digests.link(head, seal, said["image"], digests.values(digests.PUBLIC, said))
        change = sa.update(t.history).where(t.history.c.id == row["id"])
        connection.execute(change.values(who="somebody-else", hash=head))
    connection.execute(sa.update(t.items).where(t.items.c.id == item).values(head=head))


async def test_a_chain_rewritten_as_a_whole_is_told_by_the_checkpoint(
    opened: tuple[Desk, Database, Audit],
) -> None:
    desk, database, audit = opened
    item = await desk.done()
    await database.run(lambda c: _rewrite(c, item))
    assert (await audit.verify()).whole  # the chain alone cannot tell: this is what checkpoints are for
    other = await desk.done("ZZ2", "C-101")
    await audit.checkpoint()
    assert (await audit.verify()).whole
    await database.run(lambda c: _rewrite(c, other))
    assert rows(await audit.verify()) == [(Tamper.CHANGED, "1")]


async def test_a_store_rewritten_as_a_whole_is_told_by_the_folder(
    opened: tuple[Desk, Database, Audit], tmp_path: Path
) -> None:
    """History and checkpoints computed anew: only the copy that its administrator cannot reach knows."""
    desk, database, audit = opened
    item = await desk.done()
    made = await audit.checkpoint()
    await database.run(lambda c: _rewrite(c, item))
    await database.run(lambda c: c.execute(sa.delete(t.checkpoints)))
    again = await StoreAudit(database, desk.clock).checkpoint()
    assert again.digest != made.digest
    await database.run(lambda c: c.execute(sa.update(t.checkpoints).values(at=made.at)))
    inside = await StoreAudit(database, desk.clock).verify()
    assert inside.whole  # without the folder nothing would be found
    assert rows(await audit.verify(tmp_path / "copies")) == [(Tamper.CHANGED, "1")]


async def test_a_checkpoint_that_is_gone_from_the_store(
    opened: tuple[Desk, Database, Audit], tmp_path: Path
) -> None:
    desk, database, audit = opened
    await desk.done()
    for _ in range(3):
        await audit.checkpoint()
    await database.run(lambda c: c.execute(sa.delete(t.checkpoints).where(t.checkpoints.c.number == 2)))
    assert rows(await audit.verify())[0] == (Tamper.REMOVED, "2")
    await database.run(lambda c: c.execute(sa.delete(t.checkpoints).where(t.checkpoints.c.number > 1)))
    assert rows(await audit.verify()) == [(Tamper.REMOVED, "2"), (Tamper.REMOVED, "3")]


async def test_a_copy_is_never_written_again(opened: tuple[Desk, Database, Audit], tmp_path: Path) -> None:
    desk, _, audit = opened
    first = await audit.checkpoint()
    [copy] = (tmp_path / "copies").iterdir()
    text = copy.read_text()
    assert json.loads(text)["digest"] == first.digest
    assert text.strip() == await audit.line(first)
    await desk.done()
    await audit.checkpoint()
    assert copy.read_text() == text
    copy.write_text(text.replace(first.digest[:6], "000000"))
    assert rows(await audit.verify()) == [(Tamper.CHANGED, "1")]
    copy.write_text("lost")
    with pytest.raises(ConfigurationError, match="is no checkpoint any more"):
        await audit.verify()


async def test_a_folder_that_was_away_gets_what_it_missed(
    opened: tuple[Desk, Database, Audit], tmp_path: Path
) -> None:
    _, _, audit = opened
    (tmp_path / "copies").write_text("a file where the folder should be")
    with pytest.raises(ConfigurationError, match="REKEY_AUDIT_FOLDER"):
        await audit.checkpoint()
    (tmp_path / "copies").unlink()
    await audit.checkpoint()
    assert len(list((tmp_path / "copies").iterdir())) == 2
    assert (await audit.verify()).compared == 2


@pytest.mark.parametrize("open_database", ["postgres"], indirect=True)
async def test_it_waits_for_those_who_are_writing(
    opened: tuple[Desk, Database, Audit], postgres_url: str
) -> None:
    """A row that was begun before it and committed after it must not fall between two checkpoints."""
    desk, _, audit = opened
    await desk.done()
    engine = create_async_engine(postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as other:
        copied = [c.name for c in t.history.c if c.name not in ("id", "item")]
        query = sa.select(sa.literal("late"), *(t.history.c[name] for name in copied)).limit(1)
        await other.execute(sa.insert(t.history).from_select(["item", *copied], query))
        waiting = asyncio.ensure_future(audit.checkpoint())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await other.commit()
        made = await waiting
    await engine.dispose()
    count = await opened[1].run(lambda c: c.execute(sa.select(sa.func.count(t.history.c.id))).scalar_one())
    assert made.rows == count
