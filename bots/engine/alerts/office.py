"""The installation as the causes see it: its processes and systems, their hours, and how long is too long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ..core.alert import Facts, PrefectFacts
from ..core.hours import Hours, open_hours
from ..core.process import Process

SETTLING = 1200.0
"""Seconds of an idle time in which nothing may explain it: after a hold the next run comes first."""


@dataclass(frozen=True, kw_only=True)
class Office:
    """`systems`: titles by name. `hours`: of systems that are not always open. `at_work`: when people of the
    office are there. Times to wait are in seconds."""

    processes: Mapping[str, Process[Any]]
    systems: Mapping[str, str] = field(default_factory=dict)
    hours: Mapping[str, Hours] = field(default_factory=dict)
    at_work: Hours
    doubt_after: float = 1200.0
    idle_after: float = 3600.0

    @property
    def idle_seen(self) -> float:
        """From when on idleness is watched, so that it is told once all of `idle_after` is over."""
        return max(self.idle_after - SETTLING, 60.0)

    def process(self, name: str | None) -> str:
        found = self.processes.get(name or "")
        return found.title if found else name or ""

    def system(self, name: str) -> str:
        return self.systems.get(name, name)

    def scope(self, scope: str) -> str:
        """What a hold covers, in words."""
        kind, _, name = scope.partition(":")
        return {"process": self.process, "system": self.system}.get(kind, lambda _: "Everything")(name)

    def open_seconds(self, process: str, since: float, now: float) -> float:
        """For how long all its systems were open, and people at work."""
        systems = sorted(self.processes[process].every_system) if process in self.processes else []
        hours = [self.at_work, *(self.hours[name] for name in systems if name in self.hours)]
        return open_hours(hours, _moment(since), _moment(now)) * 3600 if since < now else 0.0


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Everything that a round looks at. `left`: by process, files in an inbox from which nothing, or not all,
    could be taken; each with a key and since when. `prefect` None: there is none to ask."""

    facts: Facts
    prefect: PrefectFacts | None = None
    left: Mapping[str, Sequence[tuple[str, float]]] = field(default_factory=dict)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
