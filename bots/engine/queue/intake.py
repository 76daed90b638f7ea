"""Transactions of intake: rows become items once, and corrections are kept beside them."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.item import AddOutcome, NewItem
from ..core.record import digest
from . import corrections
from . import tables as t
from .rows import columns, locked_item, new_id, note
from .rules import CHANGED_SENTENCE, WAITING, changed, first

_ITEM = sa.insert(t.items)
_ROW = sa.insert(t.source_rows)
_KNOWN = sa.select(t.items).where(
    t.items.c.process == sa.bindparam("process"), t.items.c.reference == sa.bindparam("reference")
)


def open_batch(connection: Connection, now: float, process: str, source: str, who: str) -> str:
    batch = new_id("b")
    connection.execute(
        sa.insert(t.batches).values(id=batch, process=process, source=source, who=who, received=now)
    )
    return batch


def add(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    rows: Sequence[NewItem],
) -> list[tuple[AddOutcome, str]]:
    who = connection.execute(sa.select(t.batches.c.who).where(t.batches.c.id == batch)).scalar_one()
    _take_turns(connection, process)
    last = connection.execute(
        sa.select(sa.func.coalesce(sa.func.max(t.source_rows.c.row), 0)).where(t.source_rows.c.batch == batch)
    ).scalar_one()
    outcomes = []
    for number, row in enumerate(rows, start=last + 1):
        outcome, item = _add_one(connection, now, versions, process, batch, who, number, row)
        outcomes.append((outcome, item))
        told = {"item": item, "outcome": outcome.value, "origin": dict(row.origin)}
        connection.execute(_ROW, {"batch": batch, "row": number, **told})
    return outcomes


def _add_one(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    who: str,
    number: int,
    row: NewItem,
) -> tuple[AddOutcome, str]:
    known = connection.execute(_KNOWN, {"process": process, "reference": row.reference}).one_or_none()
    mark = digest(row.data)
    if known is None:
        return AddOutcome.ADDED, _insert(connection, now, versions, process, batch, who, number, row, mark)
    if mark in (known.digest, known.source_digest):
        return AddOutcome.SAME, known.id
    _correct(connection, now, versions, batch, who, known.id, row, mark)
    return AddOutcome.CHANGED, known.id


def _take_turns(connection: Connection, process: str) -> None:
    """Two hand-ins of one process at once wait for each other (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        lock = zlib.crc32(f"rekey intake {process}".encode())
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": lock})


def _insert(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    who: str,
    number: int,
    row: NewItem,
    mark: str,
) -> str:
    item = new_id(process)
    ending = first(row)
    connection.execute(
        _ITEM,
        {
            "id": item,
            "process": process,
            "reference": row.reference,
            "version": 1,
            "data": dict(row.data),
            "digest": mark,
            **columns(ending),
            "attempts": 0,
            "not_before": 0.0,
            "priority": 0,
            "batch": batch,
            "origin": dict(row.origin),
            "changed": False,
            "source_digest": mark,
            "token": 0,
            # A microsecond apart: the rows of a hand-in are worked in the order of their source.
            "created": now + number * 1e-6,
            "updated": now,
        },
    )
    why = row.sentence or "handed in"
    note(
        connection,
        item=item,
        at=now,
        who=who,
        before=None,
        after=ending.state,
        why=why,
        code=row.code,
        versions=versions,
    )
    return item


def _correct(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    batch: str,
    who: str,
    item: str,
    row: NewItem,
    mark: str,
) -> None:
    corrections.keep(connection, now, item, mark, row.data, batch)
    # Read again under a lock: a worker or a person may have ended this item since.
    known = locked_item(connection, item)
    assert known is not None
    told = changed(known.data, dict(row.data))
    # A worker's item, or one in doubt, is told at its end: nobody pulls it from under the worker.
    waits = known.state in WAITING
    change: dict[str, Any] = {"changed": not waits, "source_digest": mark, "updated": now}
    if waits:
        change |= columns(told)
    connection.execute(sa.update(t.items).where(t.items.c.id == item).values(**change))
    note(
        connection,
        item=item,
        at=now,
        who=who,
        before=known.state,
        after=told.state if waits else known.state,
        why=CHANGED_SENTENCE,
        code=told.code,
        attempt=known.attempts,
        token=known.token,
        versions=versions,
        detail=told.detail,
    )
