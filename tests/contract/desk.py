"""A queue with a clock that the test moves, and the few moves that most tests begin with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bots.engine.core.item import (
    AddOutcome,
    Ending,
    Intent,
    Kind,
    Lease,
    NewItem,
    Receipt,
    State,
    Transition,
    WorkItem,
)
from bots.engine.core.queue import Queue

PROCESS, SYSTEM, STEP, SECOND = "missed-bins", "waste", "log", "letter"
STEPS = {PROCESS: ((STEP, SYSTEM), (SECOND, "post"))}
TWO_PEOPLE = {PROCESS: ("account",)}
VERSIONS = {"code": "c0de", "rules": "4a1e", "maps": "3a95"}
LEASE, WINDOW, SETTLE = 300.0, 20.0, 40.0


class Clock:
    """The database's clock, moved by the test. Takes a connection as the real one does, and ignores it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self, _connection: object = None) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds


def row(reference: str, uprn: str = "100", **more: Any) -> NewItem:
    return NewItem(reference=reference, data={"uprn": uprn}, origin={"row": reference}, **more)


async def _nothing(_item: str, _priority: int) -> None:
    raise NotImplementedError


@dataclass(kw_only=True)
class Desk:
    """One queue under test. Every move is of the one process, system and step above unless it says so."""

    queue: Queue
    clock: Clock
    prioritise: Callable[[str, int], Awaitable[None]] = _nothing  # no method of the queue sets it yet
    batches: dict[str, str] = field(default_factory=dict)

    async def hand_in(self, *rows: NewItem, process: str = PROCESS) -> list[tuple[AddOutcome, str]]:
        if process not in self.batches:
            self.batches[process] = await self.queue.open_batch(process, "bins.xlsx", "ann")
        return await self.queue.add(process, self.batches[process], rows)

    async def add(self, reference: str, uprn: str = "100", **more: Any) -> str:
        [(_outcome, item)] = await self.hand_in(row(reference, uprn, **more))
        return item

    async def take(self, worker: str = "w1") -> Lease:
        lease = await self.queue.take(PROCESS, worker, LEASE)
        assert lease is not None, "there should be something to take"
        return lease

    async def leased(self, reference: str = "ZZ1") -> Lease:
        """A new item, leased: the queue holds nothing else that could be taken."""
        item = await self.add(reference)
        lease = await self.take()
        assert lease.item.id == item
        return lease

    async def intend(self, lease: Lease, step: str = STEP, system: str = SYSTEM, **more: Any) -> Intent:
        given: dict[str, Any] = {
            "window": WINDOW,
            "settle": SETTLE,
            "digest": f"of {lease.item.reference}",
            "seen": ["C-1"],
        } | more
        return await self.queue.intend(lease, step=step, system=system, writer="host:1", **given)

    async def receipt(
        self, lease: Lease, reference: str, intent: Intent | None = None, step: str = STEP, **more: Any
    ) -> Receipt:
        systems = dict(STEPS[PROCESS])
        proof = Receipt(
            item=lease.item.id,
            step=step,
            system=systems[step],
            reference=reference,
            values={"uprn": "100"},
            intent=intent.id if intent else None,
            **more,
        )
        return await self.queue.record_receipt(lease, proof, intent)

    async def keyed(self, lease: Lease, reference: str, step: str = STEP) -> Receipt:
        intent = await self.intend(lease, step=step, system=dict(STEPS[PROCESS])[step])
        return await self.receipt(lease, reference, intent, step)

    async def end(self, lease: Lease, state: State, steps: tuple[str, ...] = (STEP,), **more: Any) -> State:
        return await self.queue.finish(lease, Ending(state=state, **more), steps)

    async def failed(self, lease: Lease) -> State:
        why = {"kind": Kind.BUSINESS, "code": "property-not-found", "sentence": "No such property."}
        return await self.end(lease, State.EXCEPTION, **why)

    async def done(self, reference: str = "ZZ1", target: str = "C-100") -> str:
        lease = await self.leased(reference)
        await self.keyed(lease, target)
        assert await self.end(lease, State.DONE) is State.DONE
        return lease.item.id

    async def doubtful(self, reference: str = "ZZ1") -> tuple[str, Intent]:
        """An item in doubt, and the open intent that makes it so."""
        lease = await self.leased(reference)
        intent = await self.intend(lease)
        assert await self.end(lease, State.IN_DOUBT) is State.IN_DOUBT
        return lease.item.id, intent

    async def look(self, item: str) -> WorkItem:
        found = await self.queue.item(item)
        assert found is not None
        return found

    async def state(self, item: str) -> State:
        return (await self.look(item)).state

    async def last(self, item: str) -> Transition:
        return (await self.queue.history(item))[-1]

    async def picture(self) -> list[object]:
        """Everything that the queue shows of the process: two equal pictures mean that nothing changed."""
        items = await self.queue.items(PROCESS)
        return [
            items,
            [await self.queue.intents(item.id) for item in items],
            [await self.queue.history(item.id) for item in items],
            await self.queue.receipts(PROCESS),
            await self.queue.holds(),
        ]
