"""Transactions of the log of what people decide about how the bots are run. Nothing changes a row of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.operations import Operation
from ..database import tables as t

STORE = "store"
"""The scope of what was decided about the store itself."""
NOT_RESTORED = "not restored"


def note(
    connection: Connection,
    now: float,
    who: str,
    scope: str,
    what: str,
    why: str,
    detail: Mapping[str, Any],
) -> None:
    row = {"at": now, "who": who, "scope": scope, "what": what, "why": why, "detail": dict(detail)}
    connection.execute(sa.insert(t.operations).values(**row))


def last_at(connection: Connection, scope: str, what: str) -> float | None:
    """When it was decided last."""
    mine = (t.operations.c.scope == scope, t.operations.c.what == what)
    found: float | None = connection.execute(sa.select(sa.func.max(t.operations.c.at)).where(*mine)).scalar()
    return found


def noted(connection: Connection, scopes: Sequence[str], limit: int) -> list[Operation]:
    """The newest first."""
    query = sa.select(t.operations).where(t.operations.c.scope.in_(scopes))
    return [
        Operation(at=r.at, who=r.who, scope=r.scope, what=r.what, why=r.why, detail=r.detail)
        for r in connection.execute(query.order_by(t.operations.c.id.desc()).limit(limit))
    ]
