"""A small chaos run with every test run; the long ones are commands of their own (see the runbook)."""

from __future__ import annotations

from bots.engine.core.points import Point
from tests.chaos.run import Asked, run
from tests.chaos.schedule import Act, Blow, every_point, schedule


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(3, 40, 3.0) == schedule(3, 40, 3.0)
    assert schedule(3, 40, 3.0) != schedule(4, 40, 3.0)


def test_a_schedule_has_as_many_kills_as_were_asked_for() -> None:
    for kills in (9, 12, 100):
        rounds = schedule(1, kills, 3.0)
        assert sum(each.blow is Blow.KILL for each in rounds) == kills
        assert {each.act for each in rounds} == set(Act)


def test_a_long_run_comes_by_every_named_point_of_every_step() -> None:
    struck = {(t.process, t.point, t.step) for t in (each.target for each in schedule(1, 150, 3.0))}
    assert {(t.process, t.point, t.step) for t in every_point()} <= struck
    assert {point for _, point, _ in struck} >= set(Point)


async def test_a_small_run() -> None:
    """Two workers with two sessions each, on PostgreSQL; judged from the council's own books."""
    report = await run(Asked(kills=12, seed=1), lambda *_: None)
    facts = report.as_json()
    assert (facts["lost"], facts["twice"], facts["wrong"]) == (0, 0, 0), facts
    assert facts["kills"] == 12
    assert facts["done"] > facts["items"] / 2, facts
    assert all(doubt.code and doubt.sentence for doubt in report.doubts)
