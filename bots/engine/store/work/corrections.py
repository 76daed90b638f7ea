"""Other data for a case that is known: its next version, or kept beside it until a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.item import SENT_BACK, URGENT, AddOutcome, Ending, NewItem, State
from ...core.queue import NEVER, SameCase
from ..chain.entries import move
from ..database import tables as t
from ..database.bulk import write_once
from ..database.rows import columns, locked_item
from .rules import (
    CHANGED_SENTENCE,
    CORRECTED,
    CORRECTED_SENTENCE,
    WAITING,
    changed,
    changed_instead,
    first,
    takes_correction,
)

_LATEST = sa.select(t.corrections.c.data).where(
    t.corrections.c.item == sa.bindparam("item"), t.corrections.c.digest == sa.bindparam("mark")
)


def keep(
    connection: Connection, now: float, item: str, mark: str, data: Mapping[str, Any], batch: str
) -> bool:
    """Keep a version once: the item's row says which is the latest. False: it was there before."""
    values = {"item": item, "digest": mark, "data": dict(data), "batch": batch, "at": now}
    return write_once(connection, t.corrections, values)


def told(connection: Connection, row: Row[Any], ending: Ending) -> Ending:
    """How an item ends in truth; `row` is its whole row."""
    if not row.changed:
        return ending
    source = connection.execute(_LATEST, {"item": row.id, "mark": row.source_digest}).scalar_one_or_none()
    proofs = sa.select(t.receipts.c.step, t.receipts.c.reference).where(t.receipts.c.item == row.id)
    held = {row.step: row.reference for row in connection.execute(proofs)}
    return changed_instead(ending, row.data, source, held)


def correct(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    batch: str,
    who: str,
    item: str,
    row: NewItem,
    mark: str,
    same_case: SameCase,
) -> AddOutcome:
    """Take other data for a known item as its next version, or tell a person."""
    # Under a lock: a worker or a person may be ending this item just now.
    known = locked_item(connection, item)
    assert known is not None
    fresh = keep(connection, now, item, mark, row.data, batch)
    agrees = row.item == known.id or same_case(known.data, row.data)
    if _takes(connection, known, batch, row, seen=not fresh, agrees=agrees):
        _next_version(connection, now, versions, who, known, row, mark)
        return AddOutcome.UPDATED
    _tell(connection, now, versions, who, known, row, mark)
    return AddOutcome.CHANGED


def _takes(
    connection: Connection, known: Row[Any], batch: str, row: NewItem, *, seen: bool, agrees: bool
) -> bool:
    def has(table: sa.Table, *more: sa.ColumnElement[bool]) -> bool:
        query = sa.select(sa.literal(1)).where(table.c.item == known.id, *more).limit(1)
        return connection.execute(query).first() is not None

    renamed = row.reference != known.reference
    others = sa.select(t.items.c.id).where(
        t.items.c.process == known.process, t.items.c.reference == row.reference, t.items.c.id != known.id
    )

    return takes_correction(
        state=State(known.state),
        code=known.code,
        touched=has(t.receipts),
        own=known.digest == known.source_digest,
        seen=seen,
        twice=has(t.source_rows, t.source_rows.c.batch == batch),
        renamed=renamed,
        agrees=agrees,
        taken=renamed and connection.execute(others).first() is not None,
    )


def _next_version(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    who: str,
    known: Row[Any],
    row: NewItem,
    mark: str,
) -> None:
    keep(connection, now, known.id, known.digest, known.data, known.batch)
    ending = first(row)
    change = {
        **columns(ending),
        "reference": row.reference,
        "data": dict(row.data),
        "digest": mark,
        "source_digest": mark,
        "origin": dict(row.origin),
        "version": known.version + 1,
        "attempts": 0,  # what a person deferred stays deferred
    }
    if row.urgent:
        change["priority"] = max(known.priority, URGENT)
    if known.code == SENT_BACK:  # it was not with us meanwhile
        change["due"] = NEVER if row.due is None else row.due
    told: dict[str, Any] = {"why": CORRECTED_SENTENCE, "code": CORRECTED, "detail": ending.detail}
    move(connection, known, change, at=now, who=who, versions=versions, **told)


def _tell(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    who: str,
    known: Row[Any],
    row: NewItem,
    mark: str,
) -> None:
    ending = changed(known.data, dict(row.data), **({"problem": row.sentence} if row.sentence else {}))
    # A worker's item, or one in doubt, is told at its end: nobody pulls it from under the worker.
    waits = State(known.state) in WAITING
    change: dict[str, Any] = {"changed": not waits, "source_digest": mark}
    if waits:
        change |= columns(ending)
    told: dict[str, Any] = {"why": CHANGED_SENTENCE, "code": ending.code, "detail": ending.detail}
    move(connection, known, change, at=now, who=who, versions=versions, **told)
