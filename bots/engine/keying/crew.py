"""Which of a run's holders work, and which rest because a system has become slow: staff come first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..core.pace import Pace, Tempo


class Crew:
    """One holder after the other rests while a system is slow, never the last one; and comes back."""

    def __init__(self, holders: Collection[str], paces: Mapping[str, Pace]) -> None:
        self._working = set(holders)
        self._resting: set[str] = set()
        self._paces = paces
        self._slowed: set[str] = set()  # the systems for which somebody rests
        self.given_back = 0

    def gives_back(self, holder: str) -> bool:
        """Whether this holder, between two items, is the next to give its sessions back and rest."""
        slow = [name for name, pace in self._paces.items() if pace.tempo is Tempo.SLOW]
        if not slow or len(self._working) < 2:
            return False
        self._working.remove(holder)
        self._resting.add(holder)
        self._slowed.update(slow)
        self.given_back += 1
        self._judge_anew()
        return True

    def rests_on(self, holder: str) -> bool:
        """Whether a resting holder goes on resting; if not, it works again."""
        if self._working and not self._quick_again():
            return True
        self._resting.remove(holder)
        self._working.add(holder)
        self._judge_anew()
        if not self._resting:
            self._slowed.clear()
        return False

    def ended(self, holder: str) -> None:
        """This holder takes no more items. When it was the last one that worked, another takes over."""
        self._working.discard(holder)
        self._resting.discard(holder)

    def _quick_again(self) -> bool:
        return all(self._paces[name].tempo is Tempo.QUICK for name in self._slowed)

    def _judge_anew(self) -> None:
        for name in self._slowed:
            self._paces[name].anew()
