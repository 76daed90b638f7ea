"""What shows that a store is not what it was: its home, its marks, its gaps, what its targets were asked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
import sqlalchemy as sa

from bots.assembly.worker import open_rekey
from bots.engine.core.errors import Held
from bots.engine.core.item import Lease, NewItem
from bots.engine.core.queue import RESTORED
from bots.engine.core.stray import Stray
from bots.engine.home.marks import Marks
from bots.engine.settings import Settings
from bots.engine.store.audit.restores import Mark, StoreRestores
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database
from bots.engine.store.work.lives import GAP, StoreLives
from bots.engine.store.work.queue import SqlQueue

from .conftest import OpenDatabase
from .desk import PROCESS, SYSTEM, Clock

STEP = "log"


@dataclass(frozen=True, kw_only=True)
class Store:
    """A store, what was asked of it, and the clock of all."""

    database: Database
    queue: SqlQueue
    restores: StoreRestores
    lives: StoreLives
    clock: Clock

    async def filled(self, *names: str) -> list[str]:
        batch = await self.queue.open_batch(PROCESS, "file", "ann")
        added = await self.queue.add(
            PROCESS, batch, [NewItem(reference=one, data={"n": one}) for one in names]
        )
        return [item for _, item in added]


@pytest.fixture
async def store(open_database: OpenDatabase) -> AsyncIterator[Store]:
    clock, database = Clock(), open_database()
    queue = await SqlQueue.open(database, "test", clock=clock)
    await database.run(lambda c: c.execute(sa.update(t.store).values(home=None, gap=None, restored=None)))
    yield Store(
        database=database,
        queue=queue,
        restores=StoreRestores(database, clock),
        lives=StoreLives(database, clock),
        clock=clock,
    )
    await database.run(lambda c: c.execute(sa.update(t.store).values(home=None, gap=None, restored=None)))


# ---- the home -------------------------------------------------------------------------------
async def test_a_store_belongs_to_one_home(store: Store) -> None:
    assert await store.restores.bind("home-1")
    assert await store.restores.bind("home-1")
    assert not await store.restores.bind("home-2")
    await store.restores.take_home("home-2", "person/ann", "the disk of the first is lost")
    assert await store.restores.bind("home-2")
    assert not await store.restores.bind("home-1")


# ---- marks ----------------------------------------------------------------------------------
async def test_a_mark_is_a_row_of_history(store: Store) -> None:
    assert await store.restores.mark() is None
    await store.filled("A")
    first = await store.restores.mark()
    await store.filled("B")
    second = await store.restores.mark()
    assert first is not None
    assert second is not None
    assert second.number > first.number
    later = Mark(number=second.number + 1, hash="00")
    forked = Mark(number=first.number, hash=second.hash)
    assert await store.restores.lacks([first, second, later, forked]) == [later, forked]


async def test_what_a_backup_lacks_holds_everything_once(store: Store) -> None:
    await store.queue.trust(PROCESS, True)
    lost = [Mark(number=99, hash="aa")]
    await store.restores.found(lost)
    assert [(hold.scope, hold.who) for hold in await store.queue.holds()] == [("all", RESTORED)]
    assert (await store.queue.store()).restored == store.clock.now
    assert await store.queue.trusted(PROCESS) is None
    assert await store.restores.lacks(lost) == []
    await store.restores.found(lost)
    assert len(await store.queue.holds()) == 1


# ---- gaps -----------------------------------------------------------------------------------
async def asked(store: Store) -> bool:
    """Whether the target of the step need not be asked."""
    return await store.restores.to_ask(PROCESS, [STEP]) == []


async def test_the_first_worker_asks(store: Store) -> None:
    assert await asked(store), "nobody works yet"
    await store.lives.begin("w1", "a")
    assert not await asked(store)
    await store.restores.answered(PROCESS, STEP, store.clock.now)
    assert await asked(store)


async def test_after_a_gap_targets_are_asked_and_not_before(store: Store) -> None:
    await store.lives.begin("w1", "a")
    await store.restores.answered(PROCESS, STEP, store.clock.now)
    store.clock.forward(GAP - 1)
    await store.lives.begin("w2", "b")
    assert await asked(store)
    store.clock.forward(GAP + 1)
    await store.lives.begin("w3", "c")
    assert not await asked(store)


async def test_a_sign_of_life_tells_its_own_gap(store: Store) -> None:
    await store.lives.begin("w1", "a")
    assert await store.lives.beat("w1", ["a"], "b") is False
    store.clock.forward(GAP + 1)
    assert await store.lives.beat("w1", ["b"], "c") is True
    assert await store.lives.beat("w1", ["c"], "d") is False


async def test_a_machine_whose_clock_goes_back_is_asked(store: Store) -> None:
    await store.lives.begin("w1", "a")
    await store.restores.answered(PROCESS, STEP, store.clock.now)
    store.clock.forward(-GAP - 1)
    await store.lives.begin("w2", "b")
    assert not await asked(store)
    await store.restores.answered(PROCESS, STEP, store.clock.now)
    store.clock.forward(5)
    assert await store.lives.beat("w2", ["b"], "c") is False, "told once"
    assert await asked(store)


async def test_an_answer_from_before_the_gap_is_none(store: Store) -> None:
    await store.lives.begin("w1", "a")
    before = store.clock.now
    store.clock.forward(GAP + 1)
    await store.lives.begin("w2", "b")
    await store.restores.answered(PROCESS, STEP, before)
    assert not await asked(store)


async def test_a_person_says_so(store: Store) -> None:
    await store.restores.said("person/ann", "the backup of 3:00", restored=True)
    assert (await store.queue.store()).restored == store.clock.now
    assert not await asked(store)
    await store.restores.said("person/ann", "it was the other machine", restored=False)
    assert await asked(store)


# ---- strays ---------------------------------------------------------------------------------
def stray(reference: str) -> Stray:
    return Stray(system=SYSTEM, process=PROCESS, step=STEP, reference=reference, at=1.0)


async def test_a_stray_holds_its_system_and_is_told_once(store: Store) -> None:
    await store.restores.stray([stray("C-1"), stray("C-2")], f"system:{SYSTEM}", "2 entries")
    await store.restores.stray([stray("C-2")], f"system:{SYSTEM}", "1 entry")
    [hold] = await store.queue.holds()
    assert (hold.scope, hold.who, hold.why) == (f"system:{SYSTEM}", RESTORED, "2 entries")
    assert await store.restores.known(SYSTEM, STEP) == {"C-1", "C-2"}
    assert await store.restores.known("another", STEP) == frozenset()
    assert [one.reference for one in await store.restores.strays()] == ["C-1", "C-2"]
    assert (await store.queue.store()).restored == store.clock.now


# ---- workers --------------------------------------------------------------------------------
async def test_a_copy_of_a_worker_ends_one_of_them(store: Store) -> None:
    await store.lives.begin("w1", "a")
    assert await store.lives.beat("w1", ["a"], "mine") is False
    assert await store.lives.beat("w1", ["a"], "the copy's") is None
    assert await store.lives.beat("w1", ["a", "mine"], "next") is False, "an answer that did not come"


async def test_a_worker_that_ended_gives_no_sign_of_life(store: Store) -> None:
    await store.lives.begin("w1", "a")
    await store.lives.end("w1")
    life = await store.lives.life("w1")
    assert life is not None
    assert life.ended
    assert await store.lives.beat("w1", ["a"], "b") is None
    assert await store.lives.life("w2") is None


async def test_workers_of_long_ago_are_forgotten(store: Store) -> None:
    await store.lives.begin("w1", "a")
    await store.lives.end("w1")
    store.clock.forward(31 * 86_400)
    await store.lives.begin("w2", "b")
    assert await store.lives.life("w1") is None
    assert await store.lives.life("w2") is not None


# ---- racing ---------------------------------------------------------------------------------
async def test_a_thousand_racing_opens_raise_no_alarm(open_database: OpenDatabase, tmp_path: Path) -> None:
    """Each checks and keeps its marks while others write history. Writers wait in one queue: were every open
    to write too, they would mostly stand there, and seldom race."""
    database = open_database()
    queue = await SqlQueue.open(database, "test")
    batch = await queue.open_batch(PROCESS, "file", "ann")
    told: list[bool] = []

    async def opens(worker: int) -> None:
        restores = StoreRestores(open_database())
        for number in range(125):
            marks = Marks([tmp_path / "home", tmp_path / "checkpoints"], "store")
            told.append(await marks.check(restores))
            if number % 5 == 0:
                await queue.add(PROCESS, batch, [NewItem(reference=f"{worker}-{number}", data={})])
            await marks.keep(restores)

    await asyncio.gather(*(opens(worker) for worker in range(8)))
    assert (len(told), any(told)) == (1000, False)
    assert not await queue.holds()


async def test_racing_processes_open_one_store(tmp_path: Path) -> None:
    async def opens() -> None:
        for _ in range(12):
            async with open_rekey(Settings(home=tmp_path)) as rekey:
                batch = await rekey.queue.open_batch(PROCESS, "file", "ann")
                await rekey.queue.add(PROCESS, batch, [NewItem(reference=batch, data={})])

    await asyncio.gather(*(opens() for _ in range(4)))
    async with open_rekey(Settings(home=tmp_path)) as rekey:
        assert (await rekey.queue.store()).restored is None
        assert not await rekey.queue.holds()


async def test_a_gap_that_another_worker_noted_is_told_to_each(store: Store) -> None:
    await store.lives.begin("w1", "a")
    await store.lives.begin("console", "b")
    store.clock.forward(GAP + 1)
    assert await store.lives.beat("console", ["b"], "c") is True
    assert await store.lives.beat("w1", ["a"], "d") is True, "it did not come first"
    assert await store.lives.beat("w1", ["d"], "e") is False
    store.clock.forward(1)
    await store.restores.said("person/ann", "the backup of 3:00", restored=True)
    assert await store.lives.beat("w1", ["e"], "f") is True, "said while it runs"


async def test_a_restored_store_is_held_beside_what_others_hold(store: Store) -> None:
    await store.queue.hold("all", "person/bob", "lunch")
    await store.queue.hold(f"system:{SYSTEM}", "brake", "the same stop")
    await store.restores.found([Mark(number=99, hash="aa")])
    await store.restores.stray([stray("C-1")], f"system:{SYSTEM}", "1 entry")
    restored = {hold.scope for hold in await store.queue.holds() if hold.who == RESTORED}
    assert restored == {"all", f"system:{SYSTEM}"}


async def leased(store: Store, worker: str) -> Lease:
    await store.filled("ZZ1")
    lease = await store.queue.take(PROCESS, f"{worker}/1", 600.0)
    assert lease is not None
    return lease


async def saves(store: Store, lease: Lease) -> None:
    given = {"digest": "d", "seen": (), "window": 20.0, "settle": 40.0, "writer": "b"}
    await store.queue.intend(lease, step=STEP, system=SYSTEM, **given)  # type: ignore[arg-type]


async def test_after_a_gap_nothing_is_saved_until_the_targets_were_asked(store: Store) -> None:
    """Also before the worker's next sign of life tells it."""
    await store.lives.begin("one", "a")
    lease = await leased(store, "one")
    store.clock.forward(GAP + 1)
    with pytest.raises(Held):
        await saves(store, lease)
    await store.lives.begin("two", "b")  # notes the gap
    assert await store.lives.beat("one", ["a"], "c")
    with pytest.raises(Held):
        await saves(store, lease)


