"""How quickly a system answers, against the best that it did in this run."""

from __future__ import annotations

from collections import deque
from enum import StrEnum
from statistics import median

_KEPT = 20
"""Answers whose median counts."""
_ENOUGH = 10
"""Answers without which nothing is said."""


class Tempo(StrEnum):
    UNKNOWN = "unknown"  # too few answers
    QUICK = "quick"  # as quick as it can be, or nearly so
    BETWEEN = "between"  # neither: nothing is changed
    SLOW = "slow"  # it labours, and staff feel it too


class Pace:
    """The latest answers of one system to all sessions of one run."""

    def __init__(self, *, times: float = 3.0, at_least: float = 2.0) -> None:
        """Slow: a median of more than `times` the best one, and of more than `at_least` seconds."""
        self._times = times
        self._at_least = at_least
        self._latest: deque[float] = deque(maxlen=_KEPT)
        self._best: float | None = None

    def answered(self, seconds: float) -> None:
        """A page came, a save was answered, or neither did in this time."""
        self._latest.append(seconds)
        if len(self._latest) >= _ENOUGH:
            now = median(self._latest)
            self._best = now if self._best is None else min(self._best, now)

    def anew(self) -> None:
        """Judge by new answers only: the number of sessions was changed."""
        self._latest.clear()

    @property
    def tempo(self) -> Tempo:
        if self._best is None or len(self._latest) < _ENOUGH:
            return Tempo.UNKNOWN
        now, slow = median(self._latest), max(self._times * self._best, self._at_least)
        if now > slow:
            return Tempo.SLOW
        # Half-way back, so that sessions do not come and go at one and the same speed.
        return Tempo.QUICK if now <= (self._best + slow) / 2 else Tempo.BETWEEN
