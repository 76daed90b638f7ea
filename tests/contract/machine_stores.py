"""The queues under test side by side: the same call to each, and what each shows afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from bots.engine.core.errors import RekeyError
from bots.engine.core.item import (
    Hold,
    Intent,
    Lease,
    Receipt,
    State,
    Transition,
    WorkItem,
)
from bots.engine.core.queue import Queue
from bots.engine.store.database.database import Database, Transaction, connect
from bots.engine.store.work.queue import SqlQueue

from .conftest import emptied, memory_desk
from .desk import PROCESS, STEPS, VERSIONS, Clock, Desk
from .machine_time import JumpingClock, Moment


@dataclass(frozen=True, kw_only=True)
class Picture:
    """Everything that one store shows at one moment. Items, intents and history by the item's reference."""

    now: Moment
    items: Mapping[str, WorkItem]
    intents: Mapping[str, tuple[Intent, ...]]
    history: Mapping[str, tuple[Transition, ...]]
    receipts: tuple[Receipt, ...]
    holds: tuple[Hold, ...]
    due_in: float | None
    counts: Mapping[State, int]

    def receipts_of(self, name: str) -> dict[str, Receipt]:
        return {r.step: r for r in self.receipts if r.item == self.items[name].id}


async def shown(queue: Queue, now: Moment) -> Picture:
    items = {item.reference: item for item in await queue.items(PROCESS)}
    return Picture(
        now=now,
        items=items,
        intents={name: tuple(await queue.intents(item.id)) for name, item in items.items()},
        history={name: tuple(await queue.history(item.id)) for name, item in items.items()},
        receipts=tuple(await queue.receipts(PROCESS)),
        holds=tuple(await queue.holds()),
        due_in=await queue.due_in(PROCESS),
        counts=await queue.counts(PROCESS),
    )


class _OneTransaction:
    """A database that runs everything in a transaction that is open already: one picture, one moment."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    async def run(self, transaction: Transaction[Any], *, patiently: bool = False) -> Any:
        return transaction(self._connection)

    async def close(self) -> None: ...


def _at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("it waited")


Look = Callable[[Moment], Awaitable[Picture]]


@dataclass(kw_only=True)
class Side:
    """One store, with what workers hold of it. Numbers are the same on all sides, ids are not."""

    desk: Desk
    look: Look
    batches: list[str] = field(default_factory=list)
    leases: list[Lease] = field(default_factory=list)
    intents: list[Intent] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def queue(self) -> Queue:
        return self.desk.queue

    def id(self, name: str) -> str:
        return self.ids.get(name, "missed-bins-nothing")


def memory_side(clock: JumpingClock) -> Side:
    desk = memory_desk(clock)
    return Side(desk=desk, look=lambda now: shown(desk.queue, now))


def _sql_side(database: Database, clock: Clock) -> Side:
    def queue_on(where: Database) -> SqlQueue:
        return SqlQueue(where, versions=VERSIONS, steps=STEPS, clock=clock)

    async def look(now: Moment) -> Picture:
        return await database.run(lambda c: _at_once(shown(queue_on(_OneTransaction(c)), now)))

    async def prioritise(item: str, priority: int) -> None:
        change = sa.text("UPDATE items SET priority = :priority WHERE id = :item")
        await database.run(lambda c: c.execute(change, {"priority": priority, "item": item}))

    desk = Desk(queue=queue_on(database), clock=clock, prioritise=prioritise)
    return Side(desk=desk, look=look)


class Bench:
    """Opens a database once; every example begins on it empty, beside a new twin in memory."""

    def __init__(self, url: str | None) -> None:
        self.loop = asyncio.new_event_loop()
        self._database = connect(url) if url else None
        if self._database:
            self.run(SqlQueue.open(self._database, "test"))

    def run(self, work: Awaitable[Any]) -> Any:
        return self.loop.run_until_complete(work)

    def sides(self, clock: JumpingClock) -> list[Side]:
        if self._database is None:
            return [memory_side(clock)]
        self.run(emptied(self._database))
        return [memory_side(clock), _sql_side(self._database, clock)]

    def close(self) -> None:
        if self._database:
            self.run(self._database.close())
        self.loop.close()


async def answer(call: Awaitable[Any]) -> tuple[str, Any]:
    """The word that stands for what a store said, and its answer."""
    try:
        return "ok", await call
    except RekeyError as refusal:
        return refusal.code, refusal
    except ValueError as refusal:
        return "ValueError", refusal


# ---- what must be equal on all sides: everything but the ids, which are drawn by chance ------------
_CHANCE = {"id", "item", "batch", "created", "intent"}


def essence(side: Side, value: Any) -> object:
    if isinstance(value, RekeyError | ValueError):
        return type(value), getattr(value, "code", None)
    if isinstance(value, Lease):
        receipts = {step: essence(side, receipt) for step, receipt in value.receipts.items()}
        held = (value.worker, value.token, value.expires)
        return essence(side, value.item), held, receipts, essence(side, value.intent)
    if isinstance(value, WorkItem) and value.state is State.IN_PROGRESS:
        value = replace(value, updated=0.0)  # moves at different calls, and nobody reads it before the end
    if isinstance(value, WorkItem | Intent | Receipt | Hold):
        return {name: each for name, each in vars(value).items() if name not in _CHANCE}
    if isinstance(value, Transition):
        row = (value.at, value.who, value.before, value.after, value.why, value.code)
        return (*row, value.attempt, value.token, value.versions, value.detail)
    if isinstance(value, list | tuple):
        return [essence(side, each) for each in value]
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return {item: name for name, item in side.ids.items()}.get(value, "an id")
    return value


def picture_essence(side: Side, picture: Picture) -> object:
    """Rows in the order of their times: where the clock was set back, stores may list them differently."""
    return [
        {name: essence(side, item) for name, item in sorted(picture.items.items())},
        {
            name: essence(side, sorted(rows, key=lambda i: i.recorded))
            for name, rows in sorted(picture.intents.items())
        },
        {name: essence(side, rows) for name, rows in sorted(picture.history.items())},
        essence(side, sorted(picture.receipts, key=lambda r: r.at)),
        essence(side, sorted(picture.holds, key=lambda h: h.since)),
        picture.due_in,
        picture.counts,
    ]


def difference(one: Any, other: Any) -> object:
    """The smallest part in which two values differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        parts = [(one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple) and len(one) == len(other):
        parts = list(zip(one, other, strict=True))
    else:
        return one, other
    return next(difference(a, b) for a, b in parts if a != b)
