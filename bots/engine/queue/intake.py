"""Transactions of intake: rows become items once, and corrections are kept beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..core.item import AddOutcome, Kind, NewItem, State
from ..core.record import digest
from . import tables as t
from .rows import new_id, note

CHANGED = "changed-at-source"
CHANGED_SENTENCE = "The source now shows other data for this case than when it was handed in."
_WAITING = (State.NEW, State.EXCEPTION, State.DONE, State.WITHDRAWN, State.AWAITING_APPROVAL)

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
    first = connection.execute(
        sa.select(sa.func.count()).select_from(t.source_rows).where(t.source_rows.c.batch == batch)
    ).scalar_one()
    outcomes = []
    for number, row in enumerate(rows, start=first + 1):
        outcome, item = _add_one(connection, now, versions, process, batch, who, row)
        outcomes.append((outcome, item))
        connection.execute(
            sa.insert(t.source_rows).values(
                batch=batch, row=number, item=item, outcome=outcome.value, origin=dict(row.origin)
            )
        )
    return outcomes


def _add_one(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    who: str,
    row: NewItem,
) -> tuple[AddOutcome, str]:
    known = connection.execute(_KNOWN, {"process": process, "reference": row.reference}).one_or_none()
    mark = digest(row.data)
    if known is None:
        return AddOutcome.ADDED, _insert(connection, now, versions, process, batch, who, row, mark)
    if known.digest == mark or _correction_known(connection, known.id, mark):
        return AddOutcome.SAME, known.id
    _correct(connection, now, versions, batch, who, known, row, mark)
    return AddOutcome.CHANGED, known.id


def _insert(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    who: str,
    row: NewItem,
    mark: str,
) -> str:
    item = new_id(process)
    state = State.EXCEPTION if row.code else State.NEW
    connection.execute(
        sa.insert(t.items).values(
            id=item,
            process=process,
            reference=row.reference,
            version=1,
            data=dict(row.data),
            digest=mark,
            state=state.value,
            kind=Kind.BUSINESS.value if row.code else None,
            code=row.code,
            sentence=row.sentence,
            detail=dict(row.detail),
            attempts=0,
            not_before=0.0,
            priority=0,
            batch=batch,
            origin=dict(row.origin),
            changed=False,
            token=0,
            created=now,
            updated=now,
        )
    )
    why = row.sentence or "handed in"
    note(
        connection,
        item=item,
        at=now,
        who=who,
        before=None,
        after=state,
        why=why,
        code=row.code,
        versions=versions,
    )
    return item


def _correction_known(connection: Connection, item: str, mark: str) -> bool:
    query = sa.select(t.corrections.c.item).where(
        t.corrections.c.item == item, t.corrections.c.digest == mark
    )
    return connection.execute(query).first() is not None


def _correct(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    batch: str,
    who: str,
    known: Row[Any],
    row: NewItem,
    mark: str,
) -> None:
    connection.execute(
        sa.insert(t.corrections).values(item=known.id, digest=mark, data=dict(row.data), batch=batch, at=now)
    )
    detail = {"held": known.data, "source": dict(row.data)}
    change: dict[str, Any] = {"changed": True, "updated": now}
    state = known.state
    # A worker's item, or one in doubt, is told at its end: nobody pulls it from under the worker.
    if known.state in _WAITING:
        state = State.EXCEPTION.value
        change |= {
            "state": state,
            "kind": Kind.BUSINESS.value,
            "code": CHANGED,
            "sentence": CHANGED_SENTENCE,
            "detail": detail,
        }
    connection.execute(sa.update(t.items).where(t.items.c.id == known.id).values(**change))
    note(
        connection,
        item=known.id,
        at=now,
        who=who,
        before=known.state,
        after=state,
        why=CHANGED_SENTENCE,
        code=CHANGED,
        attempt=known.attempts,
        token=known.token,
        versions=versions,
        detail=detail,
    )
