"""The queue in a database: each method is one transaction of the modules beside this one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.absence import Absence
from ...core.decision import Answers, Rule
from ...core.errors import ConfigurationError
from ...core.item import (
    AddOutcome,
    Batch,
    BatchRow,
    Ending,
    Intent,
    IntentStatus,
    Lease,
    NewItem,
    Receipt,
    State,
    Store,
    Transition,
    WorkItem,
)
from ...core.queue import SameCase, any_case
from ...core.sent import Sent
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from ..database.migrate import upgrade
from ..database.rows import new_id, one_item, work_item
from . import decisions, departures, guards, intake, leases, proofs, reads
from .sql_guards import SqlGuards

P = ParamSpec("P")
T = TypeVar("T")


class SqlQueue(SqlGuards):
    """The durable queue.

    `versions` are the digests in force, written into every row of history; `steps` gives each process's
    (step, system) pairs in order, `second` the fields of which a correction wants a second person.
    """

    def __init__(
        self,
        database: Database,
        *,
        versions: Mapping[str, str] | None = None,
        steps: Mapping[str, Sequence[tuple[str, str]]] | None = None,
        second: Mapping[str, Collection[str]] | None = None,
        clock: Clock = database_clock,
    ) -> None:
        self._database = database
        self._versions = dict(versions or {})
        self._steps = dict(steps or {})
        self._second = dict(second or {})
        self._clock = clock

    @classmethod
    async def open(cls, database: Database, environment: str, **options: Any) -> SqlQueue:
        """Bring the schema up to date and bind a new store to its environment, once and for ever."""
        queue = cls(database, **options)
        store = await database.run(lambda c: _open(c, queue._clock, environment), patiently=True)
        if store.environment != environment:
            raise ConfigurationError(
                "environment-mismatch",
                f"This store belongs to {store.environment}, but REKEY_ENVIRONMENT says {environment}.",
            )
        return queue

    async def _at(
        self, work: Callable[Concatenate[Connection, float, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._database.run(lambda c: work(c, self._clock(c), *args, **kwargs))

    async def _see(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._database.run(lambda c: work(c, *args, **kwargs))

    async def close(self) -> None:
        await self._database.close()

    async def last_entry(self) -> int:
        return await self._see(reads.last_entry)

    async def store(self) -> Store:
        return await self._see(read_store)

    async def trust(self, process: str, clean: bool) -> None:
        await self._at(guards.trust, process, clean)

    async def trusted(self, process: str) -> float | None:
        return await self._see(guards.trusted, process)

    async def open_batch(
        self, process: str, source: str, who: str, detail: Mapping[str, Any] | None = None
    ) -> str:
        return await self._at(intake.open_batch, process, source, who, detail or {})

    async def add(
        self, process: str, batch: str, rows: Sequence[NewItem], same_case: SameCase = any_case
    ) -> list[tuple[AddOutcome, str]]:
        given = (self._versions, process, batch, rows, same_case)
        # One statement writes many rows.
        return await self._database.run(lambda c: intake.add(c, self._clock(c), *given), patiently=True)

    async def batches(self, process: str) -> list[Batch]:
        return await self._see(reads.batches, process)

    async def batch(self, batch: str) -> Batch | None:
        return await self._see(reads.one_batch, batch)

    async def batch_rows(self, batch: str) -> list[BatchRow]:
        return await self._see(reads.batch_rows, batch)

    async def unanswered(self, process: str) -> list[Batch]:
        return await self._see(reads.unanswered, process)

    async def answered(self, batch: str, at: float) -> None:
        change = sa.update(t.batches).where(t.batches.c.id == batch).values(returned=at)
        await self._database.run(lambda c: c.execute(change))

    async def begin(self, batch: str, at: float | None, who: str, *, seen: float | None) -> None:
        await self._at(intake.begin, batch, at, who, seen)

    async def now(self) -> float:
        return await self._database.run(lambda c: self._clock(c))

    async def take(self, process: str, worker: str, seconds: float) -> Lease | None:
        return await self._at(leases.take, self._versions, process, worker, seconds)

    async def take_in_doubt(self, process: str, worker: str, seconds: float) -> Lease | None:
        return await self._at(leases.take_in_doubt, self._versions, process, worker, seconds)

    async def extend(self, lease: Lease, seconds: float) -> Lease:
        return await self._at(leases.extend, lease, seconds)

    async def intend(
        self,
        lease: Lease,
        *,
        step: str,
        system: str,
        digest: str,
        seen: Sequence[str],
        window: float,
        settle: float,
        writer: str,
        account: str = "",
        pence: int = 0,
        at_risk: int | None = None,
    ) -> Intent:
        return await self._at(
            proofs.intend,
            self._versions,
            lease,
            step=step,
            system=system,
            digest=digest,
            seen=seen,
            window=window,
            settle=settle,
            writer=writer,
            account=account,
            pence=pence,
            at_risk=at_risk,
        )

    async def note_left(self, lease: Lease, sent: Sent) -> None:
        await self._at(departures.leave, self._versions, lease, sent)

    async def note_ended(self, lease: Lease, sent: Sent) -> None:
        await self._at(departures.end, self._versions, lease, sent)

    async def note_said(self, lease: Lease, intent: Intent, reference: str) -> None:
        await self._at(departures.say, self._versions, lease, intent, reference)

    async def close_intent(
        self,
        lease: Lease,
        intent: Intent,
        status: IntentStatus,
        why: str,
        absence: Absence | None = None,
    ) -> None:
        await self._at(proofs.close_intent, self._versions, lease, intent, status, why, absence)

    async def record_receipt(self, lease: Lease, receipt: Receipt, intent: Intent | None) -> Receipt:
        return await self._at(proofs.record_receipt, self._versions, lease, receipt, intent)

    async def confirm(self, lease: Lease, step: str, values: Mapping[str, str]) -> None:
        await self._at(proofs.confirm, self._versions, lease, step, values)

    async def retract(self, lease: Lease, step: str, why: str) -> None:
        await self._at(proofs.retract, self._versions, lease, step, why)

    async def finish(self, lease: Lease, ending: Ending, steps: Sequence[str]) -> State:
        return await self._at(leases.finish, self._versions, lease, ending, steps, self._steps)

    async def expire(self, process: str) -> int:
        return await self._at(leases.expire, self._versions, process)

    async def owner(self, system: str, step: str, reference: str) -> str | None:
        return await self._see(proofs.owner, system, step, reference)

    async def keyed_after(
        self, step: str, system: str, moment: float, but: str
    ) -> tuple[WorkItem, Receipt] | None:
        return await self._see(reads.keyed_after, step, system, moment, but)

    async def rivals(self, step: str, system: str, digest: str, but: str) -> int:
        return await self._see(reads.rivals, step, system, digest, but)

    async def due_in(self, process: str, *, doubts: bool = False) -> float | None:
        return await self._at(reads.due_in, process, doubts)

    async def item(self, item: str) -> WorkItem | None:
        row = await self._see(one_item, item)
        return work_item(row) if row is not None else None

    async def items(
        self, process: str | None = None, states: Sequence[State] = (), limit: int = 1000
    ) -> list[WorkItem]:
        return await self._see(reads.items, process, states, limit)

    async def references(self, process: str) -> Mapping[str, str]:
        return await self._see(reads.references, process)

    async def receipts(self, process: str) -> list[Receipt]:
        return await self._see(reads.receipts, process)

    async def receipts_of(self, item: str) -> list[Receipt]:
        return list((await self._see(leases.receipts_of, item)).values())

    async def intents(self, item: str) -> list[Intent]:
        return await self._see(reads.intents_of, item)

    async def refused_before(self, system: str, step: str, code: str) -> bool:
        return await self._see(reads.refused_before, system, step, code)

    async def begun(self, process: str, step: str) -> Collection[str]:
        return await self._see(reads.begun, process, step)

    async def said(self, intent: Intent) -> str | None:
        return await self._see(departures.said, intent.item, intent.id)

    async def sent(self, item: str) -> list[Sent]:
        return await self._see(departures.sent, item)

    async def history(self, item: str) -> list[Transition]:
        return await self._see(reads.history, item)

    async def counts(self, process: str) -> Mapping[State, int]:
        return await self._see(reads.counts, process)

    async def reasons(self, process: str) -> Mapping[str, int]:
        return await self._see(reads.reasons, process)

    async def decide(
        self, item: str, rule: Rule, who: str, answers: Answers, *, seen: float | None = None
    ) -> None:
        given = (item, rule, who, answers, seen, self._steps, self._second)
        await self._at(decisions.decide, self._versions, *given)


def read_store(connection: Connection) -> Store:
    row = connection.execute(sa.select(t.store)).one()
    return Store(
        id=row.id,
        environment=row.environment,
        created=row.created,
        restored=row.restored,
    )


def _open(connection: Connection, clock: Clock, environment: str) -> Store:
    upgrade(connection)  # holds its lock until the end of this transaction: a store is bound by one worker
    return _bind(connection, clock(connection), environment)


def _bind(connection: Connection, now: float, environment: str) -> Store:
    if connection.execute(sa.select(t.store.c.id)).first() is None:
        values = {"id": new_id("store"), "environment": environment, "created": now}
        connection.execute(sa.insert(t.store).values(**values, batches=0))
    return read_store(connection)
