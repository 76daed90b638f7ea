"""Striking workers: killed, frozen, without their browser, or under a Prefect that dies."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import psutil

from bots.assembly.worker import Rekey
from bots.engine.core.errors import SystemException
from bots.engine.core.item import State
from bots.engine.settings import Settings
from tests.chaos.asked import Asked
from tests.chaos.life import Life, begin, end_all, wake_all
from tests.chaos.prefect import Server
from tests.chaos.schedule import Blow, Round, Target

_AT_POINT_WITHIN = 60.0  # seconds until a worker that does not come to its point, and does not end, is struck
_SETTLED_WITHIN = 120.0  # seconds for the items of a frozen worker: a search may lie meanwhile
_AWAKE = 8.0  # seconds that a woken worker is left to do what it can
_OPEN = (State.NEW, State.IN_PROGRESS, State.IN_DOUBT)


@dataclass(kw_only=True)
class Blows:
    """Every life of the run, and what struck it."""

    asked: Asked
    settings: Settings
    rekey: Rekey
    server: Server
    lives: list[Life] = field(default_factory=list)
    frozen: list[asyncio.Task[None]] = field(default_factory=list)
    missed: deque[Target] = field(default_factory=deque)  # nobody came by when it was their turn
    points: Counter[str] = field(default_factory=Counter)
    kills: int = 0

    async def strike(self, wanted: Round, machine: str) -> None:
        ways = {
            Blow.KILL: self._kill,
            Blow.FREEZE: self._freeze,
            Blow.BROWSER: self._browser,
            Blow.DRIVER: self._driver,
            Blow.PREFECT: self._prefect,
        }
        await ways[wanted.blow](wanted.target, machine)
        if wanted.peace:
            life = await self.life(Target(process=wanted.target.process), machine)
            await life.over(wanted.peace)
            await life.kill()

    async def life(self, target: Target, machine: str, how: str = "KILL", **more: Any) -> Life:
        life = await begin(
            self.settings,
            target,
            machine=machine,
            sessions=self.asked.sessions,
            how=how,
            without=self.asked.without,
            **more,
        )
        self.lives.append(life)
        return life

    async def _kill(self, target: Target, machine: str) -> None:
        if target.point is None and self.missed:
            target = self.missed.popleft()
        life = await self.life(target, machine)
        within = _AT_POINT_WITHIN if target.point else 1.5 + target.seconds
        if await life.over(within) and life.process.returncode == 0:
            # Nothing was left for it to do: the next one is struck while it starts or waits.
            life = await self.life(Target(process=target.process), machine)
            await life.over(1.5)
        anywhere = life.alive  # it did not come to its point in time, or has none
        await life.kill()
        if anywhere and target.point is not None:
            self.missed.append(target)  # again, in place of a kill at no point
        where = () if anywhere else (target.process, target.step, target.point)
        self.points[" ".join(filter(None, where)) or "anywhere"] += 1
        self.kills += 1

    async def _browser(self, target: Target, machine: str) -> None:
        """It stands still for a moment at its point, so that the browser goes right there."""
        life = await self.life(target, machine, "STOP", max_items=target.passes + 3)
        if await life.reached(_AT_POINT_WITHIN):
            life.kill_browser()
            life.wake()
        await life.over(_AT_POINT_WITHIN)
        await life.kill()

    async def _prefect(self, target: Target, machine: str) -> None:
        """A flow run whose Prefect server dies at its point: the run goes on without it."""
        await self.server.start()
        more = {"flow": self.server.environment, "max_items": target.passes + 3}
        life = await self.life(target, machine, "STOP", **more)
        if await life.reached(2 * _AT_POINT_WITHIN):
            await self.server.kill()
            life.wake()
        await life.over(2 * _AT_POINT_WITHIN)
        await life.kill()

    async def _freeze(self, target: Target, machine: str) -> None:
        """Its items are settled by others before it wakes: it was silent for too long."""
        life = await self.life(target, f"frozen-{len(self.lives)}", "STOP")
        if not await life.reached(_AT_POINT_WITHIN):
            await life.kill()
            return
        self.frozen.append(asyncio.create_task(self._thaw(life)))

    async def _driver(self, target: Target, machine: str) -> None:
        """What drives the browser outlives its worker, and sends what it has in hand when it wakes."""
        life = await self.life(target, machine, "STOP")
        if not await life.reached(_AT_POINT_WITHIN):
            await life.kill()
            return
        items, drivers = await self._held_by(life), life.freeze_drivers()
        await life.kill()
        self.frozen.append(asyncio.create_task(self._thaw_drivers(items, drivers)))

    async def _thaw_drivers(self, items: Sequence[str], drivers: Sequence[psutil.Process]) -> None:
        await self._until_settled(items)
        wake_all(drivers)
        await asyncio.sleep(_AWAKE)  # no event says that a driver did nothing
        end_all(drivers)

    async def _thaw(self, life: Life) -> None:
        # Frozen in the middle of a write it holds all of an SQLite store: nobody else can do anything.
        with contextlib.suppress(SystemException):
            await self._until_settled(await self._held_by(life))
        life.wake()
        await life.over(_AWAKE)
        await life.kill()

    async def _until_settled(self, items: Sequence[str]) -> None:
        end = time.monotonic() + _SETTLED_WITHIN
        while time.monotonic() < end and not await self._settled(items):  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.3)

    async def _held_by(self, life: Life) -> list[str]:
        import sqlalchemy as sa

        from bots.engine.store.database.tables import items

        query = sa.select(items.c.id).where(items.c.worker.like(f"{life.worker}%"))
        queue: Any = self.rekey.queue
        found: list[str] = await queue._database.run(lambda c: list(c.execute(query).scalars()))
        return found

    async def _settled(self, items: Sequence[str]) -> bool:
        found = [await self.rekey.queue.item(name) for name in items]
        return all(item is not None and item.state not in _OPEN for item in found)

    async def end(self) -> None:
        """Nothing of the run is left."""
        for task in self.frozen:
            task.cancel()
        for life in self.lives:
            if life.alive:
                await life.kill()
        await self.server.kill()
