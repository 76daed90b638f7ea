"""Nightly tidying of the store."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from bots.assembly.worker import open_rekey
from bots.engine.settings import load_settings
from flows.boundary import concluded
from flows.parameters import StoreId
from flows.publishing import publish
from flows.reporting import housekeeping_line, housekeeping_text


@flow(name="housekeeping", persist_result=False)
async def housekeeping(store: StoreId = None) -> State[Any]:
    """Free the items that a stopped bot holds, erase what is kept no longer, write the checkpoint."""
    return await concluded(_housekeeping(store))


async def _housekeeping(store: str | None) -> State[Any]:
    async with open_rekey(load_settings(), store_id=store or None) as rekey:
        freed = await rekey.housekeeping()
        erased = await rekey.erase_by_rule()
        checkpoint = await rekey.audit.checkpoint()
    line = housekeeping_line(freed, erased, checkpoint)
    get_run_logger().info(line)
    await publish("housekeeping", housekeeping_text(freed, erased, checkpoint), line)
    return Completed(message=line)
