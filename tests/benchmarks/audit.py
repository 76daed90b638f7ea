"""How fast `rekey audit verify` reads: rows of history a minute, over a store of worked items on SQLite."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import psutil

from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database.database import SqliteDatabase
from tests.benchmarks.queue import cycle, opened
from tests.benchmarks.timing import Stopwatch

ITEMS = 5_000
ROUNDS = 5


async def run(items: int = ITEMS) -> dict[str, Any]:
    """`items`: half of them worked to their end, the others only handed in."""
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "store.db")
        queue = await opened(database, items)
        for _ in range(items // 2):
            await cycle(queue)
        audit = StoreAudit(database)
        await audit.checkpoint()
        watch, before = Stopwatch("verify"), _memory()
        for _ in range(ROUNDS):
            with watch.timed():
                found = await audit.verify()
        assert found.whole, found
        await queue.close()
    return {
        "rows": [watch.row()],
        "ratios": {},
        "facts": {
            "rows of history": f"{found.rows:,}",
            "rows a minute": f"{found.rows / watch.median * 60_000:,.0f}",
            "memory that it took": f"{_memory() - before:.0f} MB",
        },
    }


def _memory() -> float:
    return psutil.Process().memory_info().rss / 1e6
