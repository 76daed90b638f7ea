"""What a source shows now, beside what was taken from it into the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.errors import SignedOut
from ..core.item import NewItem, WorkItem
from ..core.process import Process
from ..core.queue import Queue
from ..core.record import digest
from ..core.summary import Difference, Why
from ..core.systems import Systems
from ..intake.screens import new_item

INTAKE, SOURCE = SOURCES = "intake", "source"
"""What stands in place of a step: a row never came in; a row is no longer what came in."""
_TRIES = 3


@dataclass(kw_only=True)
class SourceSide:
    """How many rows the source has, and what does not agree with the queue."""

    rows: int
    missing: list[Difference] = field(default_factory=list)
    different: list[Difference] = field(default_factory=list)


async def compare_source(process: Process[Any], queue: Queue, systems: Systems, holder: str) -> SourceSide:
    """A process that is handed workbooks has no source of its own: its rows are those in the queue."""
    if process.source is None:
        return SourceSide(rows=len(await queue.references(process.name)))
    shown = await _read(process, systems, holder)
    items = {item.reference: item for item in await queue.items(process.name, limit=1_000_000)}
    side = SourceSide(rows=len(shown))
    lost = [reference for reference in shown if reference not in items]
    side.missing += [
        Difference(item=None, step=INTAKE, target=None, why=Why.NOT_TAKEN_IN, state=digest(reference))
        for reference in lost
    ]
    if process.source.keeps_rows:
        gone = [item.id for reference, item in items.items() if reference not in shown]
        side.missing += [
            Difference(item=one, step=SOURCE, target=None, why=Why.NOT_IN_SOURCE) for one in gone
        ]
    unread = [items[reference].id for reference, row in shown.items() if row is None and reference in items]
    side.different += [Difference(item=one, step=SOURCE, target=None, why=Why.UNREAD) for one in unread]
    pairs = [(items[reference], row) for reference, row in shown.items() if row and reference in items]
    side.different += await _changed(process, queue, pairs)
    return side


async def _read(process: Process[Any], systems: Systems, holder: str) -> dict[str, NewItem | None]:
    """Every row by its reference; None for one that could not be read now."""
    assert process.source is not None
    for attempt in range(1, _TRIES + 1):
        screens = await systems.enter(process.source.system, holder)
        shown: dict[str, NewItem | None] = {}
        try:
            async for row in process.source.rows(screens):
                if row.failed:
                    shown[row.reference] = None
                else:
                    made = new_item(process, row)
                    shown[made.reference] = made
            return shown
        except SignedOut:
            await systems.leave(process.source.system, holder)
            if attempt == _TRIES:
                raise
    raise AssertionError("the last try returns or raises")


async def _changed(
    process: Process[Any], queue: Queue, pairs: Sequence[tuple[WorkItem, NewItem]]
) -> list[Difference]:
    """Rows that say neither what the item holds nor what they said at the latest intake."""
    other = [(item, row) for item, row in pairs if digest(row.data) != item.digest]
    told = await _told(process, queue) if other else {}
    return [
        Difference(
            item=item.id,
            step=SOURCE,
            target=None,
            fields=_fields(item, row),
            why=Why.SOURCE_CHANGED,
            state=digest(row.data),
        )
        for item, row in other
        if digest(row.data) != told.get(item.id)
    ]


async def _told(process: Process[Any], queue: Queue) -> Mapping[str, str]:
    """What every item's row said at the latest intake: a person corrected it, or was told of the change."""
    batches = await queue.batches(process.name)
    if not batches:
        return {}
    return {row.item.id: row.digest for row in await queue.batch_rows(batches[-1].id)}


def _fields(item: WorkItem, row: NewItem) -> tuple[str, ...]:
    names = {**item.data, **row.data}
    return tuple(name for name in names if item.data.get(name) != row.data.get(name))
