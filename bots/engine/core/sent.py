"""A request of a commit on its way: what people and auditors may see of it. No value, no person's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Fate(StrEnum):
    LEFT = "left"  # it may be on its way
    ANSWERED = "answered"
    CUT = "cut"  # its connection ended without an answer


@dataclass(frozen=True, kw_only=True)
class Sent:
    """The `number`th of `of` requests. `path`: with placeholders where it may name a record or a person;
    `names`: of the controls that it held; `size`: bytes of its body; times are seconds since 1970 on the
    database's clock; `status`: of its answer."""

    intent: str
    number: int
    of: int
    method: str
    host: str
    path: str
    names: Sequence[str]
    size: int
    left: float = 0.0
    ended: float | None = None
    status: int | None = None

    @property
    def fate(self) -> Fate:
        if self.ended is None:
            return Fate.LEFT
        return Fate.CUT if self.status is None else Fate.ANSWERED
