"""Puts together what tells people: the store, the hours of the maps, the addresses, and Prefect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from bots.engine.alerts.addresses import Addresses
from bots.engine.alerts.office import Office
from bots.engine.alerts.ping import ping
from bots.engine.alerts.watch import Watch
from bots.engine.alerts.wording import Wording
from bots.engine.core.errors import ConfigurationError
from bots.engine.core.hours import Hours
from bots.engine.core.process import Process
from bots.engine.credentials import Credentials
from bots.engine.intake.inbox import Inbox
from bots.engine.screens.maps.files import System, load_system
from bots.engine.screens.maps.opening_hours import hours_of
from bots.engine.settings import Settings
from bots.prefect_host.access import declared_access
from bots.prefect_host.alerts import PrefectWatched
from bots.prefect_host.api import PrefectApi
from bots.processes import registry

from .worker import Rekey


def addresses_of(settings: Settings) -> Addresses:
    return Addresses(Credentials(settings), registry.names())


def wording_of(settings: Settings) -> Wording:
    scheme = "https" if settings.console_tls else "http"
    console = f"{scheme}://{settings.console_hosts[0]}" if settings.console_hosts else ""
    return Wording(name=settings.console_name, environment=settings.environment, console=console)


def watch_of(rekey: Rekey, prefect: PrefectWatched | None = None) -> Watch:
    settings = rekey.settings
    return Watch(
        store=rekey.alerts,
        office=office_of(settings),
        wording=wording_of(settings),
        addresses=addresses_of(settings),
        left=partial(_left, settings),
        digest=settings.alert_digest,
        prefect=prefect.facts if prefect else None,
        announce=prefect.announce if prefect else None,
        alive=partial(ping, settings.ping) if settings.ping else None,
    )


@asynccontextmanager
async def prefect_of(settings: Settings) -> AsyncIterator[PrefectWatched | None]:
    """The server of ICT's own, where the settings name one."""
    if not settings.prefect:
        yield None
        return
    async with PrefectApi(declared_access(settings)) as api:
        yield PrefectWatched(api)


@asynccontextmanager
async def watching(
    rekey: Rekey, prefect: PrefectWatched | None, tell: Callable[[str], None]
) -> AsyncIterator[None]:
    """People are told until the block ends."""
    task = asyncio.create_task(watch_of(rekey, prefect).run(tell))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def office_of(settings: Settings) -> Office:
    systems = {name: found for name in _names() if (found := _system(settings, name))}
    return Office(
        processes=registry.PROCESSES,
        systems={name: one.map.title for name, one in systems.items()},
        hours={name: one.hours for name, one in systems.items() if one.hours is not None},
        at_work=at_work(settings),
        doubt_after=settings.alert_doubt_minutes * 60,
        idle_after=settings.alert_idle_minutes * 60,
    )


def at_work(settings: Settings) -> Hours:
    """Raises ConfigurationError for hours that nobody can read."""
    days, _, spans = settings.alert_hours.strip().partition(" ")
    try:
        return hours_of({days: spans.strip()}, settings.bank_holidays, ())
    except ValueError as error:
        sentence = f"REKEY_ALERT_HOURS should be such as mon-fri 08:00-18:00 ({error})."
        raise ConfigurationError("settings", sentence) from None


def _names() -> set[str]:
    return {name for process in registry.PROCESSES.values() for name in process.every_system}


def _system(settings: Settings, name: str) -> System | None:
    try:
        return load_system(settings.root / "selectors" / name)
    except ConfigurationError:  # a map with a mistake is told by the run that needs it
        return None


def _left(settings: Settings) -> Mapping[str, Sequence[tuple[str, float]]]:
    """By process, files that could not be read. A name may name a person, so only their keys go further."""
    return {
        process.name: [(one.key, one.since) for one in Inbox(settings.home / "inboxes" / process.name).left()]
        for process in _with_files()
    }


def _with_files() -> list[Process[Any]]:
    return [process for process in registry.PROCESSES.values() if process.takes_files]
