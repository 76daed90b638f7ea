"""When a system counts as slow, and who of a run's holders rests and comes back."""

from __future__ import annotations

import pytest

from bots.engine.core.pace import Pace, Tempo
from bots.engine.keying.crew import Crew

TEMPOS = [
    ("nothing yet", [], Tempo.UNKNOWN),
    ("too few answers to say anything", [0.1] * 9, Tempo.UNKNOWN),
    ("as always", [0.1] * 20, Tempo.QUICK),
    ("slow from the start is what it can do", [5.0] * 20, Tempo.QUICK),
    ("slower, but nobody feels it", [0.1] * 20 + [0.9] * 20, Tempo.QUICK),
    ("fewer than half of the pages are slow", [0.1] * 20 + [9.0] * 9, Tempo.QUICK),
    ("most pages are slow", [0.1] * 20 + [9.0] * 11, Tempo.SLOW),
    ("a single page hangs", [0.1] * 20 + [60.0], Tempo.QUICK),
    ("twice as slow is not three times", [1.0] * 20 + [2.5] * 20, Tempo.BETWEEN),
    ("three times as slow", [1.0] * 20 + [3.1] * 20, Tempo.SLOW),
    ("well again", [0.1] * 20 + [9.0] * 20 + [0.2] * 20, Tempo.QUICK),
]


def paced(seconds: list[float]) -> Pace:
    pace = Pace()
    for one in seconds:
        pace.answered(one)
    return pace


@pytest.mark.parametrize(("what", "seconds", "tempo"), TEMPOS, ids=[case[0] for case in TEMPOS])
def test_tempo(what: str, seconds: list[float], tempo: Tempo) -> None:
    assert paced(seconds).tempo is tempo


def slowed(pace: Pace, seconds: float = 9.0) -> None:
    for _ in range(20):
        pace.answered(seconds)


def test_one_after_the_other_rests_and_never_the_last() -> None:
    pace = paced([0.1] * 20)
    crew = Crew(["a", "b", "c"], {"waste": pace})
    assert not crew.gives_back("a")
    slowed(pace)
    assert crew.gives_back("a")
    assert not crew.gives_back("b"), "what the system does with one session less is not known yet"
    slowed(pace)
    assert crew.gives_back("b")
    slowed(pace)
    assert not crew.gives_back("c")
    assert crew.given_back == 2


def test_one_after_the_other_comes_back() -> None:
    pace = paced([0.1] * 20)
    crew = Crew(["a", "b", "c"], {"waste": pace})
    for holder in ("a", "b"):
        slowed(pace)
        assert crew.gives_back(holder)
    slowed(pace)
    assert crew.rests_on("a")
    slowed(pace, 0.1)
    assert not crew.rests_on("b")
    assert crew.rests_on("a"), "what the system does with one session more is not known yet"
    slowed(pace, 0.1)
    assert not crew.rests_on("a")


def test_another_takes_over_from_the_last_one() -> None:
    pace = paced([0.1] * 20)
    crew = Crew(["a", "b"], {"waste": pace})
    slowed(pace)
    assert crew.gives_back("a")
    assert crew.rests_on("a")
    crew.ended("b")
    assert not crew.rests_on("a")


def test_another_system_is_not_waited_for() -> None:
    """Only those that were slow must be quick again: the other one may not be asked at all meanwhile."""
    waste, revenues = paced([0.1] * 20), Pace()
    crew = Crew(["a", "b"], {"waste": waste, "revenues": revenues})
    slowed(waste)
    assert crew.gives_back("a")
    slowed(waste, 0.1)
    assert not crew.rests_on("a")
