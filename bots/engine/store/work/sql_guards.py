"""The guards of the queue in a database: holds, sessions, sign-ins, probes, limits, clocks, backups."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from ...core.item import Hold, Lease
from ...core.limits import Leave, Limits, Spent
from ...core.operations import Drift
from . import brake, guards, limits


class SqlGuards:
    """The part of the queue that stops work."""

    _at: Callable[..., Awaitable[Any]]
    _see: Callable[..., Awaitable[Any]]

    async def hold(self, scope: str, who: str, why: str) -> None:
        await self._at(guards.hold, scope, who, why)

    async def release(self, scope: str, who: str, why: str, *, until: float | None = None) -> int:
        found: int = await self._at(guards.release, scope, who, why, until)
        return found

    async def holds(self, scopes: Sequence[str] = ()) -> list[Hold]:
        found: list[Hold] = await self._see(guards.holds, scopes)
        return found

    async def take_licence(self, system: str, limit: int, holder: str, seconds: float) -> bool:
        found: bool = await self._at(guards.take_licence, system, limit, holder, seconds)
        return found

    async def give_licence(self, system: str, holder: str) -> None:
        await self._see(guards.give_licence, system, holder)

    async def begin_sign_in(self, system: str, account: str, holder: str, seconds: float) -> bool:
        found: bool = await self._at(guards.begin_sign_in, system, account, holder, seconds)
        return found

    async def end_sign_in(self, system: str, account: str, holder: str, refused: bool) -> None:
        await self._at(guards.end_sign_in, system, account, holder, refused)

    async def allow_sign_in(self, system: str, who: str) -> int:
        found: int = await self._see(guards.allow_sign_in, system)
        return found

    async def probe(self, scopes: Sequence[str], holder: str, seconds: float) -> bool:
        found: bool = await self._at(brake.probe, scopes, holder, seconds)
        return found

    async def end_probe(self, holder: str) -> None:
        await self._at(brake.end_probe, holder)

    async def clock_was_set(self) -> None:
        await self._at(guards.clock_was_set)

    async def note_restored(self) -> None:
        await self._at(guards.note_restored)

    async def refused_sign_ins(self) -> list[str]:
        found: list[str] = await self._see(guards.refused_sign_ins)
        return found

    async def note_drift(self, counts: Mapping[str, int]) -> None:
        await self._at(guards.note_drift, counts)

    async def drift(self, since: float = 0.0) -> list[Drift]:
        found: list[Drift] = await self._see(guards.drift, since)
        return found

    async def limits(self, process: str) -> Limits:
        found: Limits = await self._see(limits.limits, process)
        return found

    async def set_limits(self, process: str, wanted: Limits, who: str, why: str) -> None:
        await self._at(limits.set_limits, process, wanted, who, why)

    async def spent(self, process: str) -> Spent:
        found: Spent = await self._at(limits.spent, process)
        return found

    async def leave(self, lease: Lease, pence: int = 0) -> Leave:
        found: Leave = await self._at(limits.leave, lease, pence)
        return found
