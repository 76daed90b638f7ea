"""The guards of the in-memory queue: holds, session licences, sign-ins and probes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bots.engine.core.errors import SystemClosed
from bots.engine.core.item import Hold
from bots.engine.core.operations import Drift
from bots.engine.store.work.rules import SLACK

from .brake import MemoryBrake


@dataclass(kw_only=True)
class SignIn:
    """One account of one system."""

    holder: str | None
    busy_until: float
    refused: bool = False


class MemoryGuards:
    """The part of the queue that stops work."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.brake = MemoryBrake(now=now)
        self._licences: dict[tuple[str, str], tuple[float, float]] = {}  # (system, holder) -> end, length
        self._sign_ins: dict[tuple[str, str], SignIn] = {}
        self._drift: dict[str, Drift] = {}

    async def hold(self, scope: str, who: str, why: str) -> None:
        self.brake.holds.append(Hold(scope=scope, who=who, why=why, since=self._now()))

    async def release(self, scope: str, who: str, why: str, *, until: float | None = None) -> int:
        return self.brake.release(scope, until)

    async def holds(self, scopes: Sequence[str] = ()) -> list[Hold]:
        return self.brake.held(scopes)

    async def probe(self, scopes: Sequence[str], holder: str, seconds: float) -> bool:
        return self.brake.probe(scopes, holder, seconds)

    async def end_probe(self, holder: str) -> None:
        self.brake.end_probe(holder)

    async def take_licence(self, system: str, limit: int, holder: str, seconds: float) -> bool:
        now = self._now()
        self._licences = {
            # One that lasts longer than it was taken for begins anew: the clock was set back.
            key: (end if end <= now + length + SLACK or key[0] != system else now + length, length)
            for key, (end, length) in self._licences.items()
            if end > now or key[0] != system
        }
        out = [of for of, _holder in self._licences if of == system]
        if (system, holder) not in self._licences and len(out) >= limit:
            return False
        self._licences[system, holder] = (now + seconds, seconds)
        return True

    async def give_licence(self, system: str, holder: str) -> None:
        self._licences.pop((system, holder), None)

    async def begin_sign_in(self, system: str, account: str, holder: str, seconds: float) -> bool:
        now = self._now()
        row = self._sign_ins.setdefault((system, account), SignIn(holder=None, busy_until=0.0))
        if row.refused:
            raise SystemClosed("sign-in-refused", f"The sign-in to {system} was refused.")
        if row.holder not in (None, holder) and row.busy_until > now:
            if row.busy_until > now + seconds + SLACK:  # the clock was set back: the turn begins anew
                row.busy_until = now + seconds
            return False
        row.holder, row.busy_until = holder, now + seconds
        return True

    async def end_sign_in(self, system: str, account: str, holder: str, refused: bool) -> None:
        row = self._sign_ins.get((system, account))
        if row is None:
            return
        if row.holder == holder:
            row.holder, row.busy_until = None, 0.0
        row.refused = row.refused or refused

    async def refused_sign_ins(self) -> list[str]:
        return sorted({of for (of, _account), row in self._sign_ins.items() if row.refused})

    async def note_drift(self, counts: Mapping[str, int]) -> None:
        now = self._now()
        for place, count in counts.items():
            before = self._drift.get(place)
            first, known = (before.first, before.times) if before else (now, 0)
            self._drift[place] = Drift(place=place, times=known + count, first=first, last=now)

    async def drift(self, since: float = 0.0) -> list[Drift]:
        seen = [one for one in self._drift.values() if one.last >= since]
        return sorted(seen, key=lambda one: (-one.last, one.place))

    async def allow_sign_in(self, system: str, who: str) -> int:
        refused = [row for (of, _account), row in self._sign_ins.items() if of == system and row.refused]
        for row in refused:
            row.refused = False
        return len(refused)
