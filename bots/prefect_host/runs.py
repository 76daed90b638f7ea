"""Ending runs as a person does in Prefect: each finishes the item in hand first."""

from __future__ import annotations

import asyncio

import httpx

from bots.engine.core.errors import RekeyError

from .api import PrefectApi

_WITHIN = 40.0  # Prefect kills a cancelled run's process after 30 seconds and then sets its state


async def cancel_runs(api: PrefectApi, pool: str) -> None:
    """Ask every run to end, and wait until each has. Nothing new starts: the pool stays paused.

    Before a worker ends: told to end, it kills its runs at once and leaves them Running."""
    try:
        async with asyncio.timeout(_WITHIN):
            await api.pause_pool(pool, True)
            runs = await api.active_runs(pool)
            await asyncio.gather(*(api.cancel(run_id) for run_id in runs))
            await asyncio.gather(*(api.wait_for(run_id) for run_id in runs))
    except (httpx.HTTPStatusError, RekeyError, TimeoutError):
        # The server is gone or a run does not end: the processes are ended next, and our store's
        # leases and intents keep the items safe.
        return