async def test_a_worker_that_lives_may_save(store: Store) -> None:
    await store.lives.begin("one", "a")
    lease = await leased(store, "one")
    store.clock.forward(GAP - 1)
    await saves(store, lease)


async def test_after_a_restore_nothing_that_ran_before_saves(store: Store) -> None:
    await store.lives.begin("one", "a")
    lease = await leased(store, "one")
    store.clock.forward(1)
    await store.restores.said("person/ann", "last night's copy", restored=True)
    with pytest.raises(Held):
        await saves(store, lease)


async def test_who_says_that_nothing_was_restored_is_believed_for_a_while(store: Store) -> None:
    await store.lives.begin("one", "a")
    await store.lives.end("one")
    store.clock.forward(10 * GAP)
    await store.restores.said("person/ann", "the list hangs", restored=False)
    store.clock.forward(GAP - 1)
    await store.lives.begin("two", "b")
    assert await store.restores.to_ask(PROCESS, [STEP]) == []
    await store.lives.end("two")
    store.clock.forward(GAP + 1)
    await store.lives.begin("three", "c")
    assert await store.restores.to_ask(PROCESS, [STEP]) == [STEP]


def test_where_nothing_can_be_replaced_marks_leave_no_heap(tmp_path: Path) -> None:
    """A folder to which files can only be added: what lies there can be neither replaced nor deleted."""
    marks, folder = Marks([tmp_path], "store"), tmp_path / "marks"

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    with patch.object(Path, "replace", refuse), patch.object(Path, "unlink", refuse):
        for number in range(50):
            with contextlib.suppress(OSError):
                marks._write(folder, Mark(number=number, hash=f"{number:064}"))
    assert len(list(folder.iterdir())) <= 2 + 1, "an hour may end meanwhile"
