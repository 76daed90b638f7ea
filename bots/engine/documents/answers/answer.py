"""What goes back to the sender about one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any


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

    def plain(self) -> tuple[Any, ...]:
        """Its values as JSON knows them, in their order."""
        return tuple(each.isoformat() if isinstance(each, datetime) else each for each in vars(self).values())

    @classmethod
    def from_plain(cls, values: Sequence[Any]) -> Answer:
        given = dict(zip((each.name for each in fields(cls)), values, strict=True))
        when = given["when"]
        return cls(**{**given, "when": datetime.fromisoformat(when) if when else None})


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
