"""Who reads a file that was handed in: one reader at a time, known by the file's digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .item import AddOutcome


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A file that is ours to read. `token` grows with every reader: who has an older one writes nothing.
    `kept`: what our copy of it is called, whoever reads it."""

    process: str
    digest: str
    token: int
    kept: str


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Somebody else reads it."""

    holder: str
    who: str
    since: float
    token: int


@dataclass(frozen=True, kw_only=True)
class ReadMeanwhile:
    """Whoever was waited for has read it to its end."""

    who: str
    hand_ins: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A hand-in. `outcomes`: of the rows that a reader before us queued, who did not come to the end."""

    batch: str
    outcomes: Sequence[AddOutcome] = ()
