"""What people are told without asking: who is told, what stands, and the facts from which that follows.

Nothing here holds personal data: ids, counts, and names of processes and systems only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from .item import Hold

HOUR = 3600.0
DAY = 24 * HOUR
DIGEST = "digest"
"""The name under which the daily list of what still stands is told."""


class Role(StrEnum):
    ICT = "ict"  # the server, Prefect, the network; also whoever is told when a role has no address
    TEAM = "team"  # the team that owns a process
    AUTOMATION = "automation"  # who mends screens and processes


@dataclass(frozen=True, kw_only=True)
class Matter:
    """One thing that is not as it should be. It is told once, as long as it stands.

    `subject`: what it is told apart by, such as an item's id. `about`: what people call it, such as a
    process's title. `process`: whose team is told. `since`: by the store's clock.
    """

    cause: str
    subject: str
    about: str
    since: float
    process: str | None = None


@dataclass(frozen=True, kw_only=True)
class Doubt:
    item: str
    process: str
    since: float


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A process with work that could be taken. `since`: the later of when that began to wait and when a bot
    last ended an item of the process, or was stopped by what a person allows it."""

    process: str
    since: float


@dataclass(frozen=True, kw_only=True)
class Gone:
    """A worker that did not say that it ended, and gives no sign of life."""

    worker: str
    seen: float


@dataclass(frozen=True, kw_only=True)
class Undelivered:
    """An address that takes no messages. `address`: its id, which tells nothing."""

    address: str
    since: float


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the store knows at one moment. `findings`: of each process when it was compared, and the keys of
    what nobody has seen to."""

    now: float
    holds: Sequence[Hold] = ()
    doubts: Sequence[Doubt] = ()
    refused: Mapping[str, float] = field(default_factory=dict)
    waiting: Sequence[Waiting] = ()
    gone: Sequence[Gone] = ()
    findings: Mapping[str, tuple[float, Sequence[str]]] = field(default_factory=dict)
    undelivered: Sequence[Undelivered] = ()


@dataclass(frozen=True, kw_only=True)
class RunFailed:
    """A deployment whose latest run failed or crashed. `process`: None of those that serve all."""

    deployment: str
    process: str | None
    since: float


@dataclass(frozen=True, kw_only=True)
class PrefectFacts:
    """What Prefect says. `answers`: whether it did; `worker`: whether one that runs what is due is there."""

    answers: bool = True
    worker: bool = True
    failed: Sequence[RunFailed] = ()


@dataclass(frozen=True, kw_only=True)
class Message:
    """What is sent to one address."""

    title: str
    body: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A message on its way to one address. `recipient`: the role, or the team of one process."""

    id: str
    recipient: str
    cause: str
    address: str
    message: Message
    failures: int = 0


@dataclass(frozen=True, kw_only=True)
class Told:
    """A message that was made, and to how many of its addresses it came."""

    at: float
    recipient: str
    cause: str
    title: str
    addresses: int
    accepted: int


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A matter as one recipient knows it. `told` None: not yet."""

    recipient: str
    matter: Matter
    began: float
    told: float | None
