"""Transactions of intake: rows become items once, in bulk; other data for a known case is a correction."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..core.item import AddOutcome, NewItem
from ..core.record import digest
from . import tables as t
from .corrections import correct
from .rows import columns, history_row, insert_history, new_id
from .rules import first

_ITEM = sa.insert(t.items)
_ROW = sa.insert(t.source_rows)
_SHORT = sa.select(t.items.c.id, t.items.c.reference, t.items.c.digest, t.items.c.source_digest)
_BY_REFERENCE = _SHORT.where(
    t.items.c.process == sa.bindparam("process"),
    t.items.c.reference.in_(sa.bindparam("wanted", expanding=True)),
)
_BY_ID = _SHORT.where(
    t.items.c.process == sa.bindparam("process"), t.items.c.id.in_(sa.bindparam("wanted", expanding=True))
)
_AT_ONCE = 500
"""Parameters of one question: databases limit them, and plan short ones faster."""


def open_batch(
    connection: Connection, now: float, process: str, source: str, who: str, detail: Mapping[str, Any]
) -> str:
    batch = new_id("b")
    values = {"id": batch, "process": process, "source": source, "who": who, "received": now}
    connection.execute(sa.insert(t.batches).values(**values, detail=dict(detail)))
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
    desk = _Desk(connection, now, versions, process, batch, who)
    desk.look_up(rows)
    outcomes = [desk.one(number, row) for number, row in enumerate(rows, start=last + 1)]
    desk.write()
    return outcomes


def _take_turns(connection: Connection, process: str) -> None:
    """Two hand-ins of one process at once wait for each other (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        lock = zlib.crc32(f"rekey intake {process}".encode())
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": lock})


@dataclass
class _Known:
    """An item as far as intake must know it, in the store or about to be written."""

    id: str
    marks: tuple[str, ...]


@dataclass
class _Desk:
    """The rows of one call: what is new is written at once for all."""

    connection: Connection
    now: float
    versions: Mapping[str, str]
    process: str
    batch: str
    who: str
    by_reference: dict[str, _Known] = field(default_factory=dict)
    by_id: dict[str, _Known] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)

    def look_up(self, rows: Sequence[NewItem]) -> None:
        self._ask(_BY_REFERENCE, {row.reference for row in rows})
        self._ask(_BY_ID, {row.item for row in rows if row.item})

    def _ask(self, question: sa.Select[Any], wanted: set[str]) -> None:
        for some in _pieces(sorted(wanted)):
            for found in self.connection.execute(question, {"process": self.process, "wanted": some}):
                known = _Known(found.id, (found.digest, found.source_digest))
                self.by_reference[found.reference] = self.by_id[found.id] = known

    def one(self, number: int, row: NewItem) -> tuple[AddOutcome, str]:
        mark = digest(row.data)
        known = self.by_id.get(row.item or "") or self.by_reference.get(row.reference)
        if known is None:
            outcome, item = AddOutcome.ADDED, self._insert(number, row, mark)
        elif mark in known.marks:
            outcome, item = AddOutcome.SAME, known.id
        else:
            outcome, item = self._correct(known, row, mark), known.id
        told = {"item": item, "outcome": outcome.value, "origin": row.origin}
        self.rows.append({"batch": self.batch, "row": number, **told})
        return outcome, item

    def _insert(self, number: int, row: NewItem, mark: str) -> str:
        item = new_id(self.process)
        ending = first(row)
        self.by_reference[row.reference] = self.by_id[item] = _Known(item, (mark,))
        self.items.append(
            {
                "id": item,
                "process": self.process,
                "reference": row.reference,
                "version": 1,
                "data": row.data,
                "digest": mark,
                **columns(ending),
                "attempts": 0,
                "not_before": 0.0,
                "priority": 0,
                "batch": self.batch,
                "origin": row.origin,
                "changed": False,
                "source_digest": mark,
                "token": 0,
                # A microsecond apart: the rows of a hand-in are worked in the order of their source.
                "created": self.now + number * 1e-6,
                "updated": self.now,
            }
        )
        self.history.append(
            history_row(
                item=item,
                at=self.now,
                who=self.who,
                before=None,
                after=ending.state,
                why=row.sentence or "handed in",
                code=row.code,
                versions=self.versions,
            )
        )
        return item

    def _correct(self, known: _Known, row: NewItem, mark: str) -> AddOutcome:
        self.write()  # the case may be one of this very call
        outcome = correct(self.connection, self.now, self.versions, self.batch, self.who, known.id, row, mark)
        query = _BY_ID, {"process": self.process, "wanted": [known.id]}
        stands = self.connection.execute(*query).one()
        known.marks = (stands.digest, stands.source_digest)
        return outcome

    def write(self) -> None:
        for statement, values in ((_ITEM, self.items), (_ROW, self.rows)):
            if values:
                self.connection.execute(statement, values)
        insert_history(self.connection, self.history)
        for written in (self.items, self.rows, self.history):
            written.clear()


def _pieces(wanted: Sequence[str]) -> Iterator[list[str]]:
    left = iter(wanted)
    while some := list(islice(left, _AT_ONCE)):
        yield some
