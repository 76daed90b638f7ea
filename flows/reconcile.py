"""Compare source, queue and the target's own list."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed

from bots.assembly.worker import open_rekey
from bots.engine.settings import load_settings
from flows.boundary import concluded
from flows.parameters import ProcessName, StoreId
from flows.publishing import ProgressBar, announce_findings, publish
from flows.reporting import compared_line, reconcile_line, reconcile_text


@flow(name="reconcile", persist_result=False)
async def reconcile(process: ProcessName = "missed-bins", store: StoreId = None) -> State[Any]:
    """Prove that every record is in the target once and as it was handed in, or show which is not."""
    return await concluded(_reconcile(process, store))


async def _reconcile(process: str, store: str | None) -> State[Any]:
    progress = ProgressBar(f"reconcile-{process}", compared_line)
    async with open_rekey(load_settings(), store_id=store or None) as rekey:
        summary = await rekey.reconcile(process, progress)
    await progress.close()
    line = reconcile_line(summary)
    get_run_logger().info(line)
    announce_findings(summary)
    await publish(f"reconcile-{process}", reconcile_text(summary), line)
    # A finding is a result, not a failure of the run; its name makes it stand out in the list of runs.
    return Completed(name=None if summary.clean else "NotClean", message=line)
