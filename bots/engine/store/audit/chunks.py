"""Reading the store for its audit, some items at a time: bounded memory, and short transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..chain import digests, facts
from ..database import tables as t

ITEMS_AT_ONCE = 500
ROWS_AT_ONCE = 20_000
Rows = Sequence[Row[Any]]


def named(table: sa.Table, names: Sequence[str]) -> list[sa.ColumnElement[Any]]:
    """Columns in this very order, JSON as the text that the database holds."""
    json = {column.name for column in table.c if isinstance(column.type, sa.JSON)}
    return [sa.cast(table.c[n], sa.Text).label(n) if n in json else table.c[n] for n in names]


_ITEMS = sa.select(
    *named(t.items, (*digests.CONTENT, *digests.STANDING)),
    *(t.items.c[n] for n in ("salt", "content", "entries", "head", "updated", "lease_expires")),
).order_by(t.items.c.id)
_HISTORY = sa.select(
    *named(t.history, digests.PUBLIC),
    *named(t.history, ("why", "detail", "image", "hash", "sealed", "id")),
).order_by(t.history.c.item, t.history.c.seq)
_INTENTS = sa.select(*facts.INTENT, t.intents.c.item)
_RECEIPTS = sa.select(*facts.RECEIPT, t.receipts.c.item)
_LINKS = sa.select(t.history.c.id, t.history.c.item, t.history.c.seq, t.history.c.hash)


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Some items in the order of their ids, and every row that names an item of that stretch of ids."""

    items: Rows
    history: Rows
    intents: Rows
    receipts: Rows


def chunk(connection: Connection, after: str, count: int = ITEMS_AT_ONCE) -> Chunk:
    """The next items after an id, as one moment shows them. With fewer than `count` it is the last."""
    _one_moment(connection)
    items = connection.execute(_ITEMS.where(t.items.c.id > after).limit(count)).all()
    last = items[-1].id if len(items) == count else None

    def of(table: sa.Table, query: sa.Select[Any]) -> Rows:
        query = query.where(table.c.item > after)
        return connection.execute(query if last is None else query.where(table.c.item <= last)).all()

    return Chunk(
        items=items,
        history=of(t.history, _HISTORY),
        intents=of(t.intents, _INTENTS),
        receipts=of(t.receipts, _RECEIPTS),
    )


def only(connection: Connection, item: str) -> Chunk:
    """One item with all its rows."""
    _one_moment(connection)
    return Chunk(
        items=connection.execute(_ITEMS.where(t.items.c.id == item)).all(),
        history=connection.execute(_HISTORY.where(t.history.c.item == item)).all(),
        intents=connection.execute(_INTENTS.where(t.intents.c.item == item)).all(),
        receipts=connection.execute(_RECEIPTS.where(t.receipts.c.item == item)).all(),
    )


def links(connection: Connection, after: int, last: int, count: int = ROWS_AT_ONCE) -> Rows:
    """The next rows of history in the order in which they were written: id, item, seq, hash."""
    span = _LINKS.where(t.history.c.id > after, t.history.c.id <= last)
    return connection.execute(span.order_by(t.history.c.id).limit(count)).all()


def strays(connection: Connection) -> list[tuple[str, int, str]]:
    """Source rows whose item is not there: hand-in, row, item."""
    gone = t.source_rows.outerjoin(t.items, t.items.c.id == t.source_rows.c.item)
    query = sa.select(t.source_rows.c.batch, t.source_rows.c.row, t.source_rows.c.item).select_from(gone)
    found = connection.execute(query.where(t.items.c.id.is_(None)).limit(ITEMS_AT_ONCE))
    return [tuple(row) for row in found]


def hand_ins(connection: Connection) -> tuple[int, Rows]:
    """How many hand-ins there ever were; of each its number, the rows it had, and has."""
    counted = (
        sa.select(t.batches.c.id, t.batches.c.number, t.batches.c.rows, sa.func.count(t.source_rows.c.row))
        .select_from(t.batches.outerjoin(t.source_rows, t.source_rows.c.batch == t.batches.c.id))
        .group_by(t.batches.c.id, t.batches.c.number, t.batches.c.rows)
        .order_by(t.batches.c.number)
    )
    _one_moment(connection)
    total = connection.execute(sa.select(t.store.c.batches)).scalar_one()
    return total, connection.execute(counted).all()


def _one_moment(connection: Connection) -> None:
    """All that this transaction reads is of one moment (SQLite has one writer, which is this one)."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
