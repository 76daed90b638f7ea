"""How fast the queue is beside bare sqlite3 that does the very same work.

One run, in turns: a block of items through the queue, the same number through `sqlite3` in a plain loop.
The bare side executes the statements that the queue sent for one item, recorded as they left SQLAlchemy, in
the same transactions, with the same durability; only the ids are fresh for every item.
"""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bots.engine.core.item import Ending, NewItem, Receipt, State
from bots.engine.store.database.database import Database, SqliteDatabase
from bots.engine.store.work.queue import SqlQueue

PROCESS, STEP, SYSTEM = "missed-bins", "log", "waste"
BLOCK = 25

Statement = tuple[str, tuple[Any, ...]]
Transaction = list[Statement]


def sample(number: int) -> NewItem:
    data = {
        "uprn": f"{10_000_000 + number}",
        "collection": "refuse",
        "missed_on": "2026-11-02",
        "reported_by": "Ada Sample",
        "address": "1 Example Street, Sampleton, ZZ1 4AB",
        "contact": "07700 900000",
    }
    return NewItem(reference=f"ZZ{number:06}", data=data, origin={"file": "bins.xlsx", "row": number})


async def opened(database: Database, items: int) -> SqlQueue:
    """A store in which `items` wait."""
    queue = await SqlQueue.open(database, "test", versions={"code": "c0de", "rules": "4a1e", "maps": "3a95"})
    batch = await queue.open_batch(PROCESS, "bins.xlsx", "ann")
    await queue.add(PROCESS, batch, [sample(number) for number in range(items)])
    return queue


async def cycle(queue: SqlQueue) -> tuple[str, str, str, str]:
    """One item from new to done; what stands in its statements and in no other item's: ids and digest."""
    lease = await queue.take(PROCESS, "w1", 300)
    assert lease is not None
    intent = await queue.intend(
        lease,
        step=STEP,
        system=SYSTEM,
        digest=lease.item.digest,
        seen=(),
        window=20,
        settle=40,
        writer="host:1",
    )
    proof = Receipt(
        item=lease.item.id,
        step=STEP,
        system=SYSTEM,
        reference=f"C-{lease.item.id}",
        values={"uprn": "10000001", "collection": "refuse", "missed_on": "2026-11-02"},
        intent=intent.id,
    )
    await queue.record_receipt(lease, proof, intent)
    await queue.finish(lease, Ending(state=State.DONE), [STEP])
    return lease.item.id, intent.id, proof.reference, lease.item.digest


@dataclass
class Recorder:
    """The statements of one item, transaction by transaction, with their parameters as sqlite3 gets them."""

    transactions: list[Transaction] = field(default_factory=list)

    def listen(self, connection: Connection) -> None:
        engine = connection.engine
        sa.event.listen(engine, "begin", lambda _connection: self.transactions.append([]))
        sa.event.listen(engine, "before_cursor_execute", self._keep)

    def _keep(
        self, _connection: object, _cursor: object, statement: str, parameters: Any, *_more: object
    ) -> None:
        self.transactions[-1].append((statement, tuple(parameters)))


async def recorded(folder: Path) -> tuple[list[Transaction], tuple[str, str, str, str]]:
    """The statements of one whole item, once everything is warm, and its ids."""
    database = SqliteDatabase(folder / "recorded.db")
    queue = await opened(database, 2)
    await cycle(queue)
    recorder = Recorder()
    await database.run(recorder.listen)
    recorder.transactions.clear()
    ids = await cycle(queue)
    await queue.close()
    return recorder.transactions, ids


class Bare:
    """The same statements by sqlite3 alone, in a file of its own."""

    def __init__(self, path: Path, transactions: list[Transaction], ids: tuple[str, str, str, str]) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._transactions = transactions
        self._ids = ids
        self._waiting = iter(
            self._connection.execute("SELECT id, digest FROM items ORDER BY created").fetchall()
        )

    def cycle(self) -> None:
        item, digest = next(self._waiting)
        # The ids are drawn before, as the parameters of a program that has them at hand.
        fresh = dict(zip(self._ids, (item, f"intent-{item}", f"C-{item}", digest), strict=True))
        execute = self._connection.execute
        for transaction in self._transactions:
            execute("BEGIN IMMEDIATE")
            for statement, parameters in transaction:
                execute(statement, [fresh.get(value, value) for value in parameters]).fetchall()
            execute("COMMIT")

    def done(self) -> int:
        return int(self._connection.execute("SELECT count(*) FROM items WHERE state = 'done'").fetchone()[0])

    def close(self) -> None:
        self._connection.close()


async def run(items: int = 500) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        return await _run(Path(name), items)


async def _run(folder: Path, items: int) -> dict[str, Any]:
    transactions, ids = await recorded(folder)
    warm = BLOCK
    await (await opened(SqliteDatabase(folder / "bare.db"), items + warm)).close()
    queue = await opened(SqliteDatabase(folder / "queue.db"), items + warm)
    bare = Bare(folder / "bare.db", transactions, ids)
    times: dict[str, list[float]] = {"queue": [], "sqlite3": []}
    for _ in range(warm):
        await cycle(queue)
        bare.cycle()
    for start in range(0, items, BLOCK):
        count = min(BLOCK, items - start)
        for _ in range(count):
            began = time.perf_counter()
            await cycle(queue)
            times["queue"].append((time.perf_counter() - began) * 1000)
        for _ in range(count):
            began = time.perf_counter()
            bare.cycle()
            times["sqlite3"].append((time.perf_counter() - began) * 1000)
    counts = await queue.counts(PROCESS)
    assert counts[State.DONE] == bare.done() == items + warm, "both sides must have done the whole work"
    bare.close()
    await queue.close()
    rows = [row(name, taken) for name, taken in times.items()]
    medians = {each["name"]: each["median_ms"] for each in rows}
    return {"rows": rows, "ratios": {"sqlite3/queue": round(medians["sqlite3"] / medians["queue"], 3)}}


def row(name: str, times: list[float]) -> dict[str, Any]:
    ordered = sorted(times)
    return {
        "name": name,
        "median_ms": round(statistics.median(ordered), 3),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 3),
        "n": len(ordered),
    }
