"""Looking back: rows of history by item, person and time, the newest first, in short transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.audit import HistoryRow, Past
from ..chain import digests
from ..database import tables as t
from .chunks import named
from .packs import history_row

LOOKED_AT = 5_000
"""Rows of one transaction: nobody who works waits long for who looks back."""
GIVEN = 500
"""Of these so many are read in full at once: a page shows fewer."""
_ROWS = sa.select(
    *named(t.history, digests.PUBLIC),
    *named(t.history, ("why", "detail", "image", "hash", "sealed", "id")),
    t.items.c.process,
).select_from(t.history.outerjoin(t.items, t.items.c.id == t.history.c.item))


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some that were found, each with its process; `next`: the number below which to go on, or None."""

    found: Sequence[tuple[str, HistoryRow]]
    next: int | None


def stretch(connection: Connection, past: Past, below: int | None) -> Stretch:
    """`below`: the number of a row in the whole store; None: from the newest on."""
    h = t.history.c
    if past.item is not None:  # its rows are found by their index
        query = _ROWS.where(h.item == past.item, *_fits(past))
        return Stretch(
            found=_read(connection, query if below is None else query.where(h.id < below)), next=None
        )
    if below is None:
        below = 1 + connection.execute(sa.select(sa.func.coalesce(sa.func.max(h.id), 0))).scalar_one()
    rest = below - LOOKED_AT
    query = _ROWS.where(h.id < below, h.id >= rest, *_fits(past))
    found = _read(connection, query.limit(GIVEN))
    if len(found) == GIVEN:
        return Stretch(found=found, next=found[-1][1].place)
    return Stretch(found=found, next=rest if rest > 1 else None)


def _read(connection: Connection, query: sa.Select[Any]) -> list[tuple[str, HistoryRow]]:
    rows = connection.execute(query.order_by(t.history.c.id.desc()))
    return [(row.process or "", history_row(row)) for row in rows]


def _fits(past: Past) -> list[sa.ColumnElement[bool]]:
    h = t.history.c
    wanted: list[sa.ColumnElement[bool]] = []
    if past.process is not None:
        wanted.append(t.items.c.process == past.process)
    if past.who is not None:
        wanted.append(h.who.in_((past.who, f"person/{past.who}")))
    if past.after is not None:
        wanted.append(h.at >= past.after)
    if past.before is not None:
        wanted.append(h.at < past.before)
    return wanted
