"""The sessions of one worker on targets in memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.engine.core.errors import SystemClosed
from bots.engine.core.hours import Hours
from bots.engine.core.pace import Pace
from bots.engine.core.points import OnPoint
from bots.engine.core.queue import Queue
from bots.engine.core.systems import Timing

from .own_time import OwnTime
from .small_screens import ACCOUNT, Life, SmallScreens
from .small_target import Target

TIMING = Timing(window=20.0, save=5.0, late=5.0, step=120.0)


@dataclass(kw_only=True)
class SmallSystems:
    """Satisfies `core.systems.Systems`."""

    targets: Mapping[str, Target]
    clock: OwnTime
    life: Life
    queue: Queue
    on_point: OnPoint
    timings: Mapping[str, Timing] = field(default_factory=dict)
    opening: Mapping[str, Hours] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    sessions: dict[tuple[str, str], SmallScreens] = field(default_factory=dict)
    most: int = 0  # sessions at one time
    left: list[str] = field(default_factory=list)  # who left a session, in order
    beats: Counter[str] = field(default_factory=Counter)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def enter(self, system: str, holder: str) -> SmallScreens:
        self.life.check()
        if (system, holder) not in self.sessions:
            async with self.turn:
                await self._sign_in(system, holder)
            self.sessions[system, holder] = SmallScreens(
                target=self.targets[system],
                clock=self.clock,
                life=self.life,
                on_point=self.on_point,
                writer=f"{self.life.worker}/word",
            )
            self.most = max(self.most, len(self.sessions))
        return self.sessions[system, holder]

    async def _sign_in(self, system: str, holder: str) -> None:
        target = self.targets[system]
        await self._its_turn(system, holder)
        target.opened["sign-in"] += 1
        refused = False
        try:
            await asyncio.sleep(target.takes)
            refused = target.refuses_sign_in
        finally:
            await self.queue.end_sign_in(system, ACCOUNT, holder, refused)
        if refused:
            raise SystemClosed("sign-in-refused", "The sign-in was refused.")
        trouble = next(target.troubles.get("sign-in", iter(())), None)
        if trouble is not None:
            raise trouble

    async def _its_turn(self, system: str, holder: str) -> None:
        while True:
            if await self.queue.begin_sign_in(system, ACCOUNT, holder, 10.0):
                return
            await asyncio.sleep(1.0)

    def current(self, system: str, holder: str) -> SmallScreens | None:
        return self.sessions.get((system, holder))

    async def leave(self, system: str, holder: str) -> None:
        if self.sessions.pop((system, holder), None) is not None:
            self.left.append(holder)

    async def leave_all(self, holder: str) -> None:
        for system, who in list(self.sessions):
            if who == holder:
                await self.leave(system, who)

    async def beat(self, holder: str) -> None:
        self.life.check()
        self.beats[holder] += 1

    def timing(self, system: str) -> Timing:
        return self.timings.get(system, TIMING)

    def requests(self, system: str, commit: str) -> int:
        return self.targets[system].requests

    def limit(self, system: str) -> int:
        return self.targets[system].limit

    def title(self, system: str) -> str:
        return system.title()

    def hours(self, system: str) -> Hours | None:
        return self.opening.get(system)

    def pace(self, system: str) -> Pace:
        return self.paces.setdefault(system, Pace())

    async def gone(self, system: str, writer: str) -> bool:
        """What a worker closed itself is gone; of another's, the test says."""
        return not writer or writer.startswith(f"{self.life.worker}/") or self.targets[system].gone

    def drift(self) -> Mapping[str, int]:
        return {}

    async def close(self) -> None:
        self.sessions.clear()
