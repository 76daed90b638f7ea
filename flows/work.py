"""Work a process's queue until it is empty."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Cancelled, Completed, Failed

from bots.assembly.worker import open_rekey
from bots.engine.core.summary import WorkSummary
from bots.engine.intake.answers import Returned
from bots.engine.settings import load_settings
from flows.boundary import concluded
from flows.parameters import MaxItems, ProcessName, Sessions, Shadow, StoreId
from flows.publishing import ProgressBar, announce, publish
from flows.reporting import work_line, work_text
from flows.stopping import stop_on_signal


@flow(name="work", persist_result=False)
async def work(
    process: ProcessName = "missed-bins",
    sessions: Sessions = 2,
    max_items: MaxItems = None,
    shadow: Shadow = False,
    store: StoreId = None,
) -> State[Any]:
    """Key what waits in the queue, each item exactly once, and tell people about the rest."""
    return await concluded(_work(process, sessions, max_items, shadow, store))


async def _work(
    process: str, sessions: int, max_items: int | None, shadow: bool, store: str | None
) -> State[Any]:
    with stop_on_signal() as stop:
        progress = ProgressBar(process)
        async with open_rekey(load_settings(), store_id=store or None) as rekey:
            summary = await rekey.work(
                process,
                sessions=sessions,
                max_items=max_items,
                shadow=shadow,
                on_progress=progress,
                stop=stop,
            )
            returned = Returned() if shadow else await rekey.give_back_finished(process)
        await progress.close()
        await _tell(process, summary, returned)
        if summary.blocked:
            return Failed(message=work_line(summary))  # somebody has to act: let the UI show it
        end = Cancelled if stop.is_set() else Completed
        return end(message=work_line(summary))


async def _tell(process: str, summary: WorkSummary, returned: Returned) -> None:
    line = work_line(summary)
    get_run_logger().info(line)
    announce(process, summary.raised)
    await publish(f"work-{process}", work_text(summary, returned), line)
