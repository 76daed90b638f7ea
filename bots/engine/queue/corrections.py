"""Corrections from the source: kept beside the item, and told to a person as an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..core.item import Ending, Kind, State
from . import tables as t
from .rows import once

CHANGED = "changed-at-source"
CHANGED_SENTENCE = "The source now shows other data for this case than when it was handed in."

_LATEST = sa.select(t.corrections.c.data).where(
    t.corrections.c.item == sa.bindparam("item"), t.corrections.c.digest == sa.bindparam("mark")
)


def keep(
    connection: Connection, now: float, item: str, mark: str, data: Mapping[str, Any], batch: str
) -> None:
    """The same correction again, after others, is kept once: the item's row says which is the latest."""
    connection.execute(
        once(connection, t.corrections),
        {"item": item, "digest": mark, "data": dict(data), "batch": batch, "at": now},
    )


def told(connection: Connection, row: Row[Any], instead: Ending) -> Ending:
    """What a waiting correction makes of an item that would have ended otherwise."""
    source = connection.execute(_LATEST, {"item": row.id, "mark": row.source_digest}).scalar_one_or_none()
    ended = {"ended": instead.state.value, "code": instead.code, "sentence": instead.sentence}
    return changed(row.data, source, **{name: value for name, value in ended.items() if value})


def changed(held: Any, source: Any, **more: str) -> Ending:
    """The exception that shows a person what is held and what the source says."""
    return Ending(
        state=State.EXCEPTION,
        kind=Kind.BUSINESS,
        code=CHANGED,
        sentence=CHANGED_SENTENCE,
        detail={"held": held, "source": source, **more},
    )
