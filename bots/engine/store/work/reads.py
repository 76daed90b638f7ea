"""Reading transactions: items, counts, receipts, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import (
    AddOutcome,
    Batch,
    BatchRow,
    Intent,
    IntentStatus,
    Receipt,
    State,
    Transition,
    WorkItem,
)
from ...core.queue import NEVER
from ..chain.entries import SEEN
from ..database import tables as t
from ..database.rows import batch, intent, receipt, transition, work_item
from .rules import SLACK


def items(connection: Connection, process: str | None, states: Sequence[State], limit: int) -> list[WorkItem]:
    query = sa.select(t.items).order_by(t.items.c.created, t.items.c.id).limit(limit)
    if process:
        query = query.where(t.items.c.process == process)
    if states:
        query = query.where(t.items.c.state.in_([state.value for state in states]))
    return [work_item(row) for row in connection.execute(query)]


def references(connection: Connection, process: str) -> Mapping[str, str]:
    query = sa.select(t.items.c.reference, t.items.c.id).where(t.items.c.process == process)
    return {row.reference: row.id for row in connection.execute(query)}


def receipts(connection: Connection, process: str) -> list[Receipt]:
    query = (
        sa.select(t.receipts)
        .join(t.items, t.items.c.id == t.receipts.c.item)
        .where(t.items.c.process == process)
        .order_by(t.receipts.c.at)
    )
    return [receipt(row) for row in connection.execute(query)]


def history(connection: Connection, item: str) -> list[Transition]:
    mine = (t.history.c.item == item, t.history.c.event.in_(SEEN))
    query = sa.select(t.history).where(*mine).order_by(t.history.c.seq)
    return [transition(row) for row in connection.execute(query)]


def counts(connection: Connection, process: str) -> Mapping[State, int]:
    query = (
        sa.select(t.items.c.state, sa.func.count())
        .where(t.items.c.process == process)
        .group_by(t.items.c.state)
    )
    found = {State(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in State}


def reasons(connection: Connection, process: str) -> Mapping[str, int]:
    query = (
        sa.select(t.items.c.code, sa.func.count())
        .where(t.items.c.process == process, t.items.c.state == State.EXCEPTION.value)
        .group_by(t.items.c.code)
        .order_by(t.items.c.code)
    )
    return {code or "unknown": count for code, count in connection.execute(query)}


def batches(connection: Connection, process: str) -> list[Batch]:
    query = (
        sa.select(t.batches)
        .where(t.batches.c.process == process)
        .order_by(t.batches.c.received, t.batches.c.number)
    )
    return [batch(row) for row in connection.execute(query)]


def one_batch(connection: Connection, wanted: str) -> Batch | None:
    row = connection.execute(sa.select(t.batches).where(t.batches.c.id == wanted)).one_or_none()
    return batch(row) if row is not None else None


def batch_rows(connection: Connection, of: str) -> list[BatchRow]:
    query = sa.select(t.source_rows).where(t.source_rows.c.batch == of).order_by(t.source_rows.c.row)
    rows = connection.execute(query).all()
    named = t.items.c.id.in_(sa.select(t.source_rows.c.item).where(t.source_rows.c.batch == of))
    items = {row.id: work_item(row) for row in connection.execute(sa.select(t.items).where(named))}
    proofs: dict[str, dict[str, Receipt]] = {item: {} for item in items}
    theirs = sa.select(t.receipts).join(t.items, t.items.c.id == t.receipts.c.item).where(named)
    for row in connection.execute(theirs):
        proofs[row.item][row.step] = receipt(row)
    put_right = _put_right(connection, named)
    return [
        BatchRow(
            row=row.row,
            outcome=AddOutcome(row.outcome),
            origin=row.origin,
            digest=row.digest,
            item=items[row.item],
            receipts=proofs[row.item],
            said=put_right.get((row.item, row.digest)),
        )
        for row in rows
    ]


def _put_right(
    connection: Connection, named: sa.ColumnElement[bool]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """By item and digest what its source said last, where staff put it right. Not where that was other data
    for a known case: people were told of it, and what they decided is no correction of that row."""
    i, c, s = t.items.c, t.corrections.c, t.source_rows.c
    taken = [AddOutcome.ADDED.value, AddOutcome.UPDATED.value]
    was_its_data = sa.select(s.item).where(s.item == i.id, s.digest == i.source_digest, s.outcome.in_(taken))
    query = (
        sa.select(i.id, i.source_digest, c.data)
        .join(t.corrections, sa.and_(c.item == i.id, c.digest == i.source_digest))
        .where(named, i.digest != i.source_digest, was_its_data.exists())
    )
    return {(row.id, row.source_digest): row.data for row in connection.execute(query)}


def unanswered(connection: Connection, process: str) -> list[Batch]:
    """Hand-ins in which nothing waits for a worker any more, and something moved since their last answer."""
    mine = sa.select(t.items.c.id).join(t.source_rows, t.source_rows.c.item == t.items.c.id)
    mine = mine.where(t.source_rows.c.batch == t.batches.c.id)
    at_work = t.items.c.state.in_([State.NEW.value, State.IN_PROGRESS.value])
    moved = sa.or_(t.batches.c.returned.is_(None), t.items.c.updated > t.batches.c.returned)
    query = (
        sa.select(t.batches)
        .where(t.batches.c.process == process, ~mine.where(at_work).exists(), mine.where(moved).exists())
        .order_by(t.batches.c.received, t.batches.c.number)
    )
    return [batch(row) for row in connection.execute(query)]


def keyed_after(
    connection: Connection, step: str, system: str, moment: float, but: str
) -> tuple[WorkItem, Receipt] | None:
    query = (
        sa.select(t.receipts)
        .join(t.intents, t.intents.c.id == t.receipts.c.intent)
        .where(
            t.receipts.c.step == step,
            t.receipts.c.system == system,
            t.receipts.c.item != but,
            t.receipts.c.adopted == sa.false(),
            t.intents.c.recorded > moment,
            t.intents.c.unsteady.is_(None),  # its moment is of another clock
        )
        .order_by(t.receipts.c.at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    item = connection.execute(sa.select(t.items).where(t.items.c.id == row.item)).one()
    return work_item(item), receipt(row)


def last_entry(connection: Connection) -> int:
    """The number of the newest row of history."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(t.history.c.id), 0))).scalar_one())


