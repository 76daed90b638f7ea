"""What goes back to the sender about one row."""

from __future__ import annotations

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
