"""Examines an installation: each finding says what it is and, when it is not well, what to mend."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bots.assembly.worker import files_of, load_systems, open_home, open_rekey
from bots.engine.core.errors import RekeyError, SystemClosed
from bots.engine.core.hours import day_and_time, open_until, opens_at, wall_clock
from bots.engine.credentials import Credentials
from bots.engine.home.identity import home_id
from bots.engine.home.rights import HAS_RIGHTS, account, amiss
from bots.engine.screens.browser import Browser
from bots.engine.screens.maps.files import load_system
from bots.engine.settings import Settings, load_settings
from bots.prefect_host.access import access_of
from bots.prefect_host.api import PrefectApi
from bots.prefect_host.orphans import running_address
from bots.prefect_host.password import PrefectPassword
from bots.processes import registry

from .alerts import examine_alerts


@dataclass(frozen=True, kw_only=True)
class Finding:
    what: str
    well: bool
    sentence: str


async def examine() -> list[Finding]:
    settings = load_settings()
    systems = sorted({name for p in registry.PROCESSES.values() for name in p.every_system})
    checks: list[tuple[str, Callable[[], Awaitable[str]]]] = [
        ("Files", lambda: _files(settings)),
        ("Store", lambda: _store(settings)),
        ("Store's home", lambda: _home(settings)),
        ("Store's marks", lambda: _marks(settings)),
        ("Sign-ins", lambda: _sign_ins(settings)),
        ("Alerts", lambda: examine_alerts(settings)),
        ("Screen maps", lambda: _maps(settings)),
        ("Browser", lambda: _browser(settings)),
        ("Prefect", lambda: _prefect(settings)),
        *((f"Address of {name}", lambda name=name: _address(settings, name)) for name in systems),
        *((f"Credentials for {name}", lambda name=name: _credentials(settings, name)) for name in systems),
        *((f"Hours of {name}", lambda name=name: _hours(settings, name)) for name in systems),
    ]
    return [await _finding(what, check) for what, check in checks]


async def _finding(what: str, check: Callable[[], Awaitable[str]]) -> Finding:
    try:
        return Finding(what=what, well=True, sentence=await check())
    except RekeyError as error:
        return Finding(what=what, well=False, sentence=error.sentence)


async def _files(settings: Settings) -> str:
    home, team = settings.home, open_home(settings)
    elsewhere = [settings.keyring_key_file, *_database_elsewhere(settings)]
    found = amiss(home, [path for path in elsewhere if path and path.exists()], files_of(), team)
    if found:
        raise RekeyError("open-files", "\n".join(found))
    shared = f", and the group {settings.files_group} at its folders" if team.gid is not None else ""
    return f"only {account(os.geteuid())} gets at them{shared}" if HAS_RIGHTS else "as Windows guards them"


def _database_elsewhere(settings: Settings) -> list[Path]:
    kind, _, path = settings.database_url.partition(":///")
    return [Path(path)] if kind == "sqlite" and Path(path).parent != settings.home else []


async def _store(settings: Settings) -> str:
    async with open_rekey(settings, reading=True) as rekey:
        store = await rekey.queue.store()
        holds = await rekey.queue.holds()
        held = f"; held: {', '.join(hold.scope for hold in holds)}" if holds else ""
        if store.restored is not None:
            open_ = [name for name in registry.names() if await rekey.queue.trusted(name) is None]
            since = f", not reconciled since: {', '.join(open_)} (runbook: restore)" if open_ else ""
            held += f"; restored from a backup{since}"
        return f"{store.id}, {store.environment} environment{held}"


async def _home(settings: Settings) -> str:
    async with open_rekey(settings, reading=True) as rekey:
        bound = await rekey.restores.home()
    if bound not in (None, home_id(settings.home)):
        sentence = (
            "The store belongs to another home. Check REKEY_HOME and REKEY_DATABASE (runbook: restore)."
        )
        raise RekeyError("other-home", sentence)
    return "is this one"


async def _marks(settings: Settings) -> str:
    async with open_rekey(settings, reading=True) as rekey:
        lost = await rekey.marks.lost(rekey.restores)
        told = len(await rekey.restores.strays())
    if lost:
        raise RekeyError("restored", "The store holds less than it did: it is a backup (runbook: restore).")
    strays = f"; entries without a receipt that were told: {told} (rekey restored --list)" if told else ""
    return f"none is missing{strays}"


async def _sign_ins(settings: Settings) -> str:
    async with open_rekey(settings, reading=True) as rekey:
        refused = await rekey.queue.refused_sign_ins()
    if refused:
        names = ", ".join(refused)
        sentence = f"Refused, and not tried again until a person acts: {names} (rekey credentials set)."
        raise SystemClosed("sign-in-refused", sentence)
    return "none is refused"


async def _maps(settings: Settings) -> str:
    each = [load_systems(settings, process) for process in registry.PROCESSES.values()]
    systems = {name: system for these in each for name, system in these.items()}
    past = sorted(name for name, system in systems.items() if not system.map.gate)
    told = f"; past the wire, where a save may be sent twice (gate: no): {', '.join(past)}" if past else ""
    return f"{len(systems)} systems: {', '.join(sorted(systems))}{told}"


async def _browser(settings: Settings) -> str:
    browser = await Browser.start(settings.browser)
    await browser.close()
    return "starts"


async def _prefect(settings: Settings) -> str:
    """Whether Rekey comes in. That `rekey up` does not run just now is well."""
    if not settings.prefect and running_address(settings.home) is None:
        if PrefectPassword(settings.home).file.exists():
            PrefectPassword(settings.home).read()
        return "does not run here now: rekey up starts it"
    access = access_of(settings)
    async with PrefectApi(access, answers_within=5, busy_for=5) as api:
        try:
            await api.deployments()
        except httpx.HTTPError as error:
            sentence = f"{access.address} does not answer as Prefect does ({type(error).__name__})."
            raise RekeyError("prefect-refused", sentence) from None
    return f"{access.address} lets Rekey in"


async def _address(settings: Settings, system: str) -> str:
    name = f"REKEY_URLS__{system.upper()}"
    if system not in settings.urls:
        raise RekeyError("no-address", f"Not set. Set {name}.")
    parts = urlsplit(settings.urls[system])
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
        opening = asyncio.open_connection(parts.hostname, port)
        _, writer = await asyncio.wait_for(opening, 5)
        writer.close()
    except (OSError, ValueError, TimeoutError):
        raise RekeyError("no-answer", f"Nothing answers there. Check {name}.") from None
    return "answers"


async def _credentials(settings: Settings, system: str) -> str:
    Credentials(settings).account(system)
    return "are there"


async def _hours(settings: Settings, system: str) -> str:
    """A system that is closed now is well."""
    hours, now = load_system(settings.root / "selectors" / system).hours, wall_clock()
    if hours is None:
        return "always open: its map gives no hours"
    closes, opens = open_until(hours, now), opens_at(hours, now)
    if closes is not None:
        return f"open, closes {day_and_time(closes, now, hours.zone)}"
    if opens is None:
        raise RekeyError("never-open", f"Closed for weeks. Check hours in selectors/{system}/system.yaml.")
    return f"closed, opens {day_and_time(opens, now, hours.zone)}"
