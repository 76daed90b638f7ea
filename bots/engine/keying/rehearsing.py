"""A rehearsal of one screen with the next item: what its Save would send, before a map is trusted with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.errors import ConfigurationError
from ..core.item import State
from ..core.points import pass_by
from ..core.process import Process
from ..core.queue import Queue
from ..core.screens import Rehearsed
from ..core.step import Step
from ..core.systems import Systems
from .protocol import Keying


def find_step(processes: Iterable[Process[Any]], screen: str) -> tuple[Process[Any], Step[Any]]:
    """The step that commits on a screen, named as `system/screen`."""
    system, _, name = screen.partition("/")
    for process in processes:
        for step in process.steps:
            if step.system == system and step.commit.partition(".")[0] == name:
                return process, step
    raise ConfigurationError("no-such-screen", f"No process saves on the screen {screen}.")


async def rehearse(
    process: Process[Any], step: Step[Any], *, queue: Queue, systems: Systems, worker: str
) -> Rehearsed:
    """With the data of the next new item, which stays new. Nothing is saved."""
    items = await queue.items(process.name, [State.NEW], limit=1)
    if not items:
        raise ConfigurationError("no-item", f"{process.title} has no new item to rehearse with.")
    holder = f"{worker}/rehearsal"
    keying = Keying(queue=queue, systems=systems, lease_seconds=0.0, on_point=pass_by)
    try:
        screens = await systems.enter(step.system, holder)
        record = await step.match(screens, process.record.model_validate(dict(items[0].data)))
        action = step.commit.partition(".")[2]

        async def fill() -> None:
            if not step.not_searchable_because:
                await step.find(screens, record)
            await keying.prepare(step, screens, record)

        return await screens.rehearse(action, fill)
    finally:
        await systems.leave_all(holder)
