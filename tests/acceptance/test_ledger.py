"""What left of a commit is known whatever happens then, and what cannot be written down does not leave."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.errors import LeaseLost, StoreAway
from bots.engine.core.item import IntentStatus, Lease, State
from bots.engine.core.points import Point
from bots.engine.core.sent import Fate, Sent
from tests.chaos.workers import struck_at
from tests.tiny import CUT, Bench, a_bench
from tests.town import PROCESS as MISSED_BINS
from tests.town import a_town, rekeyed


async def fates(bench: Bench, item: str) -> list[tuple[str, str, Fate, int | None]]:
    return [(one.method, one.path, one.fate, one.status) for one in await bench.queue.sent(item)]


async def test_a_save_and_its_answer_stand_in_the_history(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        [item] = await bench.add("K1")
        await bench.work()
        assert await fates(bench, item) == [("POST", "/save", Fate.ANSWERED, 200)]
        [sent] = await bench.queue.sent(item)
        assert sent.names == ("key", "name")
        assert "K1" not in repr(sent), "no value of the record"
        assert sent.ended is not None
        assert sent.left <= sent.ended


async def test_a_cut_stands_there_too(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.at["/save"] = lambda _: CUT
        [item] = await bench.add("K1")
        await bench.work()
        assert await fates(bench, item) == [("POST", "/save", Fate.CUT, None)]
        assert await bench.states() == {"in_doubt": 1}


async def test_what_a_dead_worker_had_sent_is_known(tmp_path: Path) -> None:
    """Killed when the target had answered: it left, and nobody saw more."""
    async with a_town(tmp_path, items=4) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await struck_at(town.settings(), Point.ANSWERED)
        items = await rekey.queue.items(MISSED_BINS)
        [of] = [sent for item in items if (sent := await rekey.queue.sent(item.id))]
        assert [one.fate for one in of] == [Fate.LEFT]
        assert len(town.saves()) == 1


async def test_what_a_dead_worker_had_not_sent_is_not_told_of(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=4) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await struck_at(town.settings(), Point.SENDING)
        assert not any([await rekey.queue.sent(one.id) for one in await rekey.queue.items(MISSED_BINS)])
        assert town.saves() == []


async def test_a_hold_between_the_intent_and_the_save_counts(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        [item] = await bench.add("K1")
        note = bench.queue.note_left

        async def hold_first(lease: Lease, sent: Sent) -> None:
            await bench.queue.hold("all", "ann", "stop")
            await note(lease, sent)

        bench.queue.note_left = hold_first  # type: ignore[method-assign]
        await bench.work()
        assert bench.target.saves == []
        assert await bench.states() == {"new": 1}
        [intent] = await bench.queue.intents(item)
        assert intent.status is IntentStatus.REFUSED
        bench.queue.note_left = note  # type: ignore[method-assign]
        await bench.queue.release("all", "ann", "go on")
        await bench.work()
        assert await bench.states() == {"done": 1}


@pytest.mark.parametrize("why", [StoreAway("store-failed", "Away."), LeaseLost("lease-lost", "Lost.")])
async def test_what_cannot_be_written_down_does_not_leave(tmp_path: Path, why: Exception) -> None:
    async with a_bench(tmp_path) as bench:
        await bench.add("K1")

        async def fail(*_: Any) -> None:
            raise why

        bench.queue.note_left = fail  # type: ignore[method-assign]
        await bench.work(max_items=1)
        assert bench.target.saves == []
        assert (await bench.states())["done"] == 0


async def test_a_store_that_is_slow_lets_nothing_leave_too_late(tmp_path: Path) -> None:
    """It has written down that the save leaves, and says so when the bot has given the save up."""
    async with a_bench(tmp_path) as bench:
        [item] = await bench.add("K1")
        note, told = bench.queue.note_left, asyncio.Event()

        async def slow(lease: Lease, sent: Sent) -> None:
            await note(lease, sent)
            await told.wait()

        bench.queue.note_left = slow  # type: ignore[method-assign]
        close = bench.queue.close_intent

        async def given_up(*given: Any) -> None:
            await close(*given)
            told.set()
            await asyncio.sleep(0.5)  # for what may still leave

        bench.queue.close_intent = given_up  # type: ignore[method-assign]
        await bench.work(max_items=1)
        assert told.is_set()
        assert bench.target.begun["POST /save"] == 0, "not even its head"
        assert (await bench.queue.item(item)).state is State.NEW  # type: ignore[union-attr]


async def test_an_answer_that_cannot_be_written_down_changes_nothing(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        [item] = await bench.add("K1")

        async def fail(*_: Any) -> None:
            raise StoreAway("store-failed", "Away.")

        bench.queue.note_ended = fail  # type: ignore[method-assign]
        await bench.work()
        assert await bench.states() == {"done": 1}
        assert [fate for *_, fate, _ in await fates(bench, item)] == [Fate.LEFT]


async def test_nothing_in_doubt_is_looked_up_before_it_may_not_be_late_any_more(tmp_path: Path) -> None:
    """The target saves after it hung up: sooner than its map says, and later than its longest save."""
    timeouts = {"ready": 3, "window": 1, "save": 1, "settle": 0.2, "late": 3}
    async with a_bench(tmp_path, more={"timeouts": timeouts}) as bench:
        [item] = await bench.add("K1")
        await bench.add("K2")
        bench.target.at["/save"] = lambda values: CUT if values["key"] == "K1" else None
        await bench.work(max_items=1)
        [intent] = await bench.queue.intents(item)
        assert intent.resolvable - intent.deadline == pytest.approx(4.2)
        bench.target.save({"key": "K1", "name": "Ann"})
        await bench.work(patience=8)
        assert bench.target.keys() == {"K1": 1, "K2": 1}
        assert (await bench.queue.item(item)).state is State.DONE  # type: ignore[union-attr]
