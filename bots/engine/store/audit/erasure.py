"""Erasing personal data of items that ended long ago. What proves that they were worked, stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.item import State
from ...core.papers import DOCUMENT
from ..chain import digests, facts
from ..chain.entries import ERASED, move, tail_of
from ..database import tables as t
from ..database.rows import locked_item, new_id
from ..work import lookups
from ..work_list import comments as work_comments
from . import comparisons

ENDED = (State.DONE.value, State.WITHDRAWN.value)
_SEAL = (
    sa.update(t.history)
    .where(t.history.c.item == sa.bindparam("of"), t.history.c.seq == sa.bindparam("place"))
    .values(why="", detail={}, sealed=sa.bindparam("b_sealed"))
)


def due(connection: Connection, process: str, before: float) -> list[str]:
    """Items that ended before a moment and still hold data."""
    query = sa.select(t.items.c.id).where(
        t.items.c.process == process,
        t.items.c.state.in_(ENDED),
        t.items.c.updated < before,
        t.items.c.salt.is_not(None),
    )
    return list(connection.execute(query.order_by(t.items.c.updated, t.items.c.id)).scalars())


def erase(
    connection: Connection,
    now: float,
    versions: Mapping[str, str],
    item: str,
    before: float,
    who: str,
    why: str,
) -> bool:
    """Take an item's data out of every table, and its salt with it. False: it did not end before that moment,
    or goes on by now."""
    row = locked_item(connection, item)
    if row is None or row.salt is None or row.state not in ENDED or row.updated >= before:
        return False
    _seal_history(connection, row)
    _empty(connection, item)
    _keep_the_agreement(connection, row)
    change = {
        "reference": new_id("erased"),  # the natural key may be personal data; it must stay unique
        "data": {},
        "origin": {},
        "detail": {},
        "sentence": None,
        "digest": "",  # of few possible values, a digest gives them away
        "source_digest": "",
        "salt": None,
        "updated": row.updated,  # nothing happened to the case: its hand-in is not answered anew
    }
    end = replace(tail_of(row), salt=None)
    told: dict[str, Any] = {
        "event": ERASED,
        "facts": facts.of_all(connection, item, None),
        "versions": versions,
    }
    return move(connection, row, change, tail=end, at=now, who=who, why=why, **told)


def _seal_history(connection: Connection, row: Row[Any]) -> None:
    """Keep the digests of what is erased, so that the chain holds without it."""
    detail = sa.cast(t.history.c.detail, sa.Text).label("detail")
    query = sa.select(t.history.c.seq, t.history.c.why, detail).where(t.history.c.item == row.id)
    seals = [
        {"of": row.id, "place": each.seq, "b_sealed": digests.seal(row.salt, each.why, each.detail)}
        for each in connection.execute(query).all()
    ]
    connection.execute(_SEAL, seals)


def _empty(connection: Connection, item: str) -> None:
    for table, values in (
        (t.intents, {"digest": "", "seen": [], "why": None}),
        (t.receipts, {"values": {}, "evidence": None}),
        (t.source_rows, {"origin": {}, "digest": ""}),
    ):
        connection.execute(sa.update(table).where(table.c.item == item).values(values))
    connection.execute(sa.delete(t.corrections).where(t.corrections.c.item == item))
    work_comments.erase(connection, item)
    lookups.erase(connection, item)
    comparisons.erase(connection, item)


def _keep_the_agreement(connection: Connection, row: Row[Any]) -> None:
    """That a person agreed goes on counting; what he agreed to, and his words, are gone."""
    mine = t.approvals.c.item == row.id
    connection.execute(sa.delete(t.approvals).where(mine, t.approvals.c.digest != row.digest))
    connection.execute(sa.update(t.approvals).where(mine).values(digest="", why=None))


def emptied(connection: Connection, process: str) -> Sequence[tuple[str, str]]:
    """Hand-ins of which every item is erased, and the names of their kept files."""
    holds = (
        sa.select(sa.literal(1))
        .select_from(t.source_rows.join(t.items, t.items.c.id == t.source_rows.c.item))
        .where(t.source_rows.c.batch == t.batches.c.id, t.items.c.salt.is_not(None))
    )
    some = sa.select(sa.literal(1)).where(t.source_rows.c.batch == t.batches.c.id)
    query = sa.select(t.batches.c.id, t.batches.c.detail).where(
        t.batches.c.process == process, some.exists(), ~holds.exists()
    )
    return [(row.id, row.detail["kept"]) for row in connection.execute(query) if row.detail.get("kept")]


def erased(connection: Connection, items: Sequence[str]) -> list[str]:
    """Those of some items of which nothing is left."""
    query = sa.select(t.items.c.id).where(t.items.c.id.in_(items), t.items.c.salt.is_(None))
    return list(connection.execute(query).scalars())


def files_of(connection: Connection, process: str) -> set[str]:
    """The names of all files that a hand-in, a record or an earlier version of one has."""
    kept = sa.select(t.batches.c.detail["kept"].as_string()).where(t.batches.c.process == process)
    mine = t.items.c.process == process
    now = sa.select(t.items.c.data[DOCUMENT].as_string()).where(mine)
    before = (
        sa.select(t.corrections.c.data[DOCUMENT].as_string())
        .select_from(t.corrections.join(t.items, t.items.c.id == t.corrections.c.item))
        .where(mine)
    )
    return {name for query in (kept, now, before) for name in connection.execute(query).scalars() if name}


def forget(connection: Connection, batch: str) -> None:
    """The file's own name may name a person."""
    connection.execute(sa.update(t.batches).where(t.batches.c.id == batch).values(detail={}))
