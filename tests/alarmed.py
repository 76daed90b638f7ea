"""A store, a watch over it and somebody who gets its messages; the clock is moved by the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from bots.engine.alerts.addresses import Address, Addresses
from bots.engine.alerts.office import Office
from bots.engine.alerts.watch import RoundEnded, Watch
from bots.engine.alerts.wording import Wording
from bots.engine.core.alert import PrefectFacts
from bots.engine.core.process import Process
from bots.engine.credentials import Credentials
from bots.engine.screens.maps.opening_hours import hours_of
from bots.engine.settings import Settings
from bots.engine.store.alerts.store import StoreAlerts
from bots.engine.store.database.database import Database
from tests.catchers import Hook, Mail, a_hook, a_mail
from tests.contract.desk import PROCESS, Clock, Desk

MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=UTC).timestamp()
"""9:00 in London, winter time; a working day."""
HOUR, DAY = 3600.0, 86_400.0


class Remembered(Addresses):
    """Reads the keyring when something changed: it is slow, and a simulated week has many rounds."""

    _known: Mapping[str, Sequence[Address]] | None = None

    def all(self) -> Mapping[str, Sequence[Address]]:
        if self._known is None:
            self._known = super().all()
        return self._known

    def replace(self, recipient: str, addresses: Sequence[str]) -> None:
        super().replace(recipient, addresses)
        self._known = None


@dataclass(kw_only=True)
class Alarmed:
    """`left`, `prefect`: what the watch sees beside the store."""

    desk: Desk
    database: Database
    clock: Clock
    watch: Watch
    mail: Mail
    hook: Hook
    addresses: Addresses
    left: dict[str, Sequence[tuple[str, float]]] = field(default_factory=dict)
    prefect: PrefectFacts = field(default_factory=PrefectFacts)

    async def round(self, forward: float = 0.0) -> RoundEnded:
        self.clock.forward(forward)
        return await self.watch.round()

    async def rounds(self, seconds: float, step: float = 60.0) -> None:
        """A round at every step."""
        for _ in range(int(seconds / step)):
            await self.round(step)

    @property
    def titles(self) -> list[str]:
        """Without the installation's name. Both addresses got the same."""
        assert sorted(self.mail.titles) == sorted(self.hook.titles)
        return [title.partition(": ")[2] for title in self.hook.titles]


@asynccontextmanager
async def alarmed(desk: Desk, database: Database, folder: Path) -> AsyncIterator[Alarmed]:
    desk.clock.now = MONDAY
    home = folder / "home"
    home.mkdir(exist_ok=True)
    (home / "keyring.key").write_text("not-a-secret-of-anybody")
    addresses = Remembered(Credentials(Settings(home=home)), [PROCESS])
    async with a_mail() as mail, a_hook() as hook:
        addresses.replace("ict", [mail.address, hook.address])
        seen = Alarmed(
            desk=desk,
            database=database,
            clock=desk.clock,
            watch=watch_over(database, desk.clock, addresses),
            mail=mail,
            hook=hook,
            addresses=addresses,
        )

        async def ask() -> PrefectFacts:
            return seen.prefect

        seen.watch.left = lambda: seen.left
        seen.watch.prefect = ask
        yield seen


def watch_over(database: Database, clock: Clock, addresses: Addresses) -> Watch:
    return Watch(
        store=StoreAlerts(database, clock),
        office=office(),
        wording=Wording(name="Ambridge", environment="test", console="https://rekey.example"),
        addresses=addresses,
        left=dict,
        digest=time(8, 30),
    )


def office(hours: Mapping[str, Any] | None = None) -> Office:
    from bots.processes.registry import PROCESSES

    processes: dict[str, Process[Any]] = {PROCESS: PROCESSES[PROCESS]}
    return Office(
        processes=processes,
        systems={"waste": "Waste management", "portal": "Citizen portal"},
        hours=hours or {},
        at_work=hours_of({"mon-fri": "08:00-18:00"}, "england-and-wales", ()),
    )
