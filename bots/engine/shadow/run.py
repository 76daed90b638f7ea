"""A shadow run: everything up to the commit, which it cannot fire, and a note of what it would save."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from pydantic import ValidationError

from ..core.errors import (
    ConfigurationError,
    RekeyError,
    RequestStopped,
    SystemClosed,
    SystemException,
)
from ..core.hours import Clock, wall_clock
from ..core.item import State, WorkItem
from ..core.points import pass_by
from ..core.process import Process
from ..core.queue import Queue
from ..core.summary import OnProgress, Progress, Raised, WorkSummary
from ..core.systems import Systems
from ..core.value import Format, canonical
from ..keying.opening import Opening
from ..keying.protocol import Keying
from .notes import Notes


class Shadow:
    """Takes no lease and writes no state: the same items can be keyed for real afterwards."""

    def __init__(
        self,
        *,
        process: Process[Any],
        queue: Queue,
        systems: Systems,
        worker: str,
        notes: Notes,
        clock: Clock = wall_clock,
    ) -> None:
        self._process = process
        self._queue = queue
        self._systems = systems
        self._holder = f"{worker}/shadow"
        self._notes = notes
        self._opening = Opening(systems=systems, names=process.systems, clock=clock)
        self._keying = Keying(queue=queue, systems=systems, lease_seconds=0.0, on_point=pass_by)

    async def run(
        self,
        *,
        max_items: int | None = None,
        on_progress: OnProgress | None = None,
        stop: asyncio.Event | None = None,
    ) -> WorkSummary:
        began = time.monotonic()
        items = await self._queue.items(self._process.name, [State.NEW], limit=max_items or 1_000_000)
        notes: list[dict[str, Any]] = []
        stopped, blocked = "", False
        try:
            for item in items:
                stopped = self._stopped(stop, len(items) - len(notes))
                if stopped:
                    break
                notes.append(await self._one(item))
                if on_progress is not None:
                    await on_progress(self._progress(notes, len(items)))
        except (SystemClosed, ConfigurationError) as error:
            stopped, blocked = error.sentence, True
        finally:
            await self._systems.leave_all(self._holder)
        self._notes.keep(self._process.name, notes)
        raised = [
            Raised(item=n["item"], code=n["code"], state="shadow", sentence=n["sentence"])
            for n in notes
            if "code" in n
        ]
        return WorkSummary(
            process=self._process.name,
            taken=len(notes),
            done=len(notes) - len(raised),
            keyed=0,
            adopted=0,
            raised=raised,
            waiting={s.value: n for s, n in (await self._queue.counts(self._process.name)).items()},
            stopped=stopped,
            blocked=blocked,
            shadow=True,
            drift=self._systems.drift(),
            seconds=round(time.monotonic() - began, 3),
        )

    def _stopped(self, stop: asyncio.Event | None, left: int) -> str:
        if stop is not None and stop.is_set():
            return "asked to stop"
        timings = [self._systems.timing(step.system) for step in self._process.steps]
        shut = self._opening.shut(sum(timing.window for timing in timings))
        return shut.sentence(left) if shut is not None else ""

    def _progress(self, notes: list[dict[str, Any]], total: int) -> Progress:
        raised = sum("code" in note for note in notes)
        return Progress(process=self._process.name, done=len(notes) - raised, exceptions=raised, total=total)

    async def _one(self, item: WorkItem) -> dict[str, Any]:
        note: dict[str, Any] = {"item": item.id, "steps": {}}
        try:
            record = self._process.record.model_validate(dict(item.data))
            for rule in self._process.rules:
                rule(record)
            for step in self._process.steps:
                screens = await self._systems.enter(step.system, self._holder)
                matched = await step.match(screens, record)
                found = [] if step.not_searchable_because else await step.find(screens, matched)
                shown = await self._keying.prepare(step, screens, matched)
                meant = {n: canonical(Format.TEXT, v) for n, v in step.values(matched).items()}
                note["steps"][step.name] = {
                    "would_save": meant | {name: str(value) for name, value in shown.items()},
                    "in_target": [entry.reference for entry in found],
                }
        except RequestStopped as error:  # the next one may meet others: a shadow run tells all of them
            await self._systems.leave_all(self._holder)
            note |= {"code": error.code, "sentence": error.sentence}
        except (SystemClosed, ConfigurationError):
            raise
        except RekeyError as error:
            if isinstance(error, SystemException):
                await self._systems.leave_all(self._holder)
            note |= {"code": error.code, "sentence": error.sentence}
        except ValidationError:
            note |= {"code": "invalid-record", "sentence": "The record is not as this process needs it."}
        return note
