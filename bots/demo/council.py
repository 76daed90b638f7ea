"""A demo council beside a home of Rekey's own, for `rekey demo` and `rekey council`."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from bots.engine.core.errors import RekeyError
from bots.engine.credentials import Credentials
from bots.engine.settings import Settings, load_settings
from bots.prefect_host.child import start_child
from bots.processes import registry
from bots.terminal.display import console, table
from bots.terminal.stopping import stop_on_signal

SEED = 7
TRY = "try"
_START_WITHIN = 60.0
_GRACE = 10.0


@asynccontextmanager
async def council(home: Path, items: int, *options: str) -> AsyncIterator[Mapping[str, str]]:
    """The demo council as a process of its own, in `<home>/council`; yields its systems' addresses."""
    folder = home / "council"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "council.json").unlink(missing_ok=True)
    command = [sys.executable, "-m", "fixtures.council", "--home", str(folder), "--items", str(items)]
    command += ["--seed", str(SEED), *options]
    child = await start_child(
        "council",
        command,
        log=folder / "council.log",
        environment=dict(os.environ),
        directory=load_settings().root,
    )
    try:
        end = time.monotonic() + _START_WITHIN
        while not (folder / "council.json").is_file():
            if not child.running or time.monotonic() > end:
                raise RekeyError("council-did-not-start", f"The demo council did not start. See {child.log}.")
            await asyncio.sleep(0.05)
        listed = json.loads((folder / "council.json").read_text(encoding="utf-8"))
        yield {name: listed.get(name, listed["example"]) for name in _accounts(home)}
    finally:
        await child.stop(grace=_GRACE)


def council_settings(base: Settings, home: Path, addresses: Mapping[str, str]) -> Settings:
    return base.model_copy(
        update={
            "home": home,
            "database": "",
            "environment": "test",
            "urls": dict(addresses),
            "keyring_key_file": None,
        }
    )


def council_environment(addresses: Mapping[str, str]) -> dict[str, str]:
    """The same settings for other processes, beside REKEY_HOME."""
    urls = {f"REKEY_URLS__{name.upper()}": address for name, address in addresses.items()}
    return {"REKEY_DATABASE": "", "REKEY_ENVIRONMENT": "test", **urls}


def store_credentials(settings: Settings) -> None:
    """The keyring is an encrypted file in the home itself."""
    home = settings.home
    key = home / "keyring.key"
    if not key.is_file():
        key.touch(mode=0o600)
        key.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    credentials = Credentials(settings)
    for system, account in _accounts(home).items():
        credentials.set(system, account["username"], account["password"])


def _accounts(home: Path) -> dict[str, dict[str, str]]:
    """The bot's, by system. One that the council does not have is played by its Register, so that a new
    process runs at once."""
    text = (home / "council" / "accounts.json").read_text(encoding="utf-8")
    accounts: dict[str, dict[str, str]] = json.loads(text)
    ours = {name for process in registry.PROCESSES.values() for name in process.every_system}
    return {name: accounts.get(name, accounts["example"]) for name in sorted(ours | {"example"})}


async def run_council(*, items: int) -> None:
    """A council to try processes on, until Ctrl-C; its home keeps what was keyed from start to start."""
    base = load_settings()
    home = base.home if base.home.name == TRY else base.home / TRY
    async with council(home, items) as addresses:
        store_credentials(council_settings(base, home, addresses))
        lines = [f"{name}={value}" for name, value in council_environment(addresses).items()]
        (home / "rekey.env").write_text("\n".join(lines) + "\n", encoding="utf-8")
        table("Demo council", ("System", "Address"), list(addresses.items()))
        console.print("It answers now. In another terminal:\n")
        # A console of Windows has no `export`.
        told = f'$env:REKEY_HOME = "{home}"' if os.name == "nt" else f'export REKEY_HOME="{home}"'
        console.print(told, soft_wrap=True)
        console.print(f"\nUser names and passwords: {home / 'council' / 'accounts.json'}", soft_wrap=True)
        console.print("Ctrl-C ends the council.")
        with stop_on_signal() as stop:
            await stop.wait()
