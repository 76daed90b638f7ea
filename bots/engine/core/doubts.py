"""How many saves came into doubt, and how long it took to settle them: safe must not mean slow."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Doubts:
    """Of the saves of one process that began in a stretch of time. `seconds`: from the doubt until it was
    settled, of each that is; `by_people`: how many of these a person settled; `standing`: not settled yet."""

    saves: int = 0
    seconds: Sequence[float] = ()
    by_people: int = 0
    standing: int = 0

    @property
    def count(self) -> int:
        return len(self.seconds) + self.standing

    @property
    def per_thousand(self) -> float | None:
        """Of 1,000 saves; None: there was none."""
        return 1000 * self.count / self.saves if self.saves else None

    @property
    def minutes(self) -> float | None:
        """The median, until it was settled; None: none was."""
        return statistics.median(self.seconds) / 60 if self.seconds else None

    @property
    def most_minutes(self) -> float | None:
        return max(self.seconds) / 60 if self.seconds else None

    def __add__(self, other: Doubts) -> Doubts:
        return Doubts(
            saves=self.saves + other.saves,
            seconds=(*self.seconds, *other.seconds),
            by_people=self.by_people + other.by_people,
            standing=self.standing + other.standing,
        )
