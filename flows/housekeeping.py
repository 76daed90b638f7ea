"""Nightly tidying: leases that ran out, doubts that can be resolved, records that are due to go."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from bots.engine.settings import load_settings
from bots.wiring import open_rekey
from flows.boundary import concluded
from flows.parameters import StoreId
from flows.publishing import publish
from flows.reporting import housekeeping_line, housekeeping_text


@flow(name="housekeeping", persist_result=False)
async def housekeeping(store: StoreId = None) -> State[Any]:
    """Tidy the store."""
    return await concluded(_housekeeping(store))


async def _housekeeping(store: str | None) -> State[Any]:
    async with open_rekey(load_settings(), store_id=store or None) as rekey:
        counts = await rekey.housekeeping()
    line = housekeeping_line(counts)
    get_run_logger().info(line)
    await publish("housekeeping", housekeeping_text(counts), line)
    return Completed(message=line)
