"""What an audit hands over of an item: its whole history, and what proves it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.audit import Checkpoint, HistoryRow
from ...core.item import Batch, Receipt, Store, WorkItem
from ..database import tables as t
from ..database.database import from_json
from ..database.rows import batch as read_batch
from ..database.rows import one_item, work_item
from ..work.leases import receipts_of
from ..work.queue import read_store


def history_row(row: Row[Any]) -> HistoryRow:
    """A row as `chunks` reads it, JSON as text."""
    facts = from_json(row.facts) if row.facts else {}
    return HistoryRow(
        item=row.item,
        number=row.seq,
        at=row.at,
        event=row.event,
        who=row.who,
        before=row.before,
        after=row.after,
        why=row.why,
        code=row.code,
        attempt=row.attempt,
        token=row.token,
        versions=from_json(row.versions),
        facts={name: value for name, value in facts.items() if name not in ("proofs", "all")},
        detail=from_json(row.detail),
        hash=row.hash.hex(),
        place=row.id,
    )


def about(
    connection: Connection, item: str
) -> tuple[Store, WorkItem, Batch | None, list[Receipt], Checkpoint | None] | None:
    """The item itself, its hand-in, its receipts, and the first checkpoint over all of its history."""
    row = one_item(connection, item)
    if row is None:
        return None
    came = connection.execute(sa.select(t.batches).where(t.batches.c.id == row.batch)).one_or_none()
    last = sa.select(sa.func.max(t.history.c.id)).where(t.history.c.item == item).scalar_subquery()
    covers = sa.select(t.checkpoints).where(t.checkpoints.c.last >= last)
    found = connection.execute(covers.order_by(t.checkpoints.c.number).limit(1)).one_or_none()
    return (
        read_store(connection),
        work_item(row),
        read_batch(came) if came is not None else None,
        list(receipts_of(connection, item).values()),
        Checkpoint(**found._mapping) if found is not None else None,
    )
