"""The promise of bots.engine.keying, whatever goes wrong in whatever order: once in the target, or a person
is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, repeat

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.engine.core.errors import SignedOut, StoreAway, SystemException
from bots.engine.core.item import State
from bots.engine.core.points import Point

from .own_time import at_once
from .small_office import PROCESS, Office
from .small_target import Listed, Plain, Refusing, Saving, Stamped

KEYS = ("a", "b", "c")
STEPS = (Plain, Listed, Stamped, Refusing)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What goes wrong in one run, and how long it is until the next."""

    kill: tuple[Point, int] | None
    trouble: str
    hold: Point | None
    sessions: int
    pause: float


RUNS = st.builds(
    Run,
    kill=st.none() | st.tuples(st.sampled_from(Point), st.integers(1, 3)),
    trouble=st.sampled_from(["", "", "search", "list", "new", "case", "finish", "record_receipt", "left"]),
    hold=st.none() | st.none() | st.sampled_from(Point),
    sessions=st.integers(1, 3),
    pause=st.sampled_from([0.0, 5.0, 31.0, 70.0, 1000.0]),
)
SAVINGS = st.fixed_dictionaries({key: st.lists(st.sampled_from(Saving), max_size=3) for key in KEYS})
SEARCHES = st.fixed_dictionaries(
    {
        "hidden": st.sets(st.sampled_from(KEYS)),
        "most": st.sampled_from([None, None, 1]),
        "lag": st.sampled_from([0.0, 0.0, 2.0, 500.0]),
        "cut": st.booleans(),
        "gone": st.sampled_from([True, True, False]),
    }
)


def troubles() -> Iterator[Exception | None]:
    away = SystemException("unreachable", "It does not answer.")
    return chain([None, away, None, SignedOut("signed-out", "The session ended.")], repeat(None))


def goes_wrong(office: Office, run: Run) -> None:
    """One run, and what befalls it."""
    office.target.troubles, office.fails, office.at = {}, {}, {}
    if run.trouble in ("finish", "record_receipt"):
        office.fails[run.trouble] = iter([None, StoreAway("store-failed", "The store is away.")])
    elif run.trouble == "left" and run.hold is None:
        office.at[Point.READ_BACK] = office.takes_over
    elif run.trouble:
        office.target.troubles[run.trouble] = troubles()
    if run.hold is not None:
        office.at[run.hold] = office.hold
    with suppress(StoreAway):  # it ends a run with its error
        if run.kill is None:
            office.work(run.sessions)
        else:
            office.killed(*run.kill, run.sessions)
    at_once(office.queue.release(f"process:{PROCESS}", "Ann", "it is over"))
    office.clock.forward(run.pause)


def once_or_told(office: Office) -> None:
    saved, staffs = office.target.keys(), office.target.keys(by="clerk")
    for item in office.items():
        if item.reference not in office.target.hidden:
            assert not (staffs[item.reference] and saved[item.reference]), "staff had it already"
        assert saved[item.reference] <= 1, f"{item.reference} was saved {saved[item.reference]} times"
        if item.state is State.DONE:
            kept = office.receipts(item.reference)["log"]
            [entry] = [one for one in office.target.entries if one.reference == kept.reference]
            assert entry.values["key"] == item.reference
            assert entry.values["name"] == "Ann"
        elif item.state is State.EXCEPTION:
            assert item.code, "a person is told why"
            assert item.sentence, "a person is told why"


def settled(office: Office) -> None:
    """When nothing goes wrong any more, what is left is a person's, who is told why."""
    office.target.troubles, office.fails, office.at, office.target.savings = {}, {}, {}, {}
    for _ in range(4):
        office.clock.forward(2000)
        at_once(office.queue.release(f"process:{PROCESS}", "Ann", "it is over"))
        office.work()
    for item in office.items():
        assert item.state in (State.DONE, State.EXCEPTION, State.IN_DOUBT), item
        assert item.state is State.DONE or (item.code and item.sentence), item


@given(
    step=st.sampled_from(STEPS),
    savings=SAVINGS,
    search=SEARCHES,
    staff=st.lists(st.sampled_from(KEYS), max_size=1),
    runs=st.lists(RUNS, min_size=1, max_size=4),
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
def test_every_case_is_in_its_target_once_or_a_person_is_told(
    tmp_path_factory: pytest.TempPathFactory,
    step: type[Plain],
    savings: dict[str, list[Saving]],
    search: dict[str, object],
    staff: list[str],
    runs: list[Run],
) -> None:
    office = Office(folder=tmp_path_factory.getbasetemp() / "once-or-told", steps=(step(),))
    for name, value in search.items():
        setattr(office.target, name, value)
    office.target.savings, office.target.refuses_second = savings, step is Refusing
    for key in staff:
        office.target.put(key)
    office.hand_in(*KEYS)
    for run in runs:
        goes_wrong(office, run)
        once_or_told(office)
    settled(office)
    once_or_told(office)
