"""Read a process's source and put what is new into its queue."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from bots.assembly.worker import open_rekey
from bots.engine.settings import load_settings
from bots.processes.registry import find
from flows.boundary import concluded
from flows.parameters import ProcessName, StoreId
from flows.publishing import publish
from flows.reporting import files_line, files_text, intake_line, intake_text


@flow(name="intake", persist_result=False)
async def intake(process: ProcessName = "missed-bins", store: StoreId = None) -> State[Any]:
    """Read the source; what is known already is not added again."""
    return await concluded(_intake(process, store))


async def _intake(process: str, store: str | None) -> State[Any]:
    if find(process).takes_files:
        return await _collect(process, store)
    async with open_rekey(load_settings(), store_id=store or None) as rekey:
        summary = await rekey.intake(process)
    line = intake_line(summary)
    get_run_logger().info(line)
    await publish(f"intake-{process}", intake_text(summary), line)
    if summary.unread:
        return Failed(message=f"{summary.unread} rows could not be read: tried again at the next intake")
    return Completed(message=line)


async def _collect(process: str, store: str | None) -> State[Any]:
    """Read the files in the process's inbox. Their names stay out of Prefect: they may name people."""
    async with open_rekey(load_settings(), store_id=store or None) as rekey:
        files = await rekey.collect(process)
    line = files_line(files)
    get_run_logger().info(line)
    await publish(f"intake-{process}", files_text(process, files), line)
    if any(file.needs_person for file in files):
        return Failed(message=line)  # somebody has to look at the file
    return Completed(message=line)
