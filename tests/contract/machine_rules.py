"""The machine: each event goes to every store and to the model, in any order that Hypothesis draws.

Workers keep every lease they ever had, so a lease that is used may be anybody's, and long over: a zombie.
After every single call the invariants of `machine_invariants` are checked, and each store must show what the
model expects and what the other stores show.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from bots.engine.core.item import IntentStatus, State
from tests import staff

from .desk import LEASE, PROCESS, WINDOW, row
from .machine_case import OK
from .machine_events import EVENTS, Event, fates, uprns
from .machine_stage import ALL_STEPS, SYSTEMS, Call
from .machine_stores import Side
from .machine_workers import Hand, Workers


class Machine(Workers):
    """Every event is one call, or what one worker does from its lease until it dies."""

    @rule(event=EVENTS)
    def happens(self, event: Event) -> None:
        """One rule for all events: of many rules, Hypothesis would leave half out of every sequence."""
        getattr(self, event.name)(**event.given)

    # ---- intake -----------------------------------------------------------------------------
    @initialize(one=uprns, two=uprns, fates=st.lists(fates, max_size=2), later=st.sampled_from([0.0, LEASE]))
    def some_work_was_done(self, one: str, two: str, fates: list[str], later: float) -> None:
        """Begin with something of everything: items that are done, dead workers, open intents."""
        self.hand_in([("ZZ1", one, None), ("ZZ2", two, None)], True)
        for fate in fates:
            self.a_worker_works(fate, False, False, LEASE, False)
        self.clock.passes(later)

    def another_hand_in(self, handed: list[tuple[str, str, str | None]], anew: bool) -> None:
        self.hand_in(handed, anew)

    def the_source_corrects(self, name: str, uprn: str) -> None:
        """Another hand-in with what a worker has in hand just now, or what is in doubt."""
        name = self.apt(name, False, State.IN_PROGRESS, State.IN_DOUBT) or ""
        if name:
            self.hand_in([(name, uprn, None)], True)

    def hand_in(self, handed: list[tuple[str, str, str | None]], anew: bool) -> None:
        """New rows, equal rows, changed rows, one reference twice; in the same hand-in as before or anew."""
        if anew or not self.sides[0].batches:
            _, batches = self.everywhere(lambda side: side.queue.open_batch(PROCESS, "bins.xlsx", "ann"))
            for side, batch in zip(self.sides, batches, strict=True):
                side.batches.append(batch)
        given = [row(name, uprn, code=code, sentence=code) for name, uprn, code in handed]
        word, found = self.everywhere(lambda side: side.queue.add(PROCESS, side.batches[-1], given))
        assert word == OK
        expected = self.model.hand_in(self.now, len(self.sides[0].batches), handed)
        assert [outcome for outcome, _ in found[-1]] == expected
        self.agree()
        self.every_row_has_its_outcome(len(handed), found)

    def every_row_has_its_outcome(self, number: int, found: list[Any]) -> None:
        for side, outcomes in zip(self.sides, found, strict=True):
            kept = self.bench.run(side.queue.batch_rows(side.batches[-1]))[-number:]
            assert [(each.outcome, each.item.id) for each in kept] == outcomes

    # ---- work -------------------------------------------------------------------------------
    def a_worker_works(self, until: str, same: bool, refused: bool, seconds: float, overtakes: bool) -> None:
        """From its lease to its end, or until it dies on the way. It may overtake one that froze, and that
        wakes up just before its commit."""
        frozen = self.take(LEASE, False) if overtakes else None
        self.clock.passes(LEASE if overtakes else 0.0)
        lease = self.take(seconds, False)
        if frozen is not None:
            self.intend(frozen, ALL_STEPS[0], self.values_of(frozen, False))
        if lease is not None:
            self.work(lease, until, same, refused)

    def work(self, lease: int, until: str, same: bool = False, refused: bool = False) -> None:
        if until == "taken":
            return
        left = [step for step in ALL_STEPS if step not in self.case(lease).proofs]
        if all(self.saves(lease, step, until, same, refused) for step in left) and until == "done":
            self.finish(lease, State.DONE)

    def saves(self, lease: int, step: str, until: str, same: bool, refused: bool) -> bool:
        """Whether the worker goes on after this step."""
        intent = self.intend(lease, step, self.values_of(lease, same))
        if intent is None:
            self.finish(lease, State.NEW)
            return False
        if until == "intended":
            return False
        if until == "in doubt":
            self.finish(lease, State.IN_DOUBT)
            return False
        if refused:
            self.close(lease, intent, IntentStatus.REFUSED)
            self.finish(lease, State.EXCEPTION)
            return False
        self.receipt(lease, step, self.fresh(), intent)
        return until != "receipted"

    def a_worker_resolves(self, outcome: str, delay: float, after: float) -> None:
        """It finds out what became of an open intent, or cannot."""
        self.clock.passes(after)
        lease = self.take(LEASE, True)
        if lease is None or outcome == "dies":
            return
        commit = self.case(lease).open()
        assert commit is not None
        intent = self.model.commits.index(commit)
        if outcome == "there":
            self.receipt(lease, commit.step, self.fresh(), intent)
        elif outcome == "absent":
            self.close(lease, intent, IntentStatus.ABSENT)
        self.finish(lease, State.NEW, delay)

    def anyone_extends(self, hand: Hand, seconds: float) -> None:
        if (lease := self.lease(hand)) is None:
            return
        word, longer = self.everywhere(lambda side: side.queue.extend(side.leases[lease], seconds))
        assert word == self.model.extend(self.now, self.holds[lease], seconds, word)
        if word == OK:
            for side, each in zip(self.sides, longer, strict=True):
                side.leases[lease] = each
        self.agree()

    def anyone_intends(self, hand: Hand, step: str, same: bool, as_stored: bool) -> None:
        if (lease := self.lease(hand)) is None:
            return
        self.intend(lease, step, self.values_of(lease, same), as_stored)

    def anyone_closes(self, number: int, hand: Hand | None, status: IntentStatus) -> None:
        """By the youngest lease of the item, or by any lease."""
        if not self.model.commits:
            return
        intent = self.intent(number)
        lease = self.lease(hand) if hand else self.lease_on(intent)
        if lease is not None:
            self.close(lease, intent, status)

    def anyone_keeps_a_receipt(
        self, hand: Hand, other: int | None, step: str, entry: str, proven: bool
    ) -> None:
        """Also one that another item has, one that is kept already, one of another step, without intent."""
        if (lease := self.lease(hand)) is None:
            return
        intent = None if other is None or not self.model.commits else self.intent(other)
        if intent is not None and step in self.case(lease).proofs:
            intent = self.of_the_same_item(lease, intent)
        self.receipt(lease, step, entry, intent, proven)

    def of_the_same_item(self, lease: int, intent: int) -> int | None:
        """A proof that is kept again is not handed in with another item's intent: there the stores differ,
        the twin refuses and a database answers with what it has, and no worker does it."""
        return intent if self.model.commits[intent].name == self.holds[lease].name else None

    def anyone_checks_a_receipt(self, hand: Hand, step: str, there: bool) -> None:
        """What a person said is in the target is looked up there, and confirmed or taken back."""
        if (lease := self.lease(hand)) is None:
            return
        hold = self.holds[lease]

        def call(side: Side) -> Awaitable[Any]:
            if there:
                return side.queue.confirm(side.leases[lease], step, {"uprn": "100"})
            return side.queue.retract(side.leases[lease], step, "not there")

        word, _ = self.everywhere(call)
        model = self.model.confirm if there else self.model.retract
        assert word == model(self.now, hold, step, word)
        self.agree()

    def anyone_finishes(self, hand: Hand, state: State, delay: float, counts: bool, closed: bool) -> None:
        if (lease := self.lease(hand)) is not None:
            self.finish(lease, state, delay, counts, writer_closed=closed)

    def the_store_clears_up(self, seconds: float) -> None:
        self.clock.passes(seconds)
        word, cleared = self.everywhere(lambda side: side.queue.expire(PROCESS))
        assert (word, cleared[-1]) == (OK, self.model.expire(self.now, self.tokens()))
        self.agree()

    # ---- people -----------------------------------------------------------------------------
    def decided(self, call: Call, expect: Callable[[str], str]) -> None:
        word, _ = self.everywhere(call)
        assert word == expect(word)
        self.agree()

    def a_person_defers(self, name: str, insists: bool, seconds: float) -> None:
        name = self.apt(name, insists, State.NEW, State.EXCEPTION) or ""
        if name:
            self.decided(
                lambda side: staff.defer(side.queue, side.id(name), "bob", "why", seconds),
                lambda _: self.model.defer(self.now, name, seconds),
            )

    def a_person_retries(self, name: str, insists: bool, uprn: str | None) -> None:
        """With corrected data or without."""
        name, data = self.apt(name, insists, State.EXCEPTION) or "", {"uprn": uprn} if uprn else None
        if name:
            self.decided(
                lambda side: staff.retry(side.queue, side.id(name), "bob", "why", data),
                lambda _: self.model.retry(name, uprn),
            )

    def a_person_prioritises(self, name: str, priority: int) -> None:
        if name in self.model.cases:
            self.model.cases[name].priority = priority
            self.everywhere(lambda side: side.desk.prioritise(side.id(name), priority))
            self.agree()

    def a_person_withdraws(self, name: str, insists: bool, entry: str | None) -> None:
        name = self.apt(name, insists, State.EXCEPTION, State.AWAITING_APPROVAL) or ""
        if name:
            self.decided(
                lambda side: staff.withdraw(side.queue, side.id(name), "bob", "why", entry),
                lambda _: self.model.withdraw(name, entry),
            )

    def a_person_decides(self, name: str, insists: bool, entry: str | None) -> None:
        name = self.apt(name, insists, State.IN_DOUBT) or ""
        if name:
            self.decided(
                lambda side: staff.decide(side.queue, side.id(name), "bob", "why", entry),
                lambda word: self.model.decide(self.now, name, entry, word),
            )

    # ---- looking ----------------------------------------------------------------------------
    def anyone_looks(self, name: str, step: str, entry: str, answers: bool) -> None:
        if answers:
            self.answer_senders()
        else:
            self.look(name, step, entry)

    def look(self, name: str, step: str, entry: str) -> None:
        system, before = SYSTEMS[step], self.now.wall - WINDOW

        async def look(side: Side) -> list[Any]:
            owner = await side.queue.owner(system, step, entry)
            later = await side.queue.keyed_after(step, system, before, side.id(name))
            rivals = await side.queue.rivals(step, system, "same", side.id(name))
            return [owner, rivals, later, await side.queue.reasons(PROCESS)]

        _, found = self.everywhere(look)
        owner, rivals = found[-1][:2]
        expected = self.model.owner(step, entry)
        assert owner == (self.sides[-1].id(expected) if expected else None)
        assert rivals == self.model.rivals(step, "same", name)

    def answer_senders(self) -> None:
        """Of each hand-in with news, as it stands now."""

        async def call(side: Side) -> list[int]:
            waiting = [batch.id for batch in await side.queue.unanswered(PROCESS)]
            for batch in waiting:
                await side.queue.answered(batch, self.now.wall)
            return sorted(side.batches.index(batch) for batch in waiting)

        self.everywhere(call)

    # ---- guards -----------------------------------------------------------------------------
    def work_is_stopped(self, scope: str, how: str) -> None:
        """Held or released by a person."""
        if how == "held":
            self.everywhere(lambda side: side.queue.hold(scope, "bob", "why"))
            self.guards.holds.append(scope)
        else:
            _, released = self.everywhere(lambda side: side.queue.release(scope, "bob", "why"))
            assert released[-1] == self.guards.release(scope)
        self.agree()
