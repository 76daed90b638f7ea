"""A session on a target in memory: what a worker has in place of a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from bots.engine.core.absence import ListRead
from bots.engine.core.errors import (
    NotFired,
    RequestStopped,
    SystemException,
    Unclear,
    Unresolved,
)
from bots.engine.core.points import OnPoint, Point
from bots.engine.core.screens import Ended, Outcome, Permit, Rehearsed
from bots.engine.core.sent import Sent
from bots.engine.core.value import Shown, Value, as_people_write

from .own_time import OwnTime
from .small_target import DUPLICATE, KEEPING, Entry, Saving, Target, shown

ACCOUNT = "bot"
_CUT = ("commit-connection", "The connection broke while it was saving.")
_BEFORE = {Saving.BUSY: (Ended.BUSY, "record-open"), Saving.SIGNED_OUT: (Ended.SYSTEM, "signed-out")}
"""What the page itself says: nothing has left."""


class Killed(BaseException):
    """The worker's process is gone. Nothing catches it."""


@dataclass(kw_only=True)
class Life:
    """Of a worker's process. Whatever it still tries when it is over comes to nothing."""

    worker: str
    alive: bool = True

    def check(self) -> None:
        if not self.alive:
            raise Killed(self.worker)

    def end(self) -> NoReturn:
        self.alive = False
        raise Killed(self.worker)


class SmallScreens:
    """One session. A page takes its time, so that sessions come between each other."""

    account = ACCOUNT

    def __init__(self, *, target: Target, clock: OwnTime, life: Life, on_point: OnPoint, writer: str) -> None:
        self._target = target
        self._clock = clock
        self._life = life
        self._on_point = on_point
        self.writer = writer
        self.place = "home"
        self._asked: Mapping[str, str] = {}
        self._filled: dict[str, str] = {}
        self._lists: list[ListRead] = []

    async def open(self, screen: str, **parameters: str) -> None:
        await self._wait()
        self.place, self._asked, self._filled = screen, parameters, {}
        self._target.opened[screen] += 1
        trouble = next(self._target.troubles.get(screen, iter(())), None)
        if trouble is not None:
            raise trouble

    async def fill(self, **values: Value) -> None:
        await self._wait()
        self._filled |= {name: as_people_write(value) for name, value in values.items()}

    async def read(self) -> Mapping[str, Shown]:
        wanted = self._asked["ref"]
        entry = next((one for one in self._held() if one.reference == wanted), None)
        if entry is None:
            raise SystemException("not-ready", "There is no such case.")
        if wanted in self._target.emptied:
            return shown(ref=wanted, key="", name="")
        return shown(ref=wanted, **entry.values, by=entry.by)

    async def rows(self, table: str) -> Sequence[Mapping[str, Shown]]:
        found = self._listed() if self.place == "list" else self._searched()
        return [shown(ref=entry.reference, **entry.values, by=entry.by) for entry in found]

    def _searched(self) -> list[Entry]:
        target, asked = self._target, self._asked.items()
        return [
            entry
            for entry in target.held(self._clock.now - target.lag)
            if ("key" not in self._asked or entry.values["key"] not in target.hidden)
            and all(entry.values[name] == text for name, text in asked)
        ][: target.most]

    def _listed(self) -> list[Entry]:
        found = [one for one in self._held() if one.values["key"] not in self._target.unlisted]
        covers = "" if self._target.cut else "all cases"
        read = ListRead(screen="list", table="cases", covers=covers, counted=len(found), ends=True)
        self._lists.append(read)
        return found

    def lists(self) -> Sequence[ListRead]:
        read, self._lists = self._lists, []
        return read

    async def read_back(self) -> Mapping[str, Shown]:
        await self._wait()
        return shown(**{**self._filled, **self._target.mistyped})

    async def commit(self, action: str, permit: Permit) -> Outcome:
        assert (self.place, action) == ("new", "save")
        key = self._filled["key"]
        self._on_point(Point.FIRING)
        saving = self._target.next_saving(key)
        if saving is Saving.NOT_FIRED or self._clock.now >= permit.monotonic_deadline:
            raise NotFired("not-fired", "It was not fired.")
        if saving is Saving.STOPPED:
            raise RequestStopped("request-stopped", "The page sent what no map names.")
        if saving in _BEFORE:
            return _said(*_BEFORE[saving], saved=False)
        sent = Sent(
            intent=permit.intent, number=1, of=1, method="POST", host="small", path="/", names=(), size=1
        )
        await permit.ledger.left(sent)
        self._on_point(Point.SENDING)
        self._target.asked.append(key)
        reference = self._arrives(saving)  # what has left arrives, whatever becomes of the worker
        await self._wait()
        self._on_point(Point.ANSWERED)
        status = None if saving in (Saving.CUT, Saving.CUT_LOST, Saving.LATE) else 200
        await permit.ledger.ended(replace(sent, status=status))
        return await self._outcome(saving, reference)

    def _arrives(self, saving: Saving) -> str:
        target = self._target
        if saving not in KEEPING:
            return f"R{len(target.entries) + 1}"
        values = self._filled | ({"name": "Somebody else"} if saving is Saving.ALTERS else {})
        late = target.late if saving is Saving.LATE else 0.0
        reference = target.keep(values, at=self._clock.now + target.takes + late, by=ACCOUNT)
        return target.entries[0].reference if saving is Saving.TWICE else reference

    async def _outcome(self, saving: Saving, reference: str) -> Outcome:
        if saving in (Saving.CUT, Saving.CUT_LOST, Saving.LATE):
            raise Unresolved(*_CUT)
        if saving is Saving.HALF:
            raise Unclear("commit-half", "Only a part of it was sent.")
        if saving is Saving.BREAKS:
            raise KeyError("a name that nobody may see")
        if saving is Saving.HANGS:
            await asyncio.sleep(1e6)
        if saving in (Saving.REFUSES, Saving.DENIES):
            return _said(Ended.BUSINESS, "not-allowed", saved=False)
        if saving is Saving.DUPLICATE:
            return _said(Ended.BUSINESS, DUPLICATE, saved=False, look_again=True)
        if saving in (Saving.FAILS, Saving.FAILS_LOST):
            return _said(Ended.SYSTEM, "server-error", saved=True)
        if saving in (Saving.SILENT, Saving.SILENT_LOST):
            return _said(Ended.UNTOLD, "back-home", saved=True)
        return _said(Ended.SUCCESS, "saved", saved=True, reference=reference)

    async def rehearse(self, action: str, fill: Callable[[], Awaitable[object]]) -> Rehearsed:
        raise NotImplementedError

    async def attach(self, field: str, document: str) -> None:
        raise NotImplementedError

    async def act(self, action: str) -> None:
        raise NotImplementedError

    async def choose(self, table: str, row: int) -> None:
        raise NotImplementedError

    async def options(self, field: str) -> Sequence[str]:
        raise NotImplementedError

    async def evidence(self) -> Mapping[str, Any]:
        self._life.check()
        return {"place": self.place}

    async def close(self) -> bool:
        return True

    def _held(self) -> list[Entry]:
        return self._target.held(self._clock.now)

    async def _wait(self) -> None:
        self._life.check()
        await asyncio.sleep(self._target.takes)
        self._life.check()


def _said(ended: Ended, code: str, **more: Any) -> Outcome:
    return Outcome(name=code, ended=ended, code=code, sentence=f"The target: {code}.", **more)
