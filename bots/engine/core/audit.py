"""What an audit of the store finds, and what it hands over: chains, checkpoints, erasures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from .errors import refusal
from .item import Batch, Receipt, WorkItem
from .work_list import LARGEST, storable


class Tamper(StrEnum):
    """What was done to a row that nobody may touch."""

    CHANGED = "changed"  # it does not say what it said when it was written
    REMOVED = "removed"  # it was there and is gone
    ADDED = "added"  # the store did not write it
    REORDERED = "reordered"  # it stands in another place than it was written


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One row that is not as the store wrote it. Names rows only, never what they say."""

    tamper: Tamper
    table: str
    row: str  # which row of the table: an id, or the number in its item's history
    item: str | None
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A day's end: the digest of every row of history since the checkpoint before, on that one's digest."""

    number: int
    at: float
    last: int  # the last row of history that it covers
    rows: int  # since the checkpoint before
    items: int  # begun since the checkpoint before
    previous: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What was read, and what was found. `findings` may be cut off; `found` counts all of them."""

    items: int
    rows: int
    checkpoints: int
    compared: int  # checkpoints that were compared with a copy outside of the database
    found: int
    findings: Sequence[Finding]
    seconds: float

    @property
    def whole(self) -> bool:
        return self.found == 0


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """Whose personal data was erased, or would be."""

    process: str
    items: Sequence[str]
    rehearsed: bool  # nothing was erased: this only says what would be
    hand_ins: int = 0  # of which nothing is left, so that their workbooks went too
    files: int = 0


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """One row of an item's chain, as an auditor gets it."""

    item: str
    number: int
    at: float
    event: str
    who: str
    before: str | None
    after: str
    why: str
    code: str | None
    attempt: int
    token: int
    versions: Mapping[str, str]
    facts: Mapping[str, Any]  # step, system, account, target reference, intent, evidence
    detail: Mapping[str, Any]
    hash: str
    place: int  # its number in the whole store, by which checkpoints cover it


@dataclass(frozen=True, kw_only=True)
class Past:
    """What to look for in the history; each part narrows it. `who`: a person's sign-in name, or whoever else
    the history names; `after` and `before`: seconds since 1970."""

    process: str | None = None
    item: str | None = None
    who: str | None = None
    after: float | None = None
    before: float | None = None

    def __post_init__(self) -> None:
        words = (self.process, self.item, self.who)
        if not all(word is None or (len(word) <= LARGEST and storable(word)) for word in words):
            raise refusal("no-such-filter", "This search names what cannot be in the store.")


@dataclass(frozen=True, kw_only=True)
class EvidenceFile:
    """What a screen showed, kept in a file whose name carries its digest."""

    name: str
    sha256: str  # empty: it was kept before names carried digests
    whole: bool | None  # None: the file is not there, or has no digest
    picture: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Pack:
    """Everything that proves what became of one item."""

    store: str
    environment: str
    item: WorkItem
    batch: Batch | None
    history: Sequence[HistoryRow]
    receipts: Sequence[Receipt]
    findings: Sequence[Finding]
    checkpoint: Checkpoint | None  # the first that covers the whole of it
    evidence: Sequence[EvidenceFile] = ()
