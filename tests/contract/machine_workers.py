"""The single calls of a worker, each checked: all stores against the model and against each other."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from bots.engine.core.item import IntentStatus, Receipt, State
from tests.absent import absence_of

from .desk import PROCESS, SETTLE, WINDOW
from .machine_case import OK, Case, Hold
from .machine_stage import ALL_STEPS, SYSTEMS, Stores
from .machine_stores import Side


class Whose(StrEnum):
    """Which leases somebody uses."""

    ALIVE = "alive"  # the item's youngest
    OVERTAKEN = "overtaken"  # another worker holds the item by now
    ANY = "any"  # that ever was


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who uses a lease, 0 for the youngest of them, after doing nothing for a while."""

    whose: Whose
    number: int
    frozen: float


class Workers(Stores):
    """What workers and zombies do: every lease and every intent there ever was has its number."""

    # ---- the steps of a worker --------------------------------------------------------------
    def take(self, seconds: float, doubtful: bool) -> int | None:
        """The number of the new lease."""

        def call(side: Side) -> Awaitable[Any]:
            taking = side.queue.take_in_doubt if doubtful else side.queue.take
            return taking(PROCESS, "w", seconds)

        _, leases = self.everywhere(call)
        taken = leases[0].item.reference if leases[0] else None
        model = self.model.take_in_doubt if doubtful else self.model.take
        model(self.now, seconds, taken, self.tokens())
        self.agree()
        if taken is None:
            return None
        for side, lease in zip(self.sides, leases, strict=True):
            assert (lease.intent is not None) == doubtful
            side.leases.append(lease)
        self.holds.append(self.model.hold(taken))
        return len(self.holds) - 1

    def intend(self, lease: int, step: str, digest: str, as_stored: bool = True) -> int | None:
        """The number of the intent. Not `as_stored`: the worker keyed other data than the store holds."""
        given = {"digest": digest, "window": WINDOW, "settle": SETTLE}

        def call(side: Side) -> Awaitable[Any]:
            mine = side.leases[lease]
            keyed = mine if as_stored else replace(mine, item=replace(mine.item, digest="0" * 16))
            return side.desk.intend(keyed, step=step, system=SYSTEMS[step], **given)

        word, intents = self.everywhere(call)
        hold = self.holds[lease] if as_stored else replace(self.holds[lease], version=0)
        asked = {"step": step, "held": self.guards.holds, "seen": word, **given}
        assert word == self.model.intend(self.now, hold, **asked)
        self.agree()
        if word != OK:
            return None
        for side, intent in zip(self.sides, intents, strict=True):
            side.intents.append(intent)
        return len(self.model.commits) - 1

    def close(self, lease: int, intent: int, status: IntentStatus) -> str:
        word, _ = self.everywhere(
            lambda side: side.queue.close_intent(
                side.leases[lease], side.intents[intent], status, "why", absence_of(side.intents[intent])
            )
        )
        commit = self.model.commits[intent]
        assert word == self.model.close(self.now, self.holds[lease], commit, status, word)
        self.agree()
        return word

    def receipt(self, lease: int, step: str, reference: str, intent: int | None, proven: bool = True) -> str:
        def call(side: Side) -> Awaitable[Any]:
            mine = None if intent is None else side.intents[intent]
            proof = Receipt(
                item=side.leases[lease].item.id,
                step=step,
                system=SYSTEMS[step],
                reference=reference,
                values={"uprn": "100"} if proven else {},
                intent=mine.id if mine else None,
            )
            return side.queue.record_receipt(side.leases[lease], proof, mine)

        word, _ = self.everywhere(call)
        commit = None if intent is None else self.model.commits[intent]
        hold = self.holds[lease]
        assert word == self.model.receipt(self.now, hold, step, reference, commit, word, proven)
        self.agree()
        return word

    def finish(self, lease: int, state: State, delay: float = 0.0, counts: bool = True, **more: Any) -> str:
        def call(side: Side) -> Awaitable[Any]:
            given = {"code": state.value, "delay": delay, "count_attempt": counts, **more}
            return side.desk.end(side.leases[lease], state, steps=ALL_STEPS, **given)

        word, _ = self.everywhere(call)
        given = {"code": state.value, "delay": delay, "counts": counts, "seen": word}
        assert word == self.model.finish(self.now, self.holds[lease], state, **given)
        self.agree()
        return word

    def fresh(self) -> str:
        self.entries += 1
        return f"F-{self.entries}"

    def values_of(self, lease: int, same: bool) -> str:
        """The mark of what is about to be saved: the item's own, or the very same as that of others."""
        return "same" if same else f"of {self.holds[lease].name}"

    def case(self, lease: int) -> Case:
        return self.model.cases[self.holds[lease].name]

    def lease(self, hand: Hand) -> int | None:
        """The number of the lease in somebody's hand, if there is one."""
        fit = [n for n, hold in enumerate(self.holds) if hand.whose in (Whose.ANY, self.whose(hold))]
        self.clock.passes(hand.frozen)
        return fit[max(0, len(fit) - 1 - hand.number)] if fit else None

    def whose(self, hold: Hold) -> Whose:
        case = self.model.cases[hold.name]
        if case.lease is None:
            return Whose.ANY
        return Whose.ALIVE if case.token == hold.token else Whose.OVERTAKEN

    def intent(self, number: int) -> int:
        return max(0, len(self.model.commits) - 1 - number)

    def lease_on(self, intent: int) -> int:
        """The youngest lease of the item that an intent is of."""
        name = self.model.commits[intent].name
        return max(number for number, hold in enumerate(self.holds) if hold.name == name)

    def apt(self, name: str, insists: bool, *wanted: State) -> str | None:
        """This item, or another one, in a wanted state; who insists asks also when there is none."""
        cases = self.model.cases
        there = [each for each in (name, *cases) if each in cases and cases[each].state in wanted]
        return there[0] if there else name if insists else None
