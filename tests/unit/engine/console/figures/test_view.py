"""What a process's figures say of the bot, and do not."""

from __future__ import annotations

from datetime import date

import pytest

from bots.engine.console.figures.view import Known, OfProcess, of_process
from bots.engine.console.services.periods import stretches
from bots.engine.core.doubts import Doubts
from bots.engine.core.item import State
from bots.engine.core.work_list import DayFigures
from bots.processes.registry import find

TODAY = date(2026, 11, 30)


def figures(*, done: int, straight: int, closed: int = 0, waiting: int = 0) -> OfProcess:
    process = find("missed-bins")
    day = DayFigures(process=process.name, day=TODAY, done=done, straight=straight, closed=closed)
    known = Known(
        figures={TODAY: day},
        reviewed={},
        baselines=(),
        ages=(),
        standing={State.EXCEPTION: waiting, State.NEW: 7},
        empty="Not known yet",
        doubts=Doubts(),
    )
    return of_process(process, stretches(TODAY, 14, "day"), known)


def test_what_waits_for_people_was_not_done_without_them() -> None:
    """Otherwise a bot that gives half of all to people is at 100% as long as nobody decides about it."""
    assert figures(done=54, straight=54, waiting=6).whole.share == 90
    assert figures(done=60, straight=54).whole.share == 90
    assert figures(done=54, straight=54, closed=6).whole.share == 90
    assert figures(done=54, straight=54).whole.share == 100


def test_what_ended_is_counted_once() -> None:
    """Of those done, six had been to people, some of them twice; three more were closed there."""
    found = figures(done=60, straight=54, closed=3)
    assert (found.whole.straight, found.whole.by_people) == (54, 9)
    alone, by_people = [bar.height for bar in found.chart.bars]
    assert alone / by_people == pytest.approx(54 / 9, rel=0.05)


def test_as_long_as_nothing_ended_there_is_no_share() -> None:
    assert figures(done=0, straight=0).whole.share is None
