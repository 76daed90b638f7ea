"""The people around a chaos run: a careful member of staff, and ICT. They do what the runbooks say."""

from __future__ import annotations

from collections import Counter

from bots.assembly.worker import Rekey
from bots.engine.core.item import Kind, State
from bots.processes.registry import PROCESSES
from tests import staff
from tests.town import SYSTEMS

WHO = "person/chaos"


class People:
    """What they did is counted: `acts`."""

    def __init__(self, rekey: Rekey) -> None:
        self._rekey = rekey
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
                    await staff.retry(self._rekey.queue, item.id, WHO, "the system answers again")
                    self.acts["sent back"] += 1

    async def look_again(self) -> None:
        """The searches work again: what rests in doubt may be looked up at once."""
        for process in PROCESSES:
            for item in await self._rekey.queue.items(process, [State.IN_DOUBT], limit=100_000):
                await staff.look_again(self._rekey.queue, item.id, WHO, "the search works again")
                self.acts["asked to look again"] += 1
