"""How the methods of a store become transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy.engine import Connection

from .database import Clock, Database, database_clock

P = ParamSpec("P")
T = TypeVar("T")


class Door:
    """One transaction a call, on the store's own clock where it matters."""

    def __init__(self, database: Database, clock: Clock = database_clock) -> None:
        self._database = database
        self._clock = clock

    async def _at(
        self, work: Callable[Concatenate[Connection, float, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._database.run(lambda c: work(c, self._clock(c), *args, **kwargs))

    async def _see(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._database.run(lambda c: work(c, *args, **kwargs))
