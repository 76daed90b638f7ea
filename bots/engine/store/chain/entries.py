"""Appending to an item's chain of history: its every change, and all that is done about its commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ..database import tables as t
from ..database.bulk import insert_text, marked
from ..database.database import to_json
from ..database.rows import JSON_COLUMNS
from . import digests

STATE = "state"  # a transition, or a note that one will follow
RETRACTED = "retracted"  # a receipt was taken away: an event that people see like a transition
ERASED = "erased"  # personal data is gone by now
CHAINED = "chained"  # the item was there before it had a chain
SEEN = (STATE, RETRACTED, ERASED)
"""The events that an item's history shows. Others: `intent`, `left`, `answered`, `cut`, `said`,
`refused`, `absent`, `receipt`, `confirmed`."""

TAIL = (t.items.c.salt, t.items.c.content, t.items.c.entries, t.items.c.head)
_ROW = (*digests.PUBLIC, "why", "detail", "image", "hash")
_HEAD = "UPDATE items SET entries = {}, head = {}, updated = {} WHERE id = {}"


@dataclass(frozen=True, kw_only=True)
class Tail:
    """Where an item's chain ends, and what its next row is sealed with."""

    item: str
    salt: bytes | None
    content: bytes
    entries: int
    head: bytes


def tail_of(row: Row[Any]) -> Tail:
    return Tail(item=row.id, salt=row.salt, content=row.content, entries=row.entries, head=row.head)


def linked(
    tail: Tail,
    *,
    at: float,
    who: str,
    before: str | None,
    after: str,
    why: str,
    versions: Mapping[str, str],
    code: str | None = None,
    attempt: int = 0,
    token: int = 0,
    detail: Mapping[str, Any] | None = None,
    event: str = STATE,
    facts: Mapping[str, Any] | None = None,
    image: bytes | None = None,
) -> dict[str, Any]:
    """The next row of a chain, with its hash; JSON as text."""
    row: dict[str, Any] = {
        "item": tail.item,
        "seq": tail.entries + 1,
        "event": event,
        "at": at,
        "who": who,
        "before": before,
        "after": after,
        "code": code,
        "attempt": attempt,
        "token": token,
        "versions": to_json(versions),
        "facts": to_json(facts) if facts is not None else None,
    }
    told = to_json(dict(detail or {}))
    head = digests.link(tail.head, digests.seal(tail.salt, why, told), image, tuple(row.values()))
    return row | {"why": why, "detail": told, "image": image, "hash": head}


def append(connection: Connection, row: Mapping[str, Any]) -> None:
    # Past SQLAlchemy's work on parameters, as in bulk.py: every step of a worker comes by here.
    query = insert_text(t.history, _ROW, connection.dialect.paramstyle)
    connection.exec_driver_sql(query, tuple(row.values()))


def note(connection: Connection, tail: Tail, **row: Any) -> Tail:
    """Append one row, the fields of `linked`, and move the item's head. The item's row is held by now."""
    made = linked(tail, **row)
    append(connection, made)
    head = (made["seq"], made["hash"], made["at"], tail.item)
    connection.exec_driver_sql(marked(_HEAD, 4, connection.dialect.paramstyle), head)
    return replace(tail, entries=made["seq"], head=made["hash"])


def move(
    connection: Connection,
    row: Row[Any],
    change: Mapping[str, Any],
    *,
    tail: Tail | None = None,
    **told: Any,
) -> bool:
    """Change an item, a whole row that is held by now, and append what is told of it.

    False: somebody else changed it all the same.
    """
    values = {**_texts(row), **{name: _text(value) for name, value in change.items()}}
    end = tail or tail_of(row)
    said = end.content
    if not change.keys().isdisjoint(digests.CONTENT):
        said = digests.content(values["salt"], digests.values(digests.CONTENT, values))
    shown = digests.image(said, digests.values(digests.STANDING, values))
    fields = {"before": row.state, "after": values["state"], "attempt": row.attempts, "token": row.token}
    entry = linked(end, **fields, image=shown, **told)
    held = {"content": said, "head": entry["hash"], "entries": entry["seq"], "updated": entry["at"]}
    mine = (t.items.c.id == row.id, t.items.c.token == row.token, t.items.c.state == row.state)
    if connection.execute(sa.update(t.items).where(*mine).values({**held, **change})).rowcount != 1:
        return False
    append(connection, entry)
    return True


def _texts(row: Row[Any]) -> dict[str, Any]:
    """An item's columns, JSON as the text that the database holds."""
    values = dict(row._mapping)
    return values | {name: values[f"{name}_text"] for name in JSON_COLUMNS}


def _text(value: Any) -> Any:
    return to_json(value) if isinstance(value, dict) else value
