"""What a run shows in Prefect: a progress bar, a summary at its end, an event per exception or comparison.

A run writes no task run per item: at 100,000 items a day that would be about 1.8 GB a day.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    aupdate_progress_artifact,
)
from prefect.events import emit_event

from bots.engine.core.summary import Progress, Raised, Reconciliation
from flows.reporting import percent, progress_line

_EVERY = 1.0  # seconds between two updates of the bar, at the beginning
_SHARE = 0.01  # later, this part of the time since the beginning: every update is also an event that is kept
_LAST_WITHIN = 5.0


class ProgressBar:
    """A progress artifact that follows a run. It is driven by the run's progress, not by a clock.

    Keying never waits for it: one update is on its way at most, and one that fails is only missing.
    """

    def __init__(self, process: str, line: Callable[[Progress], str] = progress_line) -> None:
        self._process = process
        self._line = line
        self._artifact: UUID | None = None
        self._began = time.monotonic()
        self._due = self._began
        self._newest: Progress | None = None
        self._sending: asyncio.Task[None] | None = None

    async def __call__(self, progress: Progress) -> None:
        self._newest = progress
        now = time.monotonic()
        if now < self._due or (self._sending is not None and not self._sending.done()):
            return
        self._due = now + max(_EVERY, _SHARE * (now - self._began))
        self._sending = asyncio.create_task(self._send(progress))

    async def close(self) -> None:
        """Show the last progress, if Prefect answers."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WITHIN):
                if self._sending is not None:
                    await self._sending
                if self._newest is not None:
                    await self._send(self._newest)

    async def _send(self, progress: Progress) -> None:
        # Whatever is wrong with the bar is no reason to stop keying.
        with contextlib.suppress(Exception):
            if self._artifact is None:
                self._artifact = await acreate_progress_artifact(
                    percent(progress), key=f"progress-{self._process}", description=self._line(progress)
                )
            else:
                await aupdate_progress_artifact(
                    self._artifact, percent(progress), description=self._line(progress)
                )


async def publish(key: str, text: str, line: str) -> None:
    """The summary of a run, on its page and on the Artifacts page."""
    await acreate_markdown_artifact(text, key=key, description=line)


def announce(process: str, raised: Sequence[Raised]) -> None:
    """One event per item that went to a person, so that an automation can tell somebody."""
    for each in raised:
        emit_event(
            "rekey.item.exception",
            resource={"prefect.resource.id": f"rekey.item.{each.item}"},
            payload={"process": process, "code": each.code, "state": each.state},
        )


def announce_findings(summary: Reconciliation) -> None:
    """One event when a reconciliation has findings: counts only."""
    if not summary.clean:
        counts = {kind: len(findings) for kind, findings in summary.findings.items()}
        emit_event(
            "rekey.reconciliation.findings",
            resource={"prefect.resource.id": f"rekey.process.{summary.process}"},
            payload={"process": summary.process, **counts},
        )
