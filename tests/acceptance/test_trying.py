"""A search is tried on what was just saved: one that does not show it is told of."""

from __future__ import annotations

from pathlib import Path

from tests.tiny import STEP, SYSTEM, Bench, a_bench

LETTERS = "K-é"


async def told(bench: Bench) -> list[tuple[str, str, bool, int]]:
    return sorted((one.system, one.search, one.letters, one.times) for one in await bench.queue.drift())


async def test_a_search_that_shows_what_was_saved_is_no_news(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.charset = "; charset=utf-8"
        await bench.add("K1", LETTERS)
        await bench.work()
        assert await bench.states() == {"done": 2}
        assert await told(bench) == []
        assert bench.target.seen["GET /search"] == 4, "before and after each save"


async def test_a_search_that_is_blind_for_letters_is_told_of(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        bench.target.charset = "; charset=utf-8"
        bench.target.hidden.add(LETTERS)
        await bench.add("K1", "K2", "K3", "K4", LETTERS)
        await bench.work()
        assert await bench.states() == {"done": 5}
        assert await told(bench) == [(SYSTEM, STEP, True, 1)]
        assert bench.target.seen["GET /search"] < 10, "the first of each kind, and a share of the others"


async def test_a_search_that_fails_then_is_no_failure_of_the_item(tmp_path: Path) -> None:
    async with a_bench(tmp_path) as bench:
        looks: list[str] = []

        def search(values: object) -> str | None:
            looks.append("")
            return "<h1>Out of order</h1>" if len(looks) == 2 else None

        bench.target.at["/search"] = search
        await bench.add("K1", "K2")
        await bench.work()
        assert await bench.states() == {"done": 2}
        assert await told(bench) == []
