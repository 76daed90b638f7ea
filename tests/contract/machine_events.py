"""The events of the machine: what can happen next, and how likely."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from bots.engine.core.item import IntentStatus, State
from bots.engine.core.queue import NEVER

from .desk import LEASE, SETTLE, WINDOW
from .machine_stage import ALL_STEPS
from .machine_workers import Hand, Whose


@dataclass(frozen=True)
class Event:
    """A method of the machine, and what it is given."""

    name: str
    given: Mapping[str, Any]


def event(name: str, /, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Event]:
    return st.builds(Event, st.just(name), st.fixed_dictionaries(given))


names = st.sampled_from(["ZZ1", "ZZ2", "ZZ3", "ZZ4"])
known = st.sampled_from(["ZZ1", "ZZ1", "ZZ2", "ZZ2", "ZZ3"])
uprns = st.sampled_from(["100", "100", "200", "300"])
rows = st.tuples(names, uprns, st.sampled_from([None, None, None, "no-uprn"]))
entries = st.sampled_from(["C-1", "C-2", "C-3"])
steps = st.sampled_from([*ALL_STEPS, ALL_STEPS[0]])
which = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 5])  # 0: the youngest lease or intent
hands = st.builds(
    Hand,
    whose=st.sampled_from(
        [Whose.ALIVE, Whose.ALIVE, Whose.ALIVE, Whose.OVERTAKEN, Whose.OVERTAKEN, Whose.ANY]
    ),
    number=which,
    frozen=st.sampled_from([0.0, 0.0, 0.0, 0.0, 0.0, LEASE]),
)
fates = st.sampled_from(["taken", "intended", "in doubt", "receipted", "all", "done"])
terms = st.sampled_from([LEASE, LEASE, LEASE, 30, WINDOW / 2])
scopes = st.sampled_from(
    ["system:waste", "system:waste", "system:post", "all", "process:missed-bins", "process:x"]
)
statuses = st.sampled_from([*IntentStatus, IntentStatus.ABSENT, IntentStatus.REFUSED])
endings = st.sampled_from([*State, State.NEW, State.DONE, State.EXCEPTION])
mostly = st.sampled_from([True, True, True, False])
rarely = st.sampled_from([False, False, False, True])

intake = event("another_hand_in", handed=st.lists(rows, min_size=1, max_size=3), anew=st.booleans())
corrects = event("the_source_corrects", name=known, uprn=uprns)
works = event(
    "a_worker_works",
    until=fates,
    same=st.booleans(),
    refused=st.sampled_from([False, False, True]),
    seconds=terms,
    overtakes=st.sampled_from([False, False, True]),
)
resolves = event(
    "a_worker_resolves",
    outcome=st.sampled_from(["dies", "cannot tell", "there", "there", "absent", "absent"]),
    delay=st.sampled_from([0.0, 30.0, NEVER]),
    after=st.sampled_from([0.0, WINDOW + SETTLE - 1, LEASE, LEASE]),
)
goes_on = (
    event("anyone_extends", hand=hands, seconds=terms),
    event("anyone_intends", hand=hands, step=steps, same=st.booleans(), as_stored=mostly),
    event("anyone_intends", hand=hands, step=steps, same=st.booleans(), as_stored=mostly),
    event("anyone_closes", number=which, hand=st.none() | hands, status=statuses),
    event(
        "anyone_keeps_a_receipt",
        hand=hands,
        other=st.none() | which,
        step=steps,
        entry=entries,
        proven=st.booleans(),
    ),
    event("anyone_checks_a_receipt", hand=hands, step=steps, there=st.booleans()),
    event(
        "anyone_finishes",
        hand=hands,
        state=endings,
        delay=st.sampled_from([0.0, 0.0, 30.0]),
        counts=st.booleans(),
        closed=st.booleans(),
    ),
)
people = (
    event("a_person_defers", name=known, insists=rarely, seconds=st.sampled_from([30.0, 600.0])),
    event("a_person_retries", name=known, insists=rarely, uprn=st.none() | uprns),
    event("a_person_retries", name=known, insists=rarely, uprn=st.none() | uprns),
    event("a_person_prioritises", name=known, priority=st.sampled_from([-5, 5])),
    event("a_person_withdraws", name=known, insists=rarely, entry=st.none() | entries),
    event(
        "a_person_decides",
        name=known,
        insists=rarely,
        entry=st.sampled_from([None, None, "C-1", "C-2", "C-3", " "]),
    ),
)
time = event("time_passes", seconds=st.sampled_from([1.0, 9.0, WINDOW + SETTLE - 1, WINDOW + SETTLE, LEASE]))
world = (
    event("the_store_clears_up", seconds=st.sampled_from([0.0, 61.0, LEASE])),
    event("the_clock_jumps", seconds=st.sampled_from([-86_400.0, -LEASE, -61.0, -5.0, 5.0, 61.0, 86_400.0])),
    event(
        "work_is_stopped",
        scope=scopes,
        how=st.sampled_from(["held", "released", "released"]),
    ),
    event("anyone_looks", name=names, step=steps, entry=entries, answers=st.booleans()),
)

# Time first: the simplest sequence, with which each search begins, is then cheap.
EVENTS = st.one_of(
    time, works, works, works, resolves, resolves, intake, corrects, *goes_on, *goes_on, *people, *world
)
