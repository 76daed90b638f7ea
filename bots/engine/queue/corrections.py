"""Corrections from the source, kept beside the item until a person is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..core.item import Ending
from . import tables as t
from .rows import once
from .rules import changed_instead

_LATEST = sa.select(t.corrections.c.data).where(
    t.corrections.c.item == sa.bindparam("item"), t.corrections.c.digest == sa.bindparam("mark")
)


def keep(
    connection: Connection, now: float, item: str, mark: str, data: Mapping[str, Any], batch: str
) -> None:
    """The same correction again, after others, is kept once: the item's row says which is the latest."""
    values = {"item": item, "digest": mark, "data": dict(data), "batch": batch, "at": now}
    connection.execute(once(t.corrections), values)


def told(connection: Connection, row: Row[Any], ending: Ending) -> Ending:
    """How an item ends in truth; `row` is its whole row."""
    if not row.changed:
        return ending
    source = connection.execute(_LATEST, {"item": row.id, "mark": row.source_digest}).scalar_one_or_none()
    return changed_instead(ending, row.data, source)
