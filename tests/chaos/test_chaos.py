"""A small chaos run with every test run; the long ones are commands of their own (see the runbook)."""

from __future__ import annotations

from tests.chaos.asked import Asked
from tests.chaos.run import run
from tests.chaos.schedule import Act, Blow, every_point, schedule

KILLS = 6
"""Some two minutes beside the other tests. Every named point takes 55: `make prove`."""


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(3, 40, 3.0) == schedule(3, 40, 3.0)
    assert schedule(3, 40, 3.0) != schedule(4, 40, 3.0)


def test_a_schedule_has_as_many_kills_as_were_asked_for() -> None:
    for kills in (KILLS, 9, 12, 100):
        rounds = schedule(1, kills, 3.0)
        assert sum(each.blow is Blow.KILL for each in rounds) == kills
        assert {each.act for each in rounds} == set(Act)


def test_so_many_kills_come_by_every_named_point() -> None:
    meant = {(t.process, t.point, t.step) for t in (each.target for each in schedule(1, 55, 3.0))}
    assert {(t.process, t.point, t.step) for t in every_point()} <= meant


async def test_a_small_run() -> None:
    """Two workers with two sessions each, on PostgreSQL, judged from the council's own books."""
    report = await run(Asked(kills=KILLS, seed=1), lambda *_: None)
    facts = report.as_json()
    assert (facts["lost"], facts["twice"], facts["wrong"]) == (0, 0, 0), facts
    assert facts["kills"] >= KILLS
    assert len(report.points) > KILLS / 2, "most were struck at points of their own"
    assert facts["done"] > 0.7 * facts["items"], facts
    assert all(doubt.code and doubt.sentence for doubt in report.doubts)
