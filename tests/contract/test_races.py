"""Two workers at once, on two connections to one store: of every race exactly one wins."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable

import pytest
import sqlalchemy as sa

from bots.engine.core.brake import AT_RISK, BRAKE, Seen, Trouble
from bots.engine.core.errors import BusinessException, Held, LeaseLost, RekeyError
from bots.engine.core.item import AddOutcome, Ending, IntentStatus, Lease, State
from bots.engine.core.queue import scopes_of
from bots.engine.store.database import tables as t
from bots.engine.store.work import brake, guards
from bots.engine.store.work.queue import SqlQueue
from tests import staff
from tests.absent import absence_of

from .conftest import OpenDatabase, sql_desk
from .desk import LEASE, PROCESS, STEP, SYSTEM, Clock, Desk, row
from .test_brake import braked

ROUNDS = 12


@pytest.fixture
async def two(open_database: OpenDatabase) -> tuple[Desk, Desk]:
    """Two workers with a clock each."""
    first, second = open_database(), open_database()
    return await sql_desk(first, Clock()), await sql_desk(second, Clock())


async def race(*runners: Awaitable[object]) -> list[object]:
    """What each runner got. Losing is an error of ours, never one of the database."""
    results = await asyncio.gather(*runners, return_exceptions=True)
    for result in results:
        assert not isinstance(result, BaseException) or isinstance(result, RekeyError), repr(result)
        assert getattr(result, "code", "") != "store-failed", repr(result)
    return results


async def test_every_item_is_taken_once(two: tuple[Desk, Desk]) -> None:
    await two[0].hand_in(*(row(f"ZZ{n}") for n in range(200)))
    taken: list[str] = []

    async def taker(desk: Desk, name: str) -> None:
        # PostgreSQL passes over a row that another taker holds, so "nothing" may come a moment too early.
        while len(taken) < 200:
            lease = await desk.queue.take(PROCESS, name, LEASE)
            if lease is not None:
                taken.append(lease.item.id)

    await race(*(taker(desk, f"w{n}") for n, desk in enumerate(two * 2)))
    assert Counter(taken).most_common(1)[0][1] == 1
    assert len(taken) == 200


async def test_one_entry_of_the_target_is_one_items(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        leases = [await two[0].leased(f"ZZ{number}-{n}") for n in range(4)]
        intents = [await two[0].intend(lease) for lease in leases]
        claims = zip(two * 2, leases, intents, strict=True)
        results = await race(*(desk.receipt(lease, f"C-{number}", intent) for desk, lease, intent in claims))
        lost = [result for result in results if isinstance(result, BusinessException)]
        assert [refusal.code for refusal in lost] == ["already-in-target"] * 3
    assert len(await two[0].queue.receipts(PROCESS)) == ROUNDS


async def test_two_hand_ins_of_the_same_rows_add_once(two: tuple[Desk, Desk]) -> None:
    rows = [row(f"ZZ{n}") for n in range(40)]
    both = await race(two[0].hand_in(*rows), two[1].hand_in(*reversed(rows)))
    outcomes = Counter(outcome for result in both for outcome, _ in result)  # type: ignore[attr-defined]
    assert outcomes == {AddOutcome.ADDED: 40, AddOutcome.SAME: 40}


async def test_a_new_store_is_bound_once(open_database: OpenDatabase) -> None:
    first = open_database()
    await SqlQueue.open(first, "test")
    await first.run(lambda c: c.execute(sa.delete(t.store)))
    queues = await asyncio.gather(*(SqlQueue.open(open_database(), "test") for _ in range(4)))
    assert len({(await queue.store()).id for queue in queues}) == 1


async def test_a_correction_is_never_lost_to_a_worker_that_ends(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        lease = await two[0].leased(f"ZZ{number}")
        await two[0].keyed(lease, f"C-{number}")
        await race(two[0].end(lease, State.DONE), two[1].add(f"ZZ{number}", "999"))
        held = await two[0].look(lease.item.id)
        assert (held.state, held.code) == (State.EXCEPTION, "changed-at-source")


async def test_a_correction_is_never_lost_to_a_person(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        item = await two[0].add(f"ZZ{number}", code="no-uprn", sentence="No property.")
        await race(staff.retry(two[0].queue, item, "bob", "again"), two[1].add(f"ZZ{number}", "999"))
        # Taken before the decision or after it, in either case the history says so.
        codes = [note.code for note in await two[0].queue.history(item)]
        assert codes.count("corrected") == 1


async def test_a_person_and_a_worker_do_not_both_resolve(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        item, _intent = await two[0].doubtful(f"ZZ{number}")
        for desk in two:
            desk.clock.forward(LEASE)
        decided, lease = await race(
            staff.decide(two[0].queue, item, "bob", "not there", None),
            two[1].queue.take_in_doubt(PROCESS, "w2", LEASE),
        )
        assert (decided is None) != (lease is not None)
        if isinstance(lease, Lease):
            assert lease.intent is not None
            await two[1].queue.close_intent(
                lease, lease.intent, IntentStatus.ABSENT, "not there", absence_of(lease.intent)
            )
        else:
            lease = await two[0].take()
        assert lease.item.id == item
        await two[0].failed(lease)


async def test_a_person_and_a_resolver_do_not_block_each_other(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        await two[0].doubtful(f"ZZ{number}")
        for desk in two:
            desk.clock.forward(LEASE)
        lease = await two[1].queue.take_in_doubt(PROCESS, "w2", LEASE)
        assert lease is not None
        decided, kept = await race(
            staff.decide(two[0].queue, lease.item.id, "bob", "there", f"C-{number}"),
            two[1].receipt(lease, f"C-{number}", lease.intent),
        )
        assert isinstance(decided, BusinessException)
        assert getattr(kept, "reference", "") == f"C-{number}"
        await two[1].end(lease, State.DONE)


async def test_extending_and_running_out_do_not_both_happen(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        lease = await two[0].leased(f"ZZ{number}")
        two[1].clock.now = lease.expires + 1  # a transaction that began a moment later
        longer, stale = await race(two[0].queue.extend(lease, 2 * LEASE), two[1].queue.expire(PROCESS))
        assert stale == (1 if isinstance(longer, LeaseLost) else 0)
        await two[0].failed(await two[0].take() if stale else lease)


async def test_a_commit_and_a_correction(two: tuple[Desk, Desk]) -> None:
    """Either the intent is first and the correction is told later, or there is no intent at all."""
    for number in range(ROUNDS):
        lease = await two[0].leased(f"ZZ{number}")
        await race(two[0].intend(lease), two[1].add(f"ZZ{number}", "999"))
        intents = await two[0].queue.intents(lease.item.id)
        if intents:
            await two[0].queue.close_intent(lease, intents[0], IntentStatus.REFUSED, "no")
        assert await two[0].end(lease, State.NEW) is State.EXCEPTION


async def test_licences_are_limited_for_all(two: tuple[Desk, Desk]) -> None:
    taken = await race(*(two[n % 2].queue.take_licence(SYSTEM, 3, f"h{n}", 60) for n in range(8)))
    assert taken.count(True) == 3


async def test_one_of_all_signs_in(two: tuple[Desk, Desk]) -> None:
    begun = await race(*(two[n % 2].queue.begin_sign_in(SYSTEM, "svc", f"h{n}", 60) for n in range(8)))
    assert begun.count(True) == 1


async def test_of_all_that_want_to_save_at_once_so_many_may_as_may_go_wrong(two: tuple[Desk, Desk]) -> None:
    for number in range(ROUNDS):
        leases = [await two[0].leased(f"ZZ{number}-{n}") for n in range(4)]
        wanting = (desk.intend(one, at_risk=2) for desk, one in zip(two * 2, leases, strict=True))
        results = await race(*wanting)
        assert [getattr(one, "code", "") for one in results].count("crowded") == 2
        for lease in leases:
            for intent in await two[0].queue.intents(lease.item.id):
                await two[0].queue.close_intent(lease, intent, IntentStatus.REFUSED, "no")


async def test_the_brake_counts_every_item(two: tuple[Desk, Desk]) -> None:
    leases = [await two[0].leased(f"ZZ{n}") for n in range(4)]
    seen = Seen(kind=Trouble.DOUBT, code="no-outcome", system=SYSTEM, place=STEP, began=0.0, at_risk=3)
    ending = Ending(state=State.EXCEPTION, trouble=seen)
    await race(*(two[n % 2].queue.finish(one, ending, (STEP,)) for n, one in enumerate(leases)))
    assert [one.cause.count for one in await two[0].queue.holds() if one.cause] == [4]


async def test_one_probes(two: tuple[Desk, Desk]) -> None:
    await braked(two[0], wait=0.0)
    two[1].clock.now = two[0].clock.now
    scopes = scopes_of(PROCESS, SYSTEM)
    probed = await race(*(two[n % 2].queue.probe(scopes, f"h{n}", 60) for n in range(8)))
    assert probed.count(True) == 1


async def test_two_intents_of_one_lease(two: tuple[Desk, Desk]) -> None:
    """A worker that was cancelled and tries again while its first call is still on its way."""
    for number in range(ROUNDS):
        lease = await two[0].leased(f"ZZ{number}")
        results = await asyncio.gather(two[0].intend(lease), two[1].intend(lease), return_exceptions=True)
        assert len([result for result in results if isinstance(result, RekeyError)]) == 1
        assert len(await two[0].queue.intents(lease.item.id)) == 1
    assert await two[0].queue.owner(SYSTEM, STEP, "C-1") is None


async def test_a_hold_that_came_while_a_save_waited_for_its_turn(
    two: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL: who notes that a save went wrong has the system's row, and a third save must not begin
    after that because none is in flight any more."""
    lease, begin = await two[0].leased("ZZ1"), brake.check_begin

    def waited(connection: sa.Connection, now: float, system: str, step: str, at_risk: int) -> None:
        guards.hold(connection, now, f"process:{PROCESS}", BRAKE, "noted meanwhile")
        begin(connection, now, system, step, at_risk)

    monkeypatch.setattr(brake, "check_begin", waited)
    with pytest.raises(Held):
        await two[0].intend(lease, at_risk=AT_RISK)
