"""What is known of the systems, and who decided what about how the bots are run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.brake import Trouble
from ...core.operations import Operation, SystemState
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from ..work.operations_log import note, noted


class StoreOperations:
    """The store as those see it who run the bots. Each method is one transaction."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def note(
        self, who: str, scope: str, what: str, why: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Add to the log. No person's data belongs in it: nothing erases it."""
        await self._database.run(lambda c: note(c, self._clock(c), who, scope, what, why, detail or {}))

    async def noted(self, *scopes: str, limit: int = 20) -> list[Operation]:
        """What was decided about any of these, the newest first."""
        return await self._database.run(lambda c: noted(c, scopes, limit))

    async def states(self, systems: Sequence[str]) -> dict[str, SystemState]:
        """Sessions in use, items that were stopped, and since when a sign-in waits for a person."""
        return await self._database.run(lambda c: _states(c, self._clock(c), systems))


def _states(connection: Connection, now: float, systems: Sequence[str]) -> dict[str, SystemState]:
    sessions = sa.select(t.licences.c.system, sa.func.count()).where(t.licences.c.expires > now)
    refused = sa.select(t.sign_ins.c.system, sa.func.min(t.sign_ins.c.refused))
    in_use = _by_system(connection, sessions.group_by(t.licences.c.system))
    since = _by_system(connection, refused.group_by(t.sign_ins.c.system))
    stopped = sa.select(t.troubles.c.system, sa.func.count()).where(
        t.troubles.c.ended.is_(None), t.troubles.c.kind == Trouble.STOP.value
    )
    failures = _by_system(connection, stopped.group_by(t.troubles.c.system))
    return {
        name: SystemState(
            system=name,
            sessions=in_use.get(name, 0),
            failures=failures.get(name, 0),
            refused=since.get(name),
        )
        for name in systems
    }


def _by_system(connection: Connection, query: sa.Select[Any]) -> dict[str, Any]:
    return {row[0]: row[1] for row in connection.execute(query)}
