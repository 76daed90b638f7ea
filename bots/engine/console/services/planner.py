"""Schedules and runs of the bots, as the console sees them: what it asks of whatever begins the runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ...core.timetable import Timetable

AWAY = (
    "Prefect, which begins the runs, does not answer just now. Nothing is lost: what waits stays in the "
    "queue. Try again in a few minutes; if it goes on, tell ICT."
)
UNKNOWN = (
    "This console knows no Prefect server, so nothing can be planned or started here. ICT names one with "
    "REKEY_PREFECT, or serves the console with rekey up."
)


class Kind(StrEnum):
    """What a run of a process does. The values are the first words of its deployments' names."""

    INTAKE = "intake"
    WORK = "work"
    RECONCILE = "reconcile"

    @property
    def words(self) -> str:
        return _KINDS[self]


_KINDS = {
    Kind.INTAKE: "Take in new work",
    Kind.WORK: "Key what waits",
    Kind.RECONCILE: "Compare both sides",
}


class Stage(StrEnum):
    """Where a run stands. It tells when and how it ran, never what became of an item."""

    PLANNED = "planned"
    LATE = "late"
    QUEUED = "queued"
    BEGINNING = "beginning"
    RUNNING = "running"
    STOPPING = "stopping"
    ENDED = "ended"
    FINDINGS = "findings"
    FAILED = "failed"
    BROKEN = "broken"
    STOPPED = "stopped"
    NOT_NEEDED = "not-needed"


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """When one kind of run of a process begins by itself. `tables`: the times in force; `others`: rules that
    are no timetable, as the planner writes them; `delivered`: the times that came with Rekey, when others
    were set; `seen`: names this very state of it; `url`: where Prefect shows it."""

    process: str
    kind: Kind
    paused: bool
    tables: Sequence[Timetable]
    others: Sequence[str] = ()
    delivered: Sequence[Timetable] | None = None
    seen: str
    url: str


@dataclass(frozen=True, kw_only=True)
class Run:
    """`told`: what it said of itself at its end."""

    process: str
    kind: Kind
    stage: Stage
    expected: datetime | None
    began: datetime | None
    ended: datetime | None
    told: str
    by_itself: bool
    url: str


class Planner(Protocol):
    """Each method raises RekeyError when the planner does not answer, and BusinessException for what cannot
    be done. `seen`: what the person saw; `changed-meanwhile` if it is another now."""

    url: str
    """Its own pages."""

    async def deployed(self, processes: Sequence[str]) -> Sequence[Deployed]:
        """By process, in the order of its kinds."""

    async def pause(self, process: str, kind: Kind, paused: bool, seen: str) -> None: ...

    async def set_times(self, process: str, kind: Kind, table: Timetable | None, seen: str) -> None:
        """None: back to the times that came with Rekey."""

    async def coming(self, processes: Sequence[str], limit: int) -> Sequence[Run]:
        """What is planned, the next one first."""

    async def past(self, processes: Sequence[str], limit: int) -> Sequence[Run]:
        """What is going on or has ended, the latest first."""

    async def start(self, process: str) -> None:
        """Key what waits, as soon as possible. One that comes while another is at work does nothing."""

    async def plan(self, process: str, at: float) -> None:
        """Key what waits at a moment, in seconds since 1970; planned twice it is one run."""

    async def unplan(self, process: str, at: float) -> None:
        """Nothing, when no such run is planned."""

    async def planned(self, process: str, at: float) -> bool: ...

    async def close(self) -> None: ...
