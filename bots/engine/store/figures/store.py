"""The figures of a store that need more than its work list: baselines, review time, what is not finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...core.baseline import Baseline, Measured
from ...core.doubts import Doubts
from ...core.item import State
from ...core.saving import Reviewed
from ..database.transaction import Door
from ..work_list import daily_figures
from . import baselines, doubts, reviews


class StoreFigures(Door):
    """Each method is one transaction. Whose figures a person may see, the caller says."""

    async def sign(self, process: str, measured: Measured, who: str, *, seen: int | None = None) -> Baseline:
        """A newer baseline; it holds from today on. `who`: the owner; `seen`: the number of the newest that
        they saw (0: none). Refused: `signed-meanwhile`, and dates that cannot be."""
        return await self._at(baselines.sign, process, measured, who, seen)

    async def baselines(self, processes: Sequence[str]) -> list[Baseline]:
        """All that were ever signed off, the newest of each process first."""
        return await self._see(baselines.signed, processes)

    async def decided(self, process: str, person: str, opened: float, *, failed: bool) -> float | None:
        """Note how long a decision took: since the person opened the case, or decided about another one after
        that; half an hour at most. `failed`: the case came to people as the machinery had failed. Returns the
        seconds; None: `opened` is no time that can be."""
        return await self._at(reviews.decided, process, person, opened, failed)

    async def reviewed(self, processes: Sequence[str], since: float, before: float) -> list[Reviewed]:
        """By process and day in London, from a moment on and before another."""
        return await self._see(reviews.reviewed, processes, since, before)

    async def doubts(self, processes: Sequence[str], since: float, before: float) -> Mapping[str, Doubts]:
        """Of the saves that began from a moment on and before another, by process."""
        return await self._see(doubts.doubts, processes, since, before)

    async def standing(self, processes: Sequence[str]) -> Mapping[str, Mapping[State, int]]:
        """How many cases of each process are not finished now, by where they stand."""
        return await self._see(daily_figures.standing, processes)

    async def first_received(self, processes: Sequence[str]) -> Mapping[str, float]:
        """When the first records of each process came; without those that never had any."""
        return await self._see(daily_figures.first_received, processes)
