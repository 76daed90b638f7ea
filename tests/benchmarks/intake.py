"""How fast a big workbook comes into the queue, beside reading it bare and inserting its rows at once.

One run, in turns, each in a process of its own so that its memory can be told: `hand in` is the engine's
whole way (typed records, natural keys, items, history, origins, duplicates found); `bare` is calamine's
Python rows and one bulk insert into SQLite with the same durability. Both find an open, empty database; the
reader's process is started within the hand-in.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil
import python_calamine

from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.intake.files import HandIn
from bots.engine.settings import ROOT
from bots.engine.store.database.database import SqliteDatabase
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.queue import SqlQueue
from bots.processes.registry import find
from fixtures.council.samples.big_workbook import big_workbook

ROWS = 100_000
ROUNDS = 3
PROCESS = "council-tax-moves"


async def run(items: int = ROWS) -> dict[str, Any]:
    """`items`: rows of the workbook."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "big.xlsx"
        await asyncio.to_thread(big_workbook, workbook, items)
        taken: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
        for _ in range(ROUNDS):
            for name, found in taken.items():
                found.append(_in_a_process(name, workbook))
    rows = []
    for name, found in taken.items():
        times = sorted(one["seconds"] * 1000 for one in found)
        rows.append({"name": name, "median_ms": times[len(times) // 2], "p95_ms": times[-1], "n": len(times)})
    peak = max(one["peak_mb"] for one in taken["hand in"])
    return {
        "rows": rows,
        "ratios": {"hand in/bare": rows[1]["median_ms"] / rows[0]["median_ms"]},
        "facts": {"rows": f"{items:,}", "peak memory of a hand-in, both processes": f"{peak:.0f} MB"},
    }


def _in_a_process(name: str, workbook: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.intake", name, str(workbook)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def bare(workbook: Path, folder: Path) -> tuple[float, float]:
    database = sqlite3.connect(folder / "bare.db")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, data TEXT NOT NULL)")
    began = time.perf_counter()
    rows = python_calamine.CalamineWorkbook.from_path(workbook).get_sheet_by_name("Moves").to_python()
    with database:
        values = ((number, json.dumps(row, default=str)) for number, row in enumerate(rows))
        database.executemany("INSERT INTO rows VALUES (?, ?)", values)
    database.close()
    return time.perf_counter() - began, _peak()


def hand_in(workbook: Path, folder: Path) -> tuple[float, float]:
    return asyncio.run(_hand_in(workbook, folder))


async def _hand_in(workbook: Path, folder: Path) -> tuple[float, float]:
    database, in_force = SqliteDatabase(folder / "rekey.db"), {"code": "c0de"}
    queue, claims = await SqlQueue.open(database, "test", versions=in_force), StoreClaims(database, in_force)
    async with Sandbox() as sandbox:
        began = time.perf_counter()
        desk = HandIn(claims=claims, sandbox=sandbox, who="benchmark", folder=folder / "kept")
        summary = await desk.read(find(PROCESS), workbook)
    assert summary.rows is not None, summary
    assert summary.rows.added == summary.rows.source > 0, summary
    await queue.close()
    return time.perf_counter() - began, _peak() + sandbox.megabytes


WAYS = {"bare": bare, "hand in": hand_in}


def main(name: str, workbook: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        seconds, peak = WAYS[name](workbook, Path(folder))
    print(json.dumps({"seconds": seconds, "peak_mb": peak}))


def _peak() -> float:
    """The most memory that this process ever held, in megabytes."""
    memory = psutil.Process().memory_info()
    if hasattr(memory, "peak_wset"):  # Windows
        return float(memory.peak_wset) / 1e6
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
