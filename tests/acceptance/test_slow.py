"""A system that has become slow: sessions are given back one after the other, because staff come first."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bots.engine.core.item import State
from bots.engine.core.summary import Progress
from bots.engine.keying.crew import Crew
from tests.town import LEASE, PROCESS, Town, a_town, edit_map, rekeyed

SESSIONS = 3
LATE = 1.5  # seconds by which every answer is late
PATIENT = "timeouts: {ready: 15, window: 5, save: 5, settle: 0.2, late: 0.2}"


class Watched:
    """After four items the system becomes slow, and well again once a single session is left."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self.signed_in: list[int] = []  # at the end of each item
        self.slow_from: int | None = None
        self.well_from: int | None = None

    async def look(self, progress: Progress) -> None:
        if progress.total - progress.handled < SESSIONS:
            return  # those that find nothing more to do end
        self.signed_in.append(self._sessions())
        if self.slow_from is None and progress.handled >= 4:
            self.slow_from = len(self.signed_in)
            await self._town.fault("latency", value=LATE)
        elif self.slow_from and self.well_from is None and self.signed_in[-1] == 1:
            self.well_from = len(self.signed_in)
            await self._town.mend()

    def _sessions(self) -> int:
        """By the licences that the store has given out."""
        with closing(sqlite3.connect(self._town.folder / "home" / "rekey.db")) as store:
            return int(store.execute("SELECT COUNT(*) FROM licences WHERE system = 'waste'").fetchone()[0])


def without(guarded: bool) -> AbstractContextManager[Any]:
    return nullcontext() if guarded else patch.object(Crew, "gives_back", lambda *_: False)


@pytest.mark.long
@pytest.mark.parametrize("guarded", [True, False])
async def test_sessions_are_given_back_and_come_back(tmp_path: Path, guarded: bool) -> None:
    async with a_town(tmp_path, items=26 if guarded else 14) as town:
        root = town.settings().root
        edit_map(root, "waste/system.yaml", "timeouts:.*", f"{PATIENT}\nslow: {{times: 1.5, at_least: 0.8}}")
        watched = Watched(town)
        async with rekeyed(town, lease_seconds=4 * LEASE) as rekey:
            await town.reported(rekey)
            with without(guarded):
                summary = await rekey.work(PROCESS, sessions=SESSIONS, on_progress=watched.look)
            assert (await rekey.queue.counts(PROCESS))[State.IN_PROGRESS] == 0
            assert (await town.verdict(rekey)).clean, "nothing is lost, twice or wrong"
        assert max(watched.signed_in) == SESSIONS
        if not guarded:
            assert (min(watched.signed_in[watched.slow_from :]), summary.given_back) == (SESSIONS, 0)
            return
        assert watched.well_from is not None, "it went down to one session"
        assert summary.given_back >= SESSIONS - 1
        assert min(watched.signed_in) == 1, "and never below one"
        assert max(watched.signed_in[watched.well_from :]) >= 2, "and came back"
