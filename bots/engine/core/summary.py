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
    stopped: str = ""  # why it ended early: the source is closed
    seconds: float = 0.0


BEING_READ, READ_MEANWHILE, TAKEN_OVER = "being-read", "read-meanwhile", "taken-over"
WENT_AWAY, CHANGED = "went-away", "file-changed"


class Verdict(StrEnum):
    """What became of a file that was handed in."""

    READ = "read"  # every row is a record
    PARTLY = "partly"  # some rows are for people
    REFUSED = "refused"  # nothing of it could be taken


@dataclass(frozen=True, kw_only=True)
class HandInSummary:
    """What became of one file. `file` is its name as it was given: for the person who gave it only. `unread`:
    what of it was not read at all, in sentences; somebody has to look at the file."""

    file: str
    verdict: Verdict
    code: str | None = None
    sentence: str | None = None
    unread: Sequence[str] = ()
    rows: IntakeSummary | None = None
    problems: Sequence[str] = ()  # with sheet, row and column, and without the values
    warnings: Sequence[str] = ()

    @property
    def needs_person(self) -> bool:
        """Whether somebody has to look at the file itself: what it holds is not all in the queue."""
        return not self.elsewhere and (self.verdict is Verdict.REFUSED or bool(self.unread))

    @property
    def elsewhere(self) -> bool:
        """Whether another reader sees to it, or did."""
        return self.code in (BEING_READ, READ_MEANWHILE, TAKEN_OVER, WENT_AWAY)


@dataclass(frozen=True, kw_only=True)
class FileChecked:
    """What a file would give, were it handed in: the words of `rekey intake --check --json`."""

    file: str
    verdict: Verdict
    code: str | None = None
    sentence: str | None = None
    records: int = 0  # rows that are whole records
    problems: int = 0  # rows that would go to people
    known: int | None = None  # whole records whose case is in the queue already; None: no queue was asked
    seconds: float = 0.0
    peak_mb: float = 0.0
    said: Sequence[str] = ()  # with sheet, row and column, and without the values


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
    given_back: int = 0  # how often a session was given back because a system had become slow
    seconds: float = 0.0


class Why(StrEnum):
    """What a finding of a reconciliation means, in the words that people read. It names no value."""

    GONE = "No longer in the target"
    NEVER = "Said to be done, without a receipt, and not in the target"
    NOT_TAKEN_IN = "In the source, not in the queue"
    NOT_IN_SOURCE = "In the queue, no longer in the source"
    SOURCE_CHANGED = "The source shows other data than it handed in"
    UNREAD = "In the source, where it could not be read now"
    SECOND = "Another entry for the same case"
    COPY = "A copy of an entry of ours"
    CHANGED = "Does not show what was keyed"
    NOT_FOUND = "The target's own search does not find it by its values"
    OTHER_CASE = "A person named this entry for the item, and it is another case's"
    NO_RECEIPT = "Of this item, but we have no receipt for it"
    ALIKE = "Under the bot's sign-in, and all but like this item's entry"
    OUR_HAND = "Under the bot's sign-in, and of no item"
    OTHERS = "Keyed by others"
    UNFINISHED = "The target's list does not say how it ends: entries may be missing from this comparison"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One finding of a reconciliation. `fields`: the names of the values that differ; `state`: a fingerprint
    of these values, or of what else it is about, by which another of the same words is told from it."""

    item: str | None
    step: str
    target: str | None
    fields: Sequence[str] = ()
    why: Why
    state: str = ""


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
    in_doubt: int = 0  # items of which nobody knows yet whether they are in the target
    waiting: int = 0  # entries of items that are in doubt, wait for a person, or are keyed just now
    seconds: float = 0.0

    @property
    def by_others(self) -> int:
        """Entries without a receipt that staff keyed: ordinary work, no finding."""
        return sum(finding.why is Why.OTHERS for finding in self.unknown)

    @property
    def findings(self) -> Mapping[str, Sequence[Difference]]:
        """What a person must look at, by kind."""
        ours = [finding for finding in self.unknown if finding.why is not Why.OTHERS]
        kinds = (self.missing, self.twice, self.different, ours)
        return dict(zip(("missing", "twice", "different", "unknown"), kinds, strict=True))

    @property
    def clean(self) -> bool:
        return not any(self.findings.values())


OnProgress = Callable[[Progress], Awaitable[None]]
