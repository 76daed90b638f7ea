"""The twin in memory and the SQL queue, side by side, through any sequence of events.

Hypothesis draws the sequence. Both queues get each call and must give the same answer or the same refusal;
after each call the invariants below must hold in the SQL queue, and both must show the same items.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bots.engine.core.brake import SIGN_IN, Seen, Trouble
from bots.engine.core.errors import RekeyError
from bots.engine.core.item import HIDDEN, IntentStatus, Lease, State
from bots.engine.core.queue import scopes_of
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database.database import connect
from tests import staff
from tests.absent import absence_of

from .conftest import memory_desk, sql_desk
from .desk import LEASE, PROCESS, STEP, Clock, Desk

REFERENCES = st.sampled_from(["ZZ1", "ZZ2", "ZZ3"])
UPRNS = st.sampled_from(["100", "200", "300"])
TARGETS = st.sampled_from(["C-1", "C-2", "C-3", "C-4"])
ENDINGS = st.sampled_from(list(State))
SECONDS = st.sampled_from([1, 30, 61, LEASE])
WHO = st.integers(0, 5)
TROUBLES = st.builds(
    Seen,
    kind=st.sampled_from(Trouble),
    code=st.sampled_from(["one", "two"]),
    system=st.just("waste"),
    place=st.sampled_from([STEP, STEP, "letter", SIGN_IN]),
    began=st.sampled_from([0.0, 5.0, 90.0]),  # so long ago
    at_risk=st.sampled_from([1, 2]),
)

Pair = tuple[Any, Any]


class Twins(RuleBasedStateMachine):
    """Every rule is one event; `memory` and `sql` are the two desks, with one clock for both."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = Clock()
        self.memory = memory_desk(self.clock)
        self.database = connect(f"sqlite:///{Path(self.folder.name) / 'store.db'}")
        self.sql = self.loop.run_until_complete(sql_desk(self.database, self.clock))
        self.leases: list[Pair] = []  # every lease that was ever given, also those that were lost
        self.tokens: dict[str, int] = {}

    def teardown(self) -> None:
        # Whatever happened in whatever order, every chain is whole and the tables say what it tells.
        found = self.loop.run_until_complete(StoreAudit(self.database, self.clock).verify())
        self.loop.run_until_complete(self.sql.queue.close())
        assert found.findings == []
        self.loop.close()
        self.folder.cleanup()

    def both(self, call: Callable[[Desk, int], Awaitable[Any]]) -> Pair:
        """Both answers, after checking that both gave one or both refused for the same reason."""
        self.clock.forward(0.001)  # no two events at the very same moment
        answers = [
            self.loop.run_until_complete(answer(call(desk, side)))
            for side, desk in enumerate((self.memory, self.sql))
        ]
        assert essence(answers[0]) == essence(answers[1])
        return answers[0], answers[1]

    def item(self, reference: str, side: int) -> str:
        desk = (self.memory, self.sql)[side]
        known = self.loop.run_until_complete(desk.queue.references(PROCESS))
        return known.get(reference, "nothing")

    def lease(self, number: int, side: int) -> Lease:
        return self.leases[-1 - number % len(self.leases)][side]

    # ---- events -----------------------------------------------------------------------------
    @rule(
        reference=REFERENCES,
        uprn=UPRNS,
        code=st.sampled_from([None, None, "no-uprn", HIDDEN]),
        anew=st.booleans(),
        of=st.one_of(st.none(), REFERENCES),
    )
    def hand_in(self, reference: str, uprn: str, code: str | None, anew: bool, of: str | None) -> None:
        """In the same hand-in as before or in a new one; with the id of an item, or without."""

        def call(desk: Desk, side: int) -> Awaitable[Any]:
            if anew:
                desk.batches.clear()
            item = self.item(of, side) if of else None
            return desk.add(reference, uprn, code=code, sentence=code, item=item)

        self.both(call)

    @rule(doubtful=st.booleans())
    def take(self, doubtful: bool) -> None:
        def call(desk: Desk, _: int) -> Awaitable[Lease | None]:
            taking = desk.queue.take_in_doubt if doubtful else desk.queue.take
            return taking(PROCESS, "w", LEASE)

        pair = self.both(call)
        if pair[0] is not None:
            self.leases.append(pair)

    @rule(seconds=SECONDS)
    def time_passes(self, seconds: float) -> None:
        self.clock.forward(seconds)

    @rule()
    def expire(self) -> None:
        self.both(lambda desk, _: desk.queue.expire(PROCESS))

    @precondition(lambda self: self.leases)
    @rule(which=WHO)
    def extend(self, which: int) -> None:
        self.both(lambda desk, side: desk.queue.extend(self.lease(which, side), LEASE))

    @precondition(lambda self: self.leases)
    @rule(which=WHO, step=st.sampled_from([STEP, STEP, "letter"]), at_risk=st.sampled_from([None, 1, 2]))
    def intend(self, which: int, step: str, at_risk: int | None) -> None:
        system = "waste" if step == STEP else "post"
        self.both(lambda desk, side: desk.intend(self.lease(which, side), step, system, at_risk=at_risk))

    @precondition(lambda self: self.leases)
    @rule(which=WHO, status=st.sampled_from(list(IntentStatus)), number=st.integers(0, 1))
    def close_intent(self, which: int, status: IntentStatus, number: int) -> None:
        async def call(desk: Desk, side: int) -> None:
            lease = self.lease(which, side)
            intents = await desk.queue.intents(lease.item.id)
            if intents:
                one = intents[-1 - number % len(intents)]
                await desk.queue.close_intent(lease, one, status, "why", absence_of(one))

        self.both(call)

    @precondition(lambda self: self.leases)
    @rule(which=WHO, entry=TARGETS, mine=st.booleans(), step=st.sampled_from([STEP, STEP, "letter"]))
    def receipt(self, which: int, entry: str, mine: bool, step: str) -> None:
        async def call(desk: Desk, side: int) -> Any:
            lease = self.lease(which, side)
            intents = await desk.queue.intents(lease.item.id)
            return await desk.receipt(lease, entry, intents[-1] if mine and intents else None, step)

        self.both(call)

    @precondition(lambda self: self.leases)
    @rule(
        which=WHO,
        ending=ENDINGS,
        delay=st.sampled_from([0, 0, 30]),
        counts=st.booleans(),
        trouble=st.none() | TROUBLES,
    )
    def finish(self, which: int, ending: State, delay: float, counts: bool, trouble: Seen | None) -> None:
        seen = replace(trouble, began=self.clock.now - trouble.began) if trouble else None
        given = {"delay": delay, "count_attempt": counts, "code": ending.value, "trouble": seen}
        self.both(lambda desk, side: desk.end(self.lease(which, side), ending, **given))

    @rule(reference=REFERENCES, uprn=st.none() | UPRNS)
    def retry(self, reference: str, uprn: str | None) -> None:
        data = {"uprn": uprn} if uprn else None
        self.both(lambda desk, side: staff.retry(desk.queue, self.item(reference, side), "bob", "why", data))

    @rule(reference=REFERENCES)
    def defer(self, reference: str) -> None:
        self.both(lambda desk, side: staff.defer(desk.queue, self.item(reference, side), "bob", "why", 30))

    @rule(reference=REFERENCES, entry=st.none() | TARGETS)
    def withdraw(self, reference: str, entry: str | None) -> None:
        self.both(
            lambda desk, side: staff.withdraw(desk.queue, self.item(reference, side), "bob", "why", entry)
        )

    @rule(reference=REFERENCES, entry=st.none() | TARGETS)
    def decide(self, reference: str, entry: str | None) -> None:
        self.both(
            lambda desk, side: staff.decide(desk.queue, self.item(reference, side), "bob", "why", entry)
        )

    @rule(scope=st.sampled_from(["all", "system:waste"]), on=st.booleans())
    def hold(self, scope: str, on: bool) -> None:
        change = "hold" if on else "release"
        self.both(lambda desk, _: getattr(desk.queue, change)(scope, "bob", "why"))

    @rule(holder=st.sampled_from(["w", "other"]), ends=st.booleans())
    def probe(self, holder: str, ends: bool) -> None:
        self.both(lambda desk, _: desk.queue.probe(scopes_of(PROCESS, "waste"), holder, 60))
        if ends:
            self.both(lambda desk, _: desk.queue.end_probe(holder))

    # ---- what is always true -------------------------------------------------------------------
    @invariant()
    def both_show_the_same(self) -> None:
        shown = [self.loop.run_until_complete(everything(desk)) for desk in (self.memory, self.sql)]
        assert shown[0] == shown[1]

    @invariant()
    def the_promise_holds(self) -> None:
        self.loop.run_until_complete(self.check())

    async def check(self) -> None:
        queue = self.sql.queue
        items, receipts = await queue.items(PROCESS), await queue.receipts(PROCESS)
        # One item for each reference, one receipt for each entry of the target and each step of an item.
        assert len({item.reference for item in items}) == len(items)
        assert len({(r.system, r.step, r.reference) for r in receipts}) == len(receipts)
        assert len({(r.item, r.step) for r in receipts}) == len(receipts)
        for item in items:
            opened = [i for i in await queue.intents(item.id) if i.status is IntentStatus.OPEN]
            # Never two open intents; in doubt exactly when one is open and no worker is on it.
            assert len(opened) <= 1
            assert bool(opened) == (item.state is State.IN_DOUBT) or item.state is State.IN_PROGRESS
            # Done means that every step has its receipt.
            assert item.state is not State.DONE or STEP in {r.step for r in receipts if r.item == item.id}
            # A token never goes down, nor does time in the history, and the history ends where the item is.
            assert item.token >= self.tokens.get(item.id, 0)
            self.tokens[item.id] = item.token
            history = await queue.history(item.id)
            assert history[-1].after is item.state
            assert [note.at for note in history] == sorted(note.at for note in history)


