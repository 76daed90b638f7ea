"""The people around a chaos run: a careful member of staff, and ICT. They do what the runbooks say."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import Counter
from contextlib import closing
from typing import Any

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import Kind, State, WorkItem
from bots.registry import PROCESSES
from bots.wiring import Rekey
from fixtures.council.judge_moves import CLOSE, OPEN
from tests.benefits import BENEFITS as CLAIMS
from tests.moves import answers as answers_of_moves
from tests.town import MOVES, PROCESS, SYSTEMS, Town

WHO = "person/chaos"
_PARTS = {"end-liability": CLOSE, "open-account": OPEN}


class People:
    """What they did is counted: `acts`."""

    def __init__(self, town: Town, rekey: Rekey) -> None:
        self._town = town
        self._rekey = rekey
        self._bins, self._moves = town.answers(), answers_of_moves(town)
        self.acts: Counter[str] = Counter()

    async def ict(self) -> None:
        """Frees what the brake and refused sign-ins hold: the cause was seen to."""
        queue = self._rekey.queue
        for hold in await queue.holds():
            await queue.release(hold.scope, WHO, "the system answers again")
            self.acts["released"] += 1
        for system in SYSTEMS:
            self.acts["sign-in allowed"] += await queue.allow_sign_in(system, WHO)

    async def send_back(self) -> None:
        """System exceptions are tried again once the systems are well."""
        for process in PROCESSES:
            for item in await self._rekey.queue.items(process, [State.EXCEPTION], limit=100_000):
                if item.kind is Kind.SYSTEM:
                    await self._rekey.queue.retry(item.id, WHO, "the system answers again")
                    self.acts["sent back"] += 1

    async def look_again(self) -> None:
        """The searches work again: what rests in doubt may be looked up at once."""
        for process in PROCESSES:
            for item in await self._rekey.queue.items(process, [State.IN_DOUBT], limit=100_000):
                await self._rekey.queue.look_again(item.id, WHO, "the search works again")
                self.acts["asked to look again"] += 1

    async def decide(self, item: WorkItem) -> bool:
        """Look in the target whether an item in doubt was saved, and say so. False: too early to say."""
        intents = await self._rekey.queue.intents(item.id)
        step = intents[-1].step
        reference = self._saved(item, step)
        try:
            await self._rekey.queue.decide(item.id, WHO, "I looked in the target", reference)
        except BusinessException as refused:
            if refused.code != "already-in-target":  # the entry is another item's: ours is not there
                return False
            with contextlib.suppress(BusinessException):
                await self._rekey.queue.decide(item.id, WHO, "only another one is there", None)
        self.acts["decided"] += 1
        return True

    def _saved(self, item: WorkItem, step: str) -> str | None:
        """The reference under which the target holds it."""
        if item.process == PROCESS:
            values = self._bins[item.reference].get("values") or {}
            wanted = {name: values.get(name) for name in ("uprn", "collection", "missed_on")}
            return self._logged("waste", "case", wanted)
        if item.process == CLAIMS:
            wanted = {name: item.data.get(name) for name in ("claim", "changed_on")} | {
                "code": item.data.get("change")
            }
            return self._logged("benefits", "change", wanted)
        assert item.process == MOVES
        part = _PARTS[step]
        values = self._moves[item.reference].get(part.name) or {}
        return self._logged("revenues", part.kind, {name: values.get(name) for name in part.identity})

    def _logged(self, system: str, kind: str, wanted: dict[str, Any]) -> str | None:
        with closing(sqlite3.connect(self._town.council / f"{system}.db")) as books:
            rows = books.execute(
                "SELECT reference, values_json FROM save_log WHERE kind = ? ORDER BY id", (kind,)
            ).fetchall()
        found = [row[0] for row in rows if _fits(json.loads(row[1]), wanted)]
        return str(found[-1]) if found else None


def _fits(values: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(values.get(name) == value for name, value in wanted.items())
