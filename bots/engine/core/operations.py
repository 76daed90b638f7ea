"""What those who run the bots see and decide: schedules, beginnings, systems. No person's data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REQUEST = "request"
"""In the place of a request, after its system."""
_SEARCH, _LETTERS = "search", " letters"


def search_place(system: str, step: str, *, letters: bool) -> str:
    """The place of a step's search that did not show what was saved a moment ago."""
    return f"{system}.{_SEARCH} {step}{_LETTERS if letters else ''}"


_PLACE = re.compile(r"([^.]+)\.([^.]+)\.(.+)\[(\d+)\]")


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One decision about how the bots are run. `scope`: such as schedule:work-parking or system:waste."""

    at: float
    who: str
    scope: str
    what: str
    why: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Drift:
    """Where a map and its system are not as one, as the summaries of runs have it. A locator that found
    nothing while others of its field did: `place` is system.screen.field[rank]. Or a request that was stopped
    because no map declares it: system.request, and the line that would declare it. Or a search that did not
    show what was saved a moment ago: system.search, and the step."""

    place: str
    times: int
    first: float
    last: float

    @property
    def system(self) -> str:
        return self.place.partition(".")[0]

    @property
    def screen(self) -> str:
        return self._part(2)

    @property
    def field(self) -> str:
        return self._part(3)

    @property
    def rank(self) -> int:
        """1 for the locator that the map prefers."""
        return int(self._part(4) or 0) + 1

    @property
    def request(self) -> str:
        """The line that would declare it, for YAML; empty: it is a locator."""
        begin = f"{self.system}.{REQUEST} "
        return self.place.removeprefix(begin) if self.place.startswith(begin) else ""

    @property
    def search(self) -> str:
        """The step whose search it was; empty: it was none."""
        begin = f"{self.system}.{_SEARCH} "
        found = self.place.removeprefix(begin) if self.place.startswith(begin) else ""
        return found.removesuffix(_LETTERS)

    @property
    def letters(self) -> bool:
        """Of a search: the case had letters outside ASCII, such as é."""
        return bool(self.search) and self.place.endswith(_LETTERS)

    def _part(self, number: int) -> str:
        match = _PLACE.fullmatch(self.place)
        return match[number] if match else ""


@dataclass(frozen=True, kw_only=True)
class SystemState:
    """How one system is doing. `failures`: items that were stopped there since one got through; `refused`:
    since when a sign-in waits for a person."""

    system: str
    sessions: int = 0
    failures: int = 0
    refused: float | None = None
