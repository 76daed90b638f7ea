"""Whether anybody would be told: who has addresses, which take no messages, and whether somebody looks."""

from __future__ import annotations

import asyncio

from bots.assembly.alerts import addresses_of, at_work
from bots.assembly.worker import open_rekey
from bots.engine.core.errors import ConfigurationError, RekeyError
from bots.engine.settings import Settings

_SILENT = 600.0
"""Seconds since the last round of the watch, after which it does not run."""


async def examine_alerts(settings: Settings) -> str:
    """What is well, as a sentence. Raises RekeyError with what to mend."""
    at_work(settings)
    held = await asyncio.to_thread(addresses_of(settings).all)
    async with open_rekey(settings, reading=True) as rekey:
        failing = await rekey.alerts.failing()
        last, now = await rekey.alerts.last_round()
    if not held and settings.environment == "live":
        raise ConfigurationError("no-address", "Nobody is told anything. Set one: rekey alerts set ict.")
    if failing:
        raise RekeyError("undelivered", f"Took no message: {', '.join(sorted(failing))} (rekey alerts show).")
    if last is not None and now - last > _SILENT:
        sentence = "Nothing checks for problems. Start rekey up, or run rekey alerts send by a timer."
        raise RekeyError("nobody-looks", sentence)
    return f"told: {', '.join(held)}" if held else "nobody is told anything (rekey alerts set ict)"
