"""A store that fell back is a restored one; anything else is not."""

from __future__ import annotations

from pathlib import Path

from bots.engine.core.item import NewItem
from bots.engine.high_water import HighWater
from bots.engine.queue.memory import MemoryQueue


async def filled(queue: MemoryQueue, count: int) -> None:
    batch = await queue.open_batch("p", "s", "ann")
    await queue.add("p", batch, [NewItem(reference=f"R{n}", data={"n": n}) for n in range(count)])


async def restored(home: Path, queue: MemoryQueue) -> bool:
    await HighWater(home).check(queue)
    return (await queue.store()).restored is not None


async def test_a_new_home_and_a_store_that_grew(tmp_path: Path) -> None:
    queue = MemoryQueue()
    assert not await restored(tmp_path, queue)
    await filled(queue, 3)
    assert not await restored(tmp_path, queue)
    await HighWater(tmp_path).keep(queue)
    assert not await restored(tmp_path, queue)


async def test_a_store_that_fell_back(tmp_path: Path) -> None:
    queue = MemoryQueue()
    await filled(queue, 3)
    await HighWater(tmp_path).keep(queue)
    queue.book.history.clear()
    await queue.trust(True)
    assert await restored(tmp_path, queue)
    assert not (await queue.store()).trusted


async def test_another_store_is_no_restored_one(tmp_path: Path) -> None:
    first, second = MemoryQueue(), MemoryQueue()
    await filled(first, 3)
    await HighWater(tmp_path).keep(first)
    assert not await restored(tmp_path, second)


async def test_a_mark_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"store": 1}', '{"store": "s", "last": "x"}'):
        (tmp_path / "store.mark").write_text(text, encoding="utf-8")
        assert not await restored(tmp_path, MemoryQueue())
