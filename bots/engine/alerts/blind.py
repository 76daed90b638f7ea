"""When the watch cannot look: ICT is told without the store, and not again and again."""

from __future__ import annotations

from ..core.alert import DAY, HOUR

PATIENCE = 300.0
"""Seconds without a whole round, after which it is no blip."""


class Blind:
    """Told after a while, then after one hour more, two, four and so on."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._next, self._gap = 0.0, HOUR

    def must_be_told(self, failed: bool, now: float) -> bool:
        """`now`: on any clock that only goes forward."""
        if not failed:
            self._since, self._gap = None, HOUR
            return False
        if self._since is None:
            self._since = now
            self._next = max(self._next, now + PATIENCE)  # one that comes and goes is told once an hour
        if now < self._next:
            return False
        self._next, self._gap = now + self._gap, min(2 * self._gap, DAY)
        return True
