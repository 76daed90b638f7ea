"""What goes back to the sender about one row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What became of one row of a sheet."""

    sheet: str
    row: int
    outcome: str
    reference: str
    reason: str
    when: datetime | None
    item: str


@dataclass(frozen=True, kw_only=True)
class CoverCase:
    """One case of the document. `read`: by caption; of sensitive values only that they were read."""

    pages: str
    outcome: str
    reference: str
    reason: str
    when: datetime | None
    item: str
    read: Mapping[str, str]
