"""A system's opening hours: nothing new is begun when it is about to close. The clock is the test's own."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bots.engine.core.errors import SystemClosed
from bots.engine.core.item import State
from bots.engine.core.summary import Progress
from bots.engine.keying.opening import Opening
from bots.engine.screens.maps.opening_hours import LONDON
from tests import staff
from tests.town import GUARDED, PROCESS, Town, a_town, edit_map, rekeyed

NOON = datetime(2026, 11, 20, 12, tzinfo=LONDON)  # a Friday
EVENING = datetime(2026, 11, 20, 18, 59, 59, tzinfo=LONDON)
SUNDAY = datetime(2026, 11, 22, 12, tzinfo=LONDON)
OFFICE = 'hours: {mon-fri: "07:00-19:00"}'


class Wall:
    """A clock on the wall that stands still until somebody sets it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


def running(moment: datetime) -> Callable[[], datetime]:
    """A clock that says this moment now, and goes on."""
    began = time.monotonic()
    return lambda: moment + timedelta(seconds=time.monotonic() - began)


def with_hours(town: Town, system: str = "waste") -> None:
    edit_map(town.settings().root, f"{system}/system.yaml", "sessions:", f"{OFFICE}\nsessions:")


def without(guarded: bool) -> AbstractContextManager[Any]:
    return nullcontext() if guarded else patch.object(Opening, "shut", lambda *_: None)


@pytest.mark.long
@pytest.mark.parametrize("guarded", GUARDED)
async def test_closing_time_ends_the_run_after_the_items_in_hand(tmp_path: Path, guarded: bool) -> None:
    wall = Wall(NOON)
    async with a_town(tmp_path) as town, rekeyed(town, clock=wall) as rekey:
        with_hours(town)
        await town.reported(rekey)

        async def evening_comes(progress: Progress) -> None:
            if progress.handled == 3:
                wall.moment = EVENING

        with without(guarded):
            summary = await rekey.work(PROCESS, sessions=2, on_progress=evening_comes)
        counts = await rekey.queue.counts(PROCESS)
        assert counts[State.IN_PROGRESS] == 0
        if not guarded:
            assert counts[State.NEW] == 0, "the harm: everything was keyed after closing time"
            return
        waits = f"{counts[State.NEW]} items wait until it opens on Monday at 07:00."
        assert summary.stopped == f"Waste management closes at 19:00. {waits}"
        assert (summary.taken, summary.blocked) == (12 - counts[State.NEW], False)
        assert 3 <= summary.taken <= 4
        wall.moment = NOON + timedelta(days=3)
        await rekey.work(PROCESS)
        assert (await town.verdict(rekey)).clean


async def test_a_closed_system_is_not_even_signed_in_to(tmp_path: Path) -> None:
    """Not to key, not to rehearse, not to look up what is in doubt, not to compare."""
    wall = Wall(NOON)
    async with a_town(tmp_path) as town, rekeyed(town, clock=wall) as rekey:
        await town.reported(rekey)
        await town.fault("cut_after_save", times=1)
        await town.fault("search_lags", value=1)
        await rekey.work(PROCESS, sessions=1, max_items=1)
        await town.mend()
        assert (await rekey.queue.counts(PROCESS))[State.IN_DOUBT] == 1
        with_hours(town)
        wall.moment = SUNDAY
        await town.ask("/sessions/expire", app="waste")
        for shadow in (False, True):
            summary = await rekey.work(PROCESS, shadow=shadow)
            sentence = "Waste management is closed. 11 items wait until it opens on Monday at 07:00."
            assert (summary.stopped, summary.taken, summary.blocked) == (sentence, 0, False)
        for comparing in (rekey.reconcile, rekey.match_shadow):
            with pytest.raises(SystemClosed, match=r"is closed\. It opens on Monday at 07:00"):
                await comparing(PROCESS)
        assert (await town.ask("/sessions/expire", app="waste"))["ended"] == 0, "nobody signed in"
        assert (await rekey.queue.counts(PROCESS))[State.IN_DOUBT] == 1
        wall.moment = NOON
        await rekey.work(PROCESS)
        assert (await rekey.queue.counts(PROCESS))[State.IN_DOUBT] == 0
        assert (await town.verdict(rekey)).clean


@pytest.mark.parametrize("guarded", GUARDED)
async def test_a_run_that_waits_ends_as_well(tmp_path: Path, guarded: bool) -> None:
    """Everything is due in some seconds, and waste management closes before that."""
    async with a_town(tmp_path) as town:
        with_hours(town)
        async with rekeyed(town) as rekey:
            await town.reported(rekey)
            for item in await rekey.queue.items(PROCESS, [State.NEW]):
                await staff.defer(rekey.queue, item.id, "test", "a little later", 6)
        async with rekeyed(town, clock=running(EVENING - timedelta(seconds=3))) as rekey:
            with without(guarded):
                summary = await rekey.work(PROCESS, sessions=1, max_items=1)
        assert summary.taken == (0 if guarded else 1)
        assert ("closes at 19:00" in summary.stopped) is guarded


async def test_nothing_waits_so_nothing_is_said(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town, rekeyed(town, clock=Wall(SUNDAY)) as rekey:
        with_hours(town)
        summary = await rekey.work(PROCESS)
        assert (summary.stopped, summary.blocked, summary.taken) == ("", False, 0)


@pytest.mark.parametrize("guarded", GUARDED)
async def test_intake_keeps_to_the_hours_of_the_source(tmp_path: Path, guarded: bool) -> None:
    wall = Wall(SUNDAY)
    async with a_town(tmp_path) as town, rekeyed(town, clock=wall) as rekey:
        with_hours(town, "portal")
        with without(guarded):
            closed = await rekey.intake(PROCESS)
        if not guarded:
            assert closed.added == 12, "the harm: it was read while it was closed"
            return
        assert (closed.source, closed.added) == (0, 0)
        assert closed.stopped == "Citizen portal is closed. It opens on Monday at 07:00."
        wall.moment = NOON
        found = await rekey.intake(PROCESS)
        assert (found.added, found.stopped) == (12, "")


async def test_intake_stops_at_closing_time_and_goes_on_later(tmp_path: Path) -> None:
    """What was read is kept, and the rest is read when it opens."""
    times = [NOON] * 4 + [EVENING] * 20
    async with a_town(tmp_path) as town:
        with_hours(town, "portal")
        async with rekeyed(town, clock=lambda: times.pop(0)) as rekey:
            first = await rekey.intake(PROCESS)
            assert (first.added, first.stopped[:31]) == (4, "Citizen portal closes at 19:00.")
        async with rekeyed(town, clock=Wall(NOON)) as rekey:
            second = await rekey.intake(PROCESS)
            assert (second.same, second.added) == (4, 8)
