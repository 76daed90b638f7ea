"""A claim of a file in the store: one reader at a time, and the next goes on where a dead one stopped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from bots.engine.core.claim import Claim, ReadMeanwhile, Taken
from bots.engine.core.errors import LeaseLost
from bots.engine.core.item import AddOutcome
from bots.engine.core.queue import any_case
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.queue import SqlQueue

from .conftest import OpenDatabase
from .desk import PROCESS, Clock, row

DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class Reader:
    claims: StoreClaims
    name: str

    async def take(self, digest: str = "d-1", waited_for: int | None = None) -> Claim | Taken | ReadMeanwhile:
        return await self.claims.take(
            PROCESS,
            digest,
            holder=self.name,
            who=f"person/{self.name}",
            kept=f"h-{self.name}",
            seconds=20,
            waited_for=waited_for,
        )

    async def claim(self, digest: str = "d-1") -> Claim:
        found = await self.take(digest)
        assert isinstance(found, Claim)
        return found

    async def queue(self, claim: Claim, *references: str, part: str = "") -> list[AddOutcome]:
        opened = await self.claims.open_batch(claim, part, "workbook", self.name, {})
        return await self.claims.add(claim, opened.batch, [row(one) for one in references], any_case)


@pytest.fixture
async def readers(open_database: OpenDatabase) -> tuple[Reader, Reader, SqlQueue, Clock]:
    clock, database, other = Clock(), open_database(), open_database()
    queue = await SqlQueue.open(database, "test", clock=clock)
    ann = Reader(claims=StoreClaims(database, clock=clock), name="ann")
    return ann, Reader(claims=StoreClaims(other, clock=clock), name="bo"), queue, clock


Readers = tuple[Reader, Reader, SqlQueue, Clock]


async def test_of_two_at_once_one_reads(readers: Readers) -> None:
    ann, bo, *_ = readers
    found = await asyncio.gather(*(reader.take() for reader in (ann, bo) * 5))
    assert [type(one) for one in found].count(Claim) == 1
    assert isinstance(await bo.take("another file"), Claim)


async def test_a_live_reader_keeps_it_and_is_named(readers: Readers) -> None:
    ann, bo, _, clock = readers
    claim, began = await ann.claim(), clock()
    for _ in range(5):
        clock.forward(15)
        await ann.claims.renew(claim, 20)
    told = await bo.take()
    assert told == Taken(holder="ann", who="person/ann", since=began, token=claim.token)


async def test_whoever_waited_is_told_what_became_of_it(readers: Readers) -> None:
    ann, bo, queue, _ = readers
    claim = await ann.claim()
    assert await ann.queue(claim, "ZZ1") == [AddOutcome.ADDED]
    told = await bo.take()
    assert isinstance(told, Taken)
    await ann.claims.end(claim)
    [batch] = await queue.batches(PROCESS)
    meanwhile = await bo.take(waited_for=told.token)
    assert meanwhile == ReadMeanwhile(who="person/ann", hand_ins=[batch.id])
    later = await bo.claim()
    assert await bo.queue(later, "ZZ1") == [AddOutcome.SAME]
    assert len(await queue.batches(PROCESS)) == 2, "later it is another hand-in"


async def test_the_next_goes_on_where_a_dead_reader_stopped(readers: Readers) -> None:
    ann, bo, queue, clock = readers
    dead = await ann.claim()
    await ann.queue(dead, "ZZ1", "ZZ2", part="1")
    clock.forward(19)
    assert isinstance(await bo.take(), Taken)
    clock.forward(1)
    claim = await bo.claim()
    assert claim.kept == dead.kept, "its copy is not kept twice"
    opened = await bo.claims.open_batch(claim, "1", "workbook", "bo", {})
    assert opened.outcomes == [AddOutcome.ADDED] * 2
    assert not (await bo.claims.open_batch(claim, "2", "workbook", "bo", {})).outcomes
    assert len(await queue.batches(PROCESS)) == 2, "one of each part"


async def test_who_was_taken_for_dead_writes_nothing_more(readers: Readers) -> None:
    ann, bo, queue, clock = readers
    dead = await ann.claim()
    await ann.queue(dead, "ZZ1")
    clock.forward(20)
    await bo.claim()
    for write in (ann.queue(dead, "ZZ2"), ann.claims.renew(dead, 20), ann.claims.is_open(dead, "")):
        with pytest.raises(LeaseLost):
            await write
    await ann.claims.end(dead)
    await ann.claims.let_go(dead)
    assert isinstance(await ann.take(), Taken), "it ended nothing for the other"
    assert [item.reference for item in await queue.items(PROCESS)] == ["ZZ1"]


async def test_held_up_and_not_taken_over_it_goes_on(readers: Readers) -> None:
    ann, _, _, clock = readers
    claim = await ann.claim()
    clock.forward(DAY)
    assert await ann.queue(claim, "ZZ1") == [AddOutcome.ADDED]


async def test_let_go_it_is_anybodys_at_once(readers: Readers) -> None:
    ann, bo, *_ = readers
    await ann.claims.let_go(await ann.claim())
    assert isinstance(await bo.take(), Claim)


async def test_a_refused_file_leaves_nothing_to_wait_for(readers: Readers) -> None:
    ann, bo, *_ = readers
    claim = await ann.claim()
    await ann.claims.end(claim)
    assert isinstance(await bo.take(waited_for=claim.token), Claim)


async def test_a_clock_that_is_set_back_keeps_nobody_out(readers: Readers) -> None:
    ann, bo, _, clock = readers
    await ann.claim()
    clock.forward(-3600)
    assert isinstance(await bo.take(), Claim)


async def test_what_nobody_went_on_with_is_forgotten(readers: Readers) -> None:
    ann, bo, _, clock = readers
    await ann.claim("never queued")
    half = await ann.claim("half queued")
    await ann.queue(half, "ZZ1")
    clock.forward(2 * DAY)
    await bo.claim("being read")
    assert await ann.claims.forget(clock() - DAY) == [(PROCESS, "h-ann")]
    assert (await bo.claim("half queued")).kept == "h-ann", "this one is still to be read to its end"
    assert isinstance(await ann.take("being read"), Taken)
