"""Two hundred saves are cut off before a target whose search is blind and that takes everything twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.item import State
from bots.engine.core.summary import Reconciliation
from bots.engine.reconcile.run import Reconcile
from tests.tiny import CUT, SYSTEM, Bench, Log, Target, a_bench
from tests.town import PROCESS as MISSED_BINS
from tests.town import a_town, rekeyed

NUMBER, TWINS = 200, 10
LETTERS = "éłőñş"
TIMES = {"ready": 5, "window": 3, "save": 1, "settle": 0, "late": 0}

Blindness = Callable[[Target, Mapping[str, str]], list[dict[str, str]]]
"""What of its cases a search shows that was asked for a key."""


def _asked(target: Target, values: Mapping[str, str]) -> list[dict[str, str]]:
    return [one for one in target.saves if one["key"] == values.get("q")]


BLIND: dict[str, Blindness] = {
    "always empty": lambda target, values: [],
    "for letters": lambda target, values: (
        [one for one in _asked(target, values) if not set(LETTERS) & set(one["key"])]
    ),
    "the newest 50": lambda target, values: (
        [one for one in _asked(target, values) if one not in target.saves[-50:]]
    ),
}


class NoList(Log):
    lists = False


def keys() -> list[str]:
    return [f"K{number:03d}{LETTERS[number % 5] if number % 3 == 0 else ''}" for number in range(NUMBER)]


def cuts(bench: Bench) -> Counter[str]:
    """Every first save of a case is cut off when it was saved."""
    cut: Counter[str] = Counter()

    def save(values: Mapping[str, str]) -> str | None:
        key = values.get("key", "")
        cut[key] += 1
        if cut[key] > 1 or not key.startswith("K"):
            return None
        bench.target.save(values)
        return CUT

    bench.target.at["/save"] = save
    return cut


async def compared(bench: Bench) -> Reconciliation:
    async with bench.at_work("w9") as (systems, name):
        reconcile = Reconcile(queue=bench.queue, systems=systems, worker=name, sign_ins={SYSTEM: ["bot"]})
        return await reconcile.compare(bench.process)


@pytest.mark.long
@pytest.mark.parametrize("listed", [True, False], ids=["with a list", "without"])
@pytest.mark.parametrize("blind", BLIND)
async def test_nothing_is_saved_again(tmp_path: Path, blind: str, listed: bool) -> None:
    step: Any = Log() if listed else NoList()
    async with a_bench(tmp_path, step=step, more={"timeouts": TIMES, "at_risk": 1000}) as bench:
        target = bench.target
        target.charset = "; charset=utf-8"
        target.at["/search"] = lambda values: target._list(BLIND[blind](target, values))
        cuts(bench)
        await bench.add(*keys())
        told = [one.item for one in (await bench.work(sessions=8)).raised]
        await bench.work(sessions=4, patience=5)
        await bench.add(*(f"L{number}" for number in range(60)))  # later ones, that go well
        told += [one.item for one in (await bench.work(sessions=4, patience=30)).raised]
        assert sum(target.keys().values()) == NUMBER + 60
        assert set(target.keys().values()) == {1}
        doubts = await bench.queue.items("tiny", [State.IN_DOUBT])
        print(f"{blind}, {'list' if listed else 'no list'}: {await bench.states()}")
        if listed:
            assert doubts == []
        else:
            assert {one.code for one in doubts} <= {"absence-not-provable"}
            assert all("would prove that it is not there" in (one.sentence or "") for one in doubts)
            assert {one.id for one in doubts} <= set(told)
        if listed:
            for one in target.saves[:TWINS]:
                target.save(one)
            found = await compared(bench)
            assert len(found.twice) == TWINS
            assert {one.target for one in found.twice} == {one["ref"] for one in target.saves[-TWINS:]}


async def test_a_save_that_something_between_repeats_is_found(tmp_path: Path) -> None:
    """It went well, and then what stands between the two sent it once more. No search shows either."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await town.fault("accepts_duplicates")
        await town.fault("repeats", times=1)
        await rekey.work(MISSED_BINS, sessions=1)
        saved = Counter((one["uprn"], one["collection"], one["missed_on"]) for one in town.saves())
        assert sorted(saved.values())[-2:] == [1, 2]
        await town.fault("search_empty")
        found = await rekey.reconcile(MISSED_BINS)
        [twin] = found.twice
        item = await rekey.queue.item(str(twin.item))
        assert item is not None
        [receipt] = await rekey.queue.receipts_of(item.id)
        assert twin.target not in (None, receipt.reference)
        assert not found.clean
