"""What is in targets, found by where it came from: a walk in short transactions, however much there is."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.item import State
from ...core.work_list import InTarget, Keyed, Search
from ..database import tables as t
from ..database.rows import receipt

LOOKED_AT = 500
"""Items of one transaction: nobody waits long for an export."""
_PROOFS = ("intent", "receipt", "confirmed")
Mark = tuple[str, int]
"""Where the walk is: a hand-in and its row, or an item."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some that were found, and where to go on; None: that was all."""

    found: Sequence[Keyed]
    next: Mark | None


def hand_ins(connection: Connection, search: Search) -> list[str] | None:
    """The hand-ins that the search names; None: it names none."""
    if search.source is None and search.batch is None:
        return None
    query = sa.select(t.batches.c.id).where(t.batches.c.process.in_(search.processes))
    if search.batch is not None:
        query = query.where(t.batches.c.id == search.batch)
    if search.source is not None:
        names = [t.batches.c.detail[name].as_string() for name in ("file", "attachment", "kept")]
        query = query.where(sa.or_(*(name == search.source for name in (t.batches.c.source, *names))))
    return sorted(connection.execute(query).scalars())


def part(connection: Connection, search: Search, batches: Sequence[str] | None, after: Mark) -> Part:
    looked = _items(connection, search, after) if batches is None else _rows(connection, batches, after)
    ids = [row.item for row in looked if not row.again]
    found = _keyed(connection, search, ids)
    more = len(looked) == LOOKED_AT
    return Part(
        found=[found[item] for item in dict.fromkeys(ids) if item in found],
        next=(looked[-1].mark, looked[-1].row) if more else None,
    )


def _items(connection: Connection, search: Search, after: Mark) -> Sequence[Any]:
    i = t.items.c
    nought = sa.literal_column("0", sa.Integer)
    query = sa.select(i.id.label("item"), i.id.label("mark"), nought.label("row"), nought.label("again"))
    query = query.where(i.id > after[0]).order_by(i.id)
    # All of them, and theirs chosen later: else one step could pass by any number of others'.
    return connection.execute(query.limit(LOOKED_AT)).all()


def _rows(connection: Connection, batches: Sequence[str], after: Mark) -> Sequence[Any]:
    """The rows of hand-ins; `again`: an earlier row showed its item already."""
    r, e = t.source_rows, t.source_rows.alias("earlier")
    place, before = sa.tuple_(r.c.batch, r.c.row), sa.tuple_(e.c.batch, e.c.row)
    shown = sa.select(e.c.item).where(e.c.item == r.c.item, e.c.batch.in_(batches), before < place)
    here = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    query = (
        sa.select(r.c.item, r.c.batch.label("mark"), r.c.row, shown.correlate(r).exists().label("again"))
        .where(r.c.batch.in_(batches), place > here)
        .order_by(r.c.batch, r.c.row)
        .limit(LOOKED_AT)
    )
    return connection.execute(query).all()


def _keyed(connection: Connection, search: Search, items: Sequence[str]) -> dict[str, Keyed]:
    """Those of some items that fit, each with all that is of it in targets."""
    i, r = t.items.c, t.receipts.c
    fits = sa.select(r.item).where(r.item == i.id, *_receipts_of(search)).correlate(t.items).exists()
    mine = i.process.concat("").in_(search.processes)  # not by its index: these few are found by their ids
    wanted: list[sa.ColumnElement[bool]] = [i.id.in_(items), mine, fits]
    if search.versions is not None:
        wanted.append(_under(search.versions))
    query = sa.select(i.id, i.process, i.reference, i.state, i.batch, i.created).where(*wanted)
    rows = connection.execute(query).all()
    found = [row.id for row in rows]
    targets, versions = _targets(connection, found), _versions(connection, found)
    return {
        row.id: Keyed(
            item=row.id,
            process=row.process,
            reference=row.reference,
            state=State(row.state),
            batch=row.batch,
            created=row.created,
            versions=versions.get(row.id, {}),
            targets=targets[row.id],
        )
        for row in rows
    }


def _receipts_of(search: Search) -> list[sa.ColumnElement[bool]]:
    r = t.receipts.c
    asked: list[tuple[Any, Any, Any]] = [
        (operator.eq, r.system, search.system),
        (operator.ge, r.at, search.after),
        (operator.lt, r.at, search.before),
    ]
    return [compares(column, value) for compares, column, value in asked if value is not None]


def _under(digest: str) -> sa.ColumnElement[bool]:
    """A digest was in force when something of the item was saved or proved."""
    h = t.history.c
    told = sa.cast(h.versions, sa.Text).contains(f'"{digest}"', autoescape=True)
    proof = sa.select(h.item).where(h.item == t.items.c.id, h.event.in_(_PROOFS), told)
    return proof.correlate(t.items).exists()


def _versions(connection: Connection, items: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """What was in force when the last of each was proved."""
    h = t.history.c
    query = sa.select(h.item, h.versions).where(h.item.in_(items), h.event.in_(_PROOFS))
    return {row.item: row.versions for row in connection.execute(query.order_by(h.item, h.seq))}


def _targets(connection: Connection, items: Sequence[str]) -> dict[str, list[InTarget]]:
    found: dict[str, list[InTarget]] = defaultdict(list)
    r = t.receipts.c
    query = sa.select(t.receipts).where(r.item.in_(items)).order_by(r.at, r.step)
    for row in connection.execute(query):
        kept = receipt(row)
        found[kept.item].append(
            InTarget(
                step=kept.step,
                system=kept.system,
                reference=kept.reference,
                at=kept.at,
                adopted=kept.adopted,
                proven=kept.proven,
            )
        )
    return found
