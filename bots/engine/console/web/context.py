"""What the console works with."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from ...core.hours import Clock, wall_clock
from ...core.item import AddOutcome, BatchRow, State
from ...core.people import TRIES, TRIES_WITHIN
from ...core.process import Process
from ...core.queue import Queue
from ...core.summary import FileChecked, HandInSummary
from ...core.work_list import FOR_PEOPLE
from ...core.working_days import WorkingDays
from ...evidence import Evidence
from ...store.alerts.store import StoreAlerts
from ...store.audit.comparisons import StoreComparisons
from ...store.audit.operations import StoreOperations
from ...store.audit.store import StoreAudit
from ...store.figures.store import StoreFigures
from ...store.people.store import StorePeople
from ...store.work.lookups import StoreLookups
from ...store.work_list.store import StoreWorkList
from ..services.background import Underway
from ..services.hosts import Hosts
from ..services.openid import OpenIdProvider
from ..services.planner import Planner
from ..services.rendering import Pages
from ..services.sites import Sites
from ..services.source_files import SourceFiles
from ..services.uploads import SentFile, Uploads
from .throttle import Attempts


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What became of a hand-in, as things stand. `outcomes` counts rows, `states` items; `waiting`: rows of
    the first items that need a person, each item once."""

    outcomes: Mapping[AddOutcome, int]
    states: Mapping[State, int]
    waiting: Sequence[BatchRow]

    @property
    def records(self) -> int:
        return sum(self.outcomes.values())

    @property
    def done(self) -> int:
        return self.states.get(State.DONE, 0)

    @property
    def closed(self) -> int:
        return self.states.get(State.WITHDRAWN, 0)

    @property
    def needs_person(self) -> int:
        return sum(self.states.get(state, 0) for state in FOR_PEOPLE)

    @property
    def goes_on(self) -> bool:
        """Whether the bot has something to do with it still."""
        return bool(self.states.get(State.NEW) or self.states.get(State.IN_PROGRESS))


class Incoming(Protocol):
    """Files that people hand in here: what the console asks of the rest of Rekey."""

    def check(self, process: str, files: Sequence[Path]) -> AsyncGenerator[FileChecked, None]:
        """What each file would give, in their order, as soon as it is known."""

    def hand_in(
        self,
        process: str,
        files: Sequence[tuple[Path, SentFile]],
        who: str,
        begins: float | None = None,
    ) -> AsyncGenerator[Sequence[HandInSummary], None]:
        """Queue the files; for each, in their order, its hand-ins (an e-mail may give several), or why none.
        A file that is not the one that was sent is refused. `begins`: nothing new of it is keyed before."""

    async def outline(self, batch: str, age: float = 0.0) -> Outline:
        """`age`: how many seconds old it may be; that of a large hand-in may be somewhat older."""

    async def give_back(self, process: str, batch: str, folder: Path) -> Path:
        """Write what goes back, as things stand now, into a folder of the caller's."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    queue: Queue
    people: StorePeople
    work: StoreWorkList
    lookups: StoreLookups
    figures: StoreFigures
    history: StoreAudit
    evidence: Evidence
    pages: Pages
    processes: Mapping[str, Process[Any]]
    home: Path
    incoming: Incoming
    uploads: Uploads
    sources: SourceFiles  # what was handed in, read and drawn at a distance
    underway: Underway  # what is being read for a page
    hosts: Hosts
    tls: bool  # behind a proxy that speaks TLS: cookies are sent over it alone
    code_key: str  # of the secrets of one-time codes, from the keyring
    operations: StoreOperations
    comparisons: StoreComparisons
    alerts: StoreAlerts
    sites: Sites
    planner: Planner | None = None  # begins the runs; None: none is known here
    working_days: WorkingDays = field(default_factory=WorkingDays)
    openid: OpenIdProvider | None = None
    clock: Clock = wall_clock
    tries: Attempts = field(default_factory=lambda: Attempts(most=TRIES, seconds=TRIES_WITHIN))  # of one name
