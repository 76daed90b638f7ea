"""Transactions of intake: rows become items once, in bulk; other data for a known case is a correction."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import URGENT, WITHHELD, AddOutcome, Ending, NewItem, State
from ...core.queue import NEVER, SameCase
from ..chain import digests
from ..chain.entries import STATE
from ..database import tables as t
from ..database.bulk import Pile, quick_digest, select_in
from ..database.database import to_json
from ..database.rows import columns, new_id, new_ids
from .corrections import correct
from .operations_log import note
from .rules import begun_otherwise, first

_KNOWN = (
    "SELECT id, reference, digest, source_digest, code FROM items "
    "WHERE process = {first} AND salt IS NOT NULL AND "  # what was erased is nobody's case any more
)
_STATE = ("state", "kind", "code", "sentence", "detail")
_CHAIN = ("salt", "content", "head")
_ORDER = ("priority", "due")
_OWN = ("id", "reference", "data", "digest", "source_digest", "origin", "created", *_STATE, *_CHAIN, *_ORDER)
_NUMBER = sa.update(t.store).values(batches=t.store.c.batches + 1).returning(t.store.c.batches)
_BY_REFERENCE, _BY_ID = _KNOWN + "reference IN ({many})", _KNOWN + "id IN ({many})"


def open_batch(
    connection: Connection, now: float, process: str, source: str, who: str, detail: Mapping[str, Any]
) -> str:
    batch = new_id("b")
    number = connection.execute(_NUMBER).scalar_one()
    values = {"id": batch, "process": process, "source": source, "who": who, "received": now}
    connection.execute(sa.insert(t.batches).values(**values, detail=dict(detail), number=number, rows=0))
    return batch


def begin(
    connection: Connection, now: float, batch: str, at: float | None, who: str, seen: float | None
) -> None:
    stands = t.batches.c.begins.is_(None) if seen is None else t.batches.c.begins == seen
    change = sa.update(t.batches).where(t.batches.c.id == batch, stands).values(begins=at)
    if connection.execute(change).rowcount != 1:
        raise begun_otherwise()
    note(connection, now, who, f"hand-in:{batch}", "begins", "", {"before": seen, "after": at})


def add(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    process: str,
    batch: str,
    rows: Sequence[NewItem],
    same_case: SameCase,
) -> list[tuple[AddOutcome, str]]:
    take_turns(connection, process)
    count = sa.update(t.batches).where(t.batches.c.id == batch).values(rows=t.batches.c.rows + len(rows))
    who, last = connection.execute(count.returning(t.batches.c.who, t.batches.c.rows)).one()
    desk = _Desk(connection, now, versions, process, batch, who, same_case)
    desk.look_up(rows)
    outcomes = [desk.one(number, row) for number, row in enumerate(rows, start=last - len(rows) + 1)]
    desk.write()
    return outcomes


def take_turns(connection: Connection, process: str) -> None:
    """Two hand-ins of one process at once wait for each other (SQLite has one writer anyway)."""
    if connection.dialect.name == "postgresql":
        lock = zlib.crc32(f"rekey intake {process}".encode())
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:n)"), {"n": lock})


@dataclass
class _Known:
    """An item as far as intake must know it, in the store or about to be written."""

    id: str
    reference: str
    marks: tuple[str, ...]
    code: str | None = None

    def has(self, mark: str, row: NewItem) -> bool:
        """Whether a row says nothing new; that it is no longer hidden is news."""
        return mark in self.marks and (self.code not in WITHHELD or row.code in WITHHELD)


class _Desk:
    """The rows of one call: what is new is written at once for all."""

    def __init__(
        self,
        connection: Connection,
        now: float,
        versions: Mapping[str, str],
        process: str,
        batch: str,
        who: str,
        same_case: SameCase,
    ) -> None:
        self._same_case = same_case
        self._connection, self._now, self._versions = connection, now, versions
        self._process, self._batch, self._who = process, batch, who
        self._by_reference: dict[str, _Known] = {}
        self._by_id: dict[str, _Known] = {}
        self._ids_shown: Counter[str] = Counter()
        self._ids = new_ids(process)
        self._new = columns(Ending(state=State.NEW))
        self._items = Pile(
            t.items,
            _OWN,
            {
                "process": process,
                "version": 1,
                "attempts": 0,
                "not_before": 0.0,
                "batch": batch,
                "changed": False,
                "token": 0,
                "updated": now,
                "entries": 1,
            },
        )
        self._told = to_json(dict(versions))
        same = {"before": None, "attempt": 0, "token": 0, "versions": dict(versions), "detail": {}}
        own = ("item", "after", "why", "code", "image", "hash")
        self._history = Pile(t.history, own, {"at": now, "who": who, "seq": 1, "event": STATE, **same})
        self._rows = Pile(t.source_rows, ("row", "item", "outcome", "origin", "digest"), {"batch": batch})

    def look_up(self, rows: Sequence[NewItem]) -> None:
        self._ids_shown.update(row.item for row in rows if row.item)
        self._ask(_BY_REFERENCE, {row.reference for row in rows})
        self._ask(_BY_ID, {row.item for row in rows if row.item})

    def _ask(self, question: str, wanted: set[str]) -> None:
        for found in select_in(self._connection, question, self._process, sorted(wanted)):
            known = _Known(found.id, found.reference, (found.digest, found.source_digest), found.code)
            self._by_reference[found.reference] = self._by_id[found.id] = known

    def one(self, number: int, row: NewItem) -> tuple[AddOutcome, str]:
        mark, origin = quick_digest(row.data), to_json(row.origin)
        known = self._meant(row)
        if known is None:
            outcome, item = AddOutcome.ADDED, self._insert(number, row, mark, origin)
        elif known.has(mark, row):
            outcome, item = AddOutcome.SAME, known.id
        else:
            outcome, item = self._correct(known, row, mark), known.id
        self._rows.add(number, item, outcome.value, origin, mark)
        return outcome, item

    def _meant(self, row: NewItem) -> _Known | None:
        """The item that a row is about: by its id, unless the row was made by copying another one."""
        known = self._by_id.get(row.item or "")
        if known is None or (self._ids_shown[known.id] > 1 and row.reference != known.reference):
            return self._by_reference.get(row.reference)
        return known

    def _insert(self, number: int, row: NewItem, mark: str, origin: str) -> str:
        item = next(self._ids)
        self._by_reference[row.reference] = self._by_id[item] = _Known(item, row.reference, (mark,), row.code)
        state = columns(first(row)) if row.code or row.detail else self._new
        # A microsecond apart: the rows of a hand-in are worked in the order of their source.
        created = self._now + number * 1e-6
        told = (state["state"], state["kind"], state["code"], state["sentence"], to_json(state["detail"]))
        data, salt = to_json(row.data), digests.new_salt()
        priority, due = URGENT if row.urgent else 0, NEVER if row.due is None else row.due
        said = (item, self._process, row.reference, 1, data, mark, self._batch, origin, created, priority)
        content = digests.content(salt, said)
        image = digests.image(content, (*told, 0, 0.0, 0, None, False, mark))
        why = row.sentence or "handed in"
        head = self._link(item, salt, image, why, told[0], row.code)
        kept = (item, row.reference, data, mark, mark, origin, created)
        self._items.add(*kept, *told, salt, content, head, priority, due)
        self._history.add(item, told[0], why, row.code, image, head)
        return item

    def _link(self, item: str, salt: bytes, image: bytes, why: str, state: str, code: str | None) -> bytes:
        """The hash of an item's first row: what `entries.linked` gives, without its detours."""
        row = (item, 1, STATE, self._now, self._who, None, state, code, 0, 0, self._told, None)
        return digests.link(digests.GENESIS, digests.seal(salt, why, "{}"), image, row)

    def _correct(self, known: _Known, row: NewItem, mark: str) -> AddOutcome:
        self.write()  # the case may be one of this very call
        outcome = correct(
            self._connection,
            self._now,
            self._versions,
            self._batch,
            self._who,
            known.id,
            row,
            mark,
            self._same_case,
        )
        for stands in select_in(self._connection, _BY_ID, self._process, [known.id]):
            known.marks, known.code = (stands.digest, stands.source_digest), stands.code
            known.reference = stands.reference
            self._by_reference[known.reference] = known
        return outcome

    def write(self) -> None:
        for pile in (self._items, self._rows, self._history):
            pile.write(self._connection)