def due_in(connection: Connection, now: float, process: str, doubts: bool) -> float | None:
    """The earliest of: a new item's not-before or its hand-in's beginning, whichever is later, a lease's end,
    an open intent's resolution. `doubts`: of the last one alone."""
    mine = t.items.c.process == process
    doubtful = sa.and_(t.intents.c.item == t.items.c.id, t.open_intents)
    later = sa.case((t.items.c.not_before > t.settled, t.items.c.not_before), else_=t.settled)
    # One that ends later than it ever could has run out: the clock was set back.
    longest = now + t.items.c.lease_seconds
    ends = sa.case((t.items.c.lease_expires > longest + SLACK, now), else_=t.items.c.lease_expires)
    not_begun = t.batches.c.begins > now
    begins = sa.case(
        (t.batches.c.begins > t.items.c.not_before, t.batches.c.begins), else_=t.items.c.not_before
    )
    new = sa.and_(mine, t.items.c.state == State.NEW.value)
    resolved = (
        sa.select(sa.func.min(later))
        .select_from(t.items)
        .join(t.intents, doubtful)
        .where(mine, t.items.c.state == State.IN_DOUBT.value, t.items.c.not_before < NEVER)
    )
    others = (
        sa.select(sa.func.min(t.items.c.not_before)).where(
            new, t.items.c.batch.not_in(sa.select(t.batches.c.id).where(not_begun))
        ),
        sa.select(sa.func.min(begins))
        .select_from(t.items)
        .join(t.batches, t.batches.c.id == t.items.c.batch)
        .where(new, not_begun),
        sa.select(sa.func.min(ends)).where(mine, t.items.c.state == State.IN_PROGRESS.value),
    )
    queries = (resolved,) if doubts else (resolved, *others)
    moments = [connection.execute(query).scalar_one() for query in queries]
    known = [moment for moment in moments if moment is not None]
    return max(0.0, min(known) - now) if known else None


def intents_of(connection: Connection, item: str) -> list[Intent]:
    query = sa.select(t.intents).where(t.intents.c.item == item).order_by(t.intents.c.recorded)
    return [intent(row) for row in connection.execute(query)]


def refused_before(connection: Connection, system: str, step: str, code: str) -> bool:
    i = t.intents.c
    mine = (i.system == system, i.step == step, i.status == IntentStatus.REFUSED.value, i.why == code)
    return connection.execute(sa.select(i.id).where(*mine).limit(1)).first() is not None


def begun(connection: Connection, process: str, step: str) -> frozenset[str]:
    query = sa.select(t.intents.c.item).join(t.items, t.items.c.id == t.intents.c.item)
    rows = connection.execute(query.where(t.items.c.process == process, t.intents.c.step == step))
    return frozenset(row.item for row in rows)


def rivals(connection: Connection, step: str, system: str, digest: str, but: str) -> int:
    query = (
        sa.select(sa.func.count())
        .select_from(t.intents)
        .where(
            t.intents.c.step == step,
            t.intents.c.system == system,
            t.intents.c.digest == digest,
            t.intents.c.item != but,
            t.open_intents,
        )
    )
    return int(connection.execute(query).scalar_one())
