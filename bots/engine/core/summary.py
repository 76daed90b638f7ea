"""What a run says of itself: counts and opaque item ids only, never a person's data."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Raised:
    """One item that went to a person: its opaque id and why, in a stable code and a plain sentence."""

    item: str
    code: str
    state: str
    sentence: str  # the reason in general terms, free of the record's values


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run is. `total` is what was waiting at its start; it may grow."""

    process: str
    done: int
    exceptions: int
    total: int

    @property
    def handled(self) -> int:
        return self.done + self.exceptions


@dataclass(frozen=True, kw_only=True)
class IntakeSummary:
    """What became of the rows that a source showed."""

    process: str
    batch: str
    source: int
    added: int
    same: int
    changed: int
    refused: int
    updated: int = 0  # corrected by this hand-in
    unread: int = 0  # rows that could not be read now: the next intake tries them again
    seconds: float = 0.0


class Verdict(StrEnum):
    """What became of a file that was handed in."""

    READ = "read"  # every row is a record
    PARTLY = "partly"  # some rows are for people
    REFUSED = "refused"  # nothing of it could be taken


@dataclass(frozen=True, kw_only=True)
class HandInSummary:
    """What became of one file. `file` is its name as it was given: for the person who gave it only."""

    file: str
    verdict: Verdict
    code: str | None = None
    sentence: str | None = None
    rows: IntakeSummary | None = None
    problems: Sequence[str] = ()  # with sheet, row and column, and without the values
    warnings: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class WorkSummary:
    """What one run did. `keyed` counts commits made now; `adopted` what was found in the target already."""

    process: str
    taken: int
    done: int
    keyed: int
    adopted: int
    raised: Sequence[Raised] = ()
    retried: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)  # the whole queue by state, at the end
    stopped: str = ""  # why the run ended early: "asked to stop", "held: ...", or empty
    blocked: bool = False  # a system could not be worked at all: somebody has to act
    shadow: bool = False
    drift: Mapping[str, int] = field(default_factory=dict)  # locators of the maps that found nothing
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One finding of a reconciliation."""

    item: str | None
    step: str
    target: str | None
    fields: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """Source, queue and the target's own list, compared by field."""

    process: str
    source: int
    in_target: int
    missing: Sequence[Difference] = ()
    twice: Sequence[Difference] = ()
    different: Sequence[Difference] = ()
    unknown: Sequence[Difference] = ()
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.missing or self.twice or self.different)


OnProgress = Callable[[Progress], Awaitable[None]]
