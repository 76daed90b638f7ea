"""Trying a step's search: whether it shows what was saved a moment ago.

A search that does not is no help before a save (staff's own entries are not seen) nor after one. The first
saves of a run are tried, of cases with letters outside ASCII apart, because some searches never find those;
after them a share.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import Counter
from typing import Any

from ..core.errors import RekeyError
from ..core.operations import search_place
from ..core.queue import Queue
from ..core.record import Record
from ..core.screens import TargetScreens
from ..core.step import Step
from ..core.systems import Systems

_FIRST = 2
_SHARE = 50
"""One of so many, after the first."""
_AGAIN = 0.2
"""Seconds between two looks, while the search may lag."""


class Trying:
    """Of one run. What was missed is noted in the store, and people see it beside the system."""

    def __init__(self, queue: Queue, systems: Systems) -> None:
        self._queue = queue
        self._systems = systems
        self._tried: Counter[tuple[str, str, bool]] = Counter()

    async def saved(self, step: Step[Any], screens: TargetScreens, record: Record, reference: str) -> None:
        """A save of this record has its receipt. Asking costs nothing but time: what fails here is no failure
        of the item."""
        if step.not_searchable_because or not self._due(step, record, reference):
            return
        try:
            shown = await self._shows(step, screens, record, reference)
        except RekeyError:
            return
        if not shown:
            place = search_place(step.system, step.name, letters=_has_letters(step, record))
            await self._queue.note_drift({place: 1})

    def _due(self, step: Step[Any], record: Record, reference: str) -> bool:
        kind = (step.system, step.name, _has_letters(step, record))
        self._tried[kind] += 1
        return self._tried[kind] <= _FIRST or _drawn(reference)

    async def _shows(self, step: Step[Any], screens: TargetScreens, record: Record, reference: str) -> bool:
        """Also where the search lags, as long as its map allows."""
        end = time.monotonic() + self._systems.timing(step.system).lag
        while True:
            if reference in [entry.reference for entry in await step.find(screens, record)]:
                return True
            if time.monotonic() >= end:
                return False
            await asyncio.sleep(_AGAIN)


def _has_letters(step: Step[Any], record: Record) -> bool:
    """Whether a value by which the case is known has letters outside ASCII, such as é."""
    values = step.values(record)
    return not all(str(values[name]).isascii() for name in step.case or values)


def _drawn(reference: str) -> bool:
    return hashlib.sha256(reference.encode()).digest()[0] % _SHARE == 0
