"""The stage of the machine: all stores, one call to each of them, and what is checked after it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from .desk import PROCESS, STEPS
from .machine import Model
from .machine_case import OK, Hold
from .machine_guards import Guards
from .machine_invariants import ALWAYS, a_refusal_changes_nothing
from .machine_stores import Bench, Picture, Side, answer, difference, essence, picture_essence
from .machine_time import JumpingClock, Moment

SYSTEMS = dict(STEPS[PROCESS])
ALL_STEPS = tuple(SYSTEMS)

Call = Callable[[Side], Awaitable[Any]]


class Stores(RuleBasedStateMachine):
    """All stores, the model, and one call to all of them."""

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.clock = JumpingClock()
        self.sides = bench.sides(self.clock)
        self.model = Model(SYSTEMS)
        self.guards = Guards()
        self.holds: list[Hold] = []  # the model's side of each lease
        self.entries = 0
        self.pictures = self.shown()

    # ---- one call, everywhere ---------------------------------------------------------------
    @property
    def now(self) -> Moment:
        return self.clock.moment()

    def shown(self) -> list[Picture]:
        return [self.bench.run(side.look(self.now)) for side in self.sides]

    def everywhere(self, call: Call) -> tuple[str, list[Any]]:
        """What all stores said. No two events are at the very same moment."""
        self.clock.passes(0.001)
        answers = [self.bench.run(answer(call(side))) for side in self.sides]
        before, self.pictures = self.pictures, self.shown()
        for side, picture in zip(self.sides, self.pictures, strict=True):
            side.ids = {name: item.id for name, item in picture.items.items()}
        words = [word for word, _ in answers]
        assert len(set(words)) == 1, f"the stores disagree: {words}"
        self.check(words[0], before)
        values = [value for _, value in answers]
        self.alike("answer", [essence(*each) for each in zip(self.sides, values, strict=True)])
        return words[0], values

    def check(self, word: str, before: list[Picture]) -> None:
        """What is always true, is true of every store, and all of them show the same."""
        invariants = ALWAYS if word == OK else (*ALWAYS, a_refusal_changes_nothing)
        for old, new in zip(before, self.pictures, strict=True):
            for holds in invariants:
                holds(old, new)
        self.alike("show", [picture_essence(*each) for each in zip(self.sides, self.pictures, strict=True)])

    def alike(self, what: str, values: list[object]) -> None:
        for one, other in pairwise(values):
            assert one == other, f"the stores {what} differently: {difference(one, other)}"

    def agree(self) -> None:
        """The stores show what a person would expect."""
        picture = self.pictures[-1]
        assert set(picture.items) == set(self.model.cases)
        for name, case in self.model.cases.items():
            item = picture.items[name]
            found = (item.state, item.code, item.version, item.data["uprn"])
            assert found == (case.state, case.code, case.version, case.data)
            assert (item.token, item.attempts, item.priority) == (case.token, case.attempts, case.priority)
            told = [(note.before, note.after) for note in picture.history[name]]
            assert told == case.story
            proofs = {step: (r.reference, r.proven) for step, r in picture.receipts_of(name).items()}
            assert proofs == {step: (p.reference, p.proven) for step, p in case.proofs.items()}
            statuses = sorted(intent.status for intent in picture.intents[name])
            assert statuses == sorted(commit.status for commit in case.commits)
        assert sorted(hold.scope for hold in picture.holds) == sorted(self.guards.holds)
        self.due_in_is_right()

    def due_in_is_right(self) -> None:
        """Exactly the moment at which a person would look again; sooner where the clock was set back."""
        moments, sure = self.model.moments(self.now)
        found = self.pictures[-1].due_in
        if not moments:
            assert found is None
            return
        expected = max(0.0, min(moments) - self.now.wall)
        assert found is not None
        assert abs(found - expected) < 1e-3 or (found < expected and not sure)

    def tokens(self) -> dict[str, int]:
        return {name: item.token for name, item in self.pictures[-1].items.items()}

    # ---- time -------------------------------------------------------------------------------
    def time_passes(self, seconds: float) -> None:
        self.clock.passes(seconds)

    def the_clock_jumps(self, seconds: float) -> None:
        self.clock.jumps(seconds)