async def answer(call: Awaitable[Any]) -> Any:
    try:
        return await call
    except (RekeyError, ValueError) as refusal:
        return refusal


def essence(result: Any) -> object:
    """What must be equal on both sides: everything but the ids that are drawn by chance."""
    if isinstance(result, RekeyError):
        return type(result), result.code
    if isinstance(result, ValueError):
        return ValueError
    if isinstance(result, Lease):
        state = (result.item.reference, result.item.state, result.token, result.item.attempts)
        return state, sorted(result.receipts), result.intent is not None, result.expires
    if hasattr(result, "__dataclass_fields__"):
        kept = {"step", "system", "reference", "token", "deadline", "status", "values", "at", "adopted"}
        kept |= {"kind", "code", "place", "count", "probe"}
        return {name: value for name, value in vars(result).items() if name in kept}
    return None if isinstance(result, str) else result


async def everything(desk: Desk) -> object:
    queue = desk.queue
    chance = {"id", "batch", "created", "updated"}
    items = sorted(await queue.items(PROCESS), key=lambda item: item.reference)
    return [
        [{name: value for name, value in vars(item).items() if name not in chance} for item in items],
        [[essence(intent) for intent in await queue.intents(item.id)] for item in items],
        [await queue.history(item.id) for item in items],
        [essence(receipt) for receipt in await queue.receipts(PROCESS)],
        [(hold.scope, hold.why, essence(hold.cause)) for hold in await queue.holds()],
        await queue.due_in(PROCESS),
        await queue.counts(PROCESS),
        await queue.reasons(PROCESS),
    ]


Twins.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,  # the same sequences on every machine; a longer search is for a person at leisure
    suppress_health_check=list(HealthCheck),
)
TestTwins = Twins.TestCase
