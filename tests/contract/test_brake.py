"""The brake: what counts, what is held, what lets go by itself, and what only a person lets go."""

from __future__ import annotations

import pytest

from bots.engine.core.brake import AT_RISK, BRAKE, LONGEST, OVERCOME, SIGN_IN, STOPS, Seen, Trouble
from bots.engine.core.errors import Crowded, Held
from bots.engine.core.item import Ending, IntentStatus, Lease, State
from bots.engine.core.queue import scopes_of
from tests import staff
from tests.absent import absence_of

from .desk import LEASE, PROCESS, SECOND, SETTLE, STEP, SYSTEM, WINDOW, Desk, row

SCOPES = scopes_of(PROCESS, SYSTEM)
MINE = f"process:{PROCESS}"


def seen(desk: Desk, kind: Trouble = Trouble.STOP, **more: object) -> Seen:
    place = "new_case" if kind is Trouble.STOP else STEP
    given = {"code": "timed-out", "system": SYSTEM, "place": place, "began": desk.clock.now} | more
    return Seen(kind=kind, **given)  # type: ignore[arg-type]


async def stopped(desk: Desk, lease: Lease, **more: object) -> State:
    """An item meets a stop, a moment after everything before it."""
    trouble = seen(desk, **more)  # type: ignore[arg-type]
    desk.clock.forward(1)
    ending = Ending(state=State.EXCEPTION, code=trouble.code, sentence="It stopped.", trouble=trouble)
    return await desk.queue.finish(lease, ending, (STEP,))


async def braked(desk: Desk, **more: object) -> None:
    """Held because of a stop."""
    for number in range(STOPS):
        await stopped(desk, await desk.leased(f"stopped-{number}"), **more)


async def in_doubt(desk: Desk, reference: str, kind: Trouble = Trouble.DOUBT) -> Lease:
    lease = await desk.leased(reference)
    await desk.intend(lease, at_risk=AT_RISK)
    trouble = seen(desk, kind, code="no-outcome")
    assert await desk.queue.finish(lease, Ending(state=State.IN_DOUBT, trouble=trouble), (STEP,))
    return lease


async def adopted(desk: Desk) -> None:
    """One doubt after the other turns out to be in the target as it was meant."""
    desk.clock.forward(WINDOW + SETTLE)
    lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    assert lease is not None
    await desk.receipt(lease, f"C-{lease.item.reference}", lease.intent, adopted=True)
    await desk.end(lease, State.DONE)


async def held(desk: Desk) -> list[str]:
    return [one.scope for one in await desk.queue.holds()]


# ---- before a save ------------------------------------------------------------------------------
async def test_so_many_may_save_at_once_as_may_go_wrong(desk: Desk) -> None:
    first, second, third = [await desk.leased(f"ZZ{n}") for n in range(3)]
    await desk.intend(first, at_risk=2)
    await desk.intend(second, at_risk=2)
    with pytest.raises(Crowded):
        await desk.intend(third, at_risk=2)
    await desk.intend(third, step=SECOND, system="post", at_risk=2)
    fourth = await desk.leased("ZZ4")
    intent = (await desk.queue.intents(first.item.id))[0]
    await desk.receipt(first, "C-100", intent)
    await desk.intend(fourth, at_risk=2)


async def test_a_dead_workers_save_is_at_risk_no_longer_than_its_lease(desk: Desk) -> None:
    for number in range(2):
        await desk.intend(await desk.leased(f"ZZ{number}"), at_risk=2)
    desk.clock.forward(LEASE)
    await desk.intend(await desk.leased("ZZ9"), at_risk=2)


async def test_what_is_looked_up_now_is_not_at_risk(desk: Desk) -> None:
    await desk.doubtful("ZZ1")
    desk.clock.forward(WINDOW + SETTLE)
    assert await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
    await desk.intend(await desk.leased("ZZ2"), at_risk=1)


async def test_what_was_saved_differently_leaves_room_for_fewer(desk: Desk) -> None:
    await in_doubt(desk, "ZZ1", Trouble.CHANGED)
    await desk.intend(await desk.leased("ZZ2"), at_risk=AT_RISK)
    with pytest.raises(Crowded):
        await desk.intend(await desk.leased("ZZ3"), at_risk=AT_RISK)


# ---- saved differently --------------------------------------------------------------------------
async def test_what_was_saved_differently_is_a_persons(desk: Desk) -> None:
    for number in range(AT_RISK):
        await in_doubt(desk, f"ZZ{number}", Trouble.CHANGED)
    [hold] = await desk.queue.holds()
    assert hold.cause is not None
    assert (hold.scope, hold.who, hold.cause.count) == (MINE, BRAKE, AT_RISK)
    assert (hold.cause.kind, hold.cause.system, hold.cause.place) == (Trouble.CHANGED, SYSTEM, STEP)
    with pytest.raises(Held):
        await desk.intend(await desk.leased("ZZ9"), at_risk=AT_RISK)
    for _ in range(AT_RISK):
        await adopted(desk)
    assert await held(desk) == [MINE]
    assert not await desk.queue.probe(SCOPES, "w", 60)
    assert await desk.queue.release(MINE, "person/ann", "it was put right") == 1
    await desk.intend(await desk.leased("ZZ10"), at_risk=AT_RISK)


async def test_a_release_sees_to_what_made_it(desk: Desk) -> None:
    for number in range(AT_RISK):
        await in_doubt(desk, f"ZZ{number}", Trouble.CHANGED)
    await desk.queue.release(MINE, "person/ann", "known")
    await in_doubt(desk, "ZZ9", Trouble.CHANGED)
    assert await held(desk) == []


# ---- in doubt -----------------------------------------------------------------------------------
async def test_doubts_let_go_when_all_of_them_were_right(desk: Desk) -> None:
    for number in range(AT_RISK):
        await in_doubt(desk, f"ZZ{number}")
    assert await held(desk) == [], "one blip takes all that is at risk"
    await in_doubt(desk, "ZZ9")
    assert await held(desk) == [MINE]
    for number in range(AT_RISK + 1):
        assert await held(desk) == [MINE], number
        await adopted(desk)
    assert await held(desk) == []


@pytest.mark.parametrize("by_a_person", [True, False])
async def test_doubts_that_are_not_there_are_a_persons(desk: Desk, by_a_person: bool) -> None:
    for number in range(AT_RISK + 1):
        await in_doubt(desk, f"ZZ{number}")
    desk.clock.forward(WINDOW + SETTLE)
    for item in await desk.queue.items(PROCESS, [State.IN_DOUBT]):
        if by_a_person:
            await staff.decide(desk.queue, item.id, "person/ann", "I looked", None)
            continue
        lease = await desk.queue.take_in_doubt(PROCESS, "w2", LEASE)
        assert lease is not None
        assert lease.intent is not None
        await desk.queue.close_intent(
            lease, lease.intent, IntentStatus.ABSENT, "not there", absence_of(lease.intent)
        )
        await desk.end(lease, State.NEW)
    assert await held(desk) == [MINE]


async def test_a_persons_word_settles_a_doubt(desk: Desk) -> None:
    for number in range(AT_RISK + 1):
        await in_doubt(desk, f"ZZ{number}")
    desk.clock.forward(WINDOW + SETTLE)
    for number, item in enumerate(await desk.queue.items(PROCESS, [State.IN_DOUBT])):
        await staff.decide(desk.queue, item.id, "person/ann", "I looked", f"C-{number}")
    assert await held(desk) == []


async def test_old_doubts_are_overcome_by_right_saves(desk: Desk) -> None:
    for number in range(AT_RISK):
        await in_doubt(desk, f"ZZ{number}")
    for number in range(OVERCOME):
        await desk.done(f"good-{number}", f"C-{number}")
    for number in range(AT_RISK):
        await in_doubt(desk, f"later-{number}")
    assert await held(desk) == []


async def test_a_second_step_that_goes_wrong_holds_the_system(desk: Desk) -> None:
    for number in range(AT_RISK):
        await in_doubt(desk, f"ZZ{number}", Trouble.CHANGED)
    for number in range(AT_RISK):
        lease = await desk.leased(f"other-{number}")
        trouble = seen(desk, Trouble.CHANGED, place="another")
        await desk.queue.finish(lease, Ending(state=State.EXCEPTION, trouble=trouble), (STEP,))
    assert await held(desk) == [MINE, f"system:{SYSTEM}"]


# ---- stops --------------------------------------------------------------------------------------
async def test_the_same_stop_again_and_again_holds_the_process(desk: Desk) -> None:
    await stopped(desk, await desk.leased("other"), code="another")
    await stopped(desk, await desk.leased("elsewhere"), place="search")
    await braked(desk)
    [hold] = await desk.queue.holds()
    assert (hold.scope, hold.who) == (MINE, BRAKE)
    assert "timed-out" in hold.why
    assert hold.cause is not None
    assert hold.cause.count == STOPS


async def test_where_nobody_can_sign_in_the_system_is_held(desk: Desk) -> None:
    await braked(desk, place=SIGN_IN)
    assert await held(desk) == [f"system:{SYSTEM}"]


async def test_one_item_counts_once(desk: Desk) -> None:
    item = await desk.add("ZZ1")
    for _ in range(2 * STOPS):
        await stopped(desk, await desk.take())
        await staff.retry(desk.queue, item, "person/ann", "again")
    assert await held(desk) == []


async def test_what_was_in_flight_together_counts_once(desk: Desk) -> None:
    """And again when all of it is tried again together."""
    leases = [await desk.leased(f"ZZ{number}") for number in range(8)]
    for round_ in range(STOPS):
        began = desk.clock.now
        for lease in leases:
            await stopped(desk, lease, began=began)
        if round_ < STOPS - 1:
            assert await held(desk) == [], f"round {round_}"
            for lease in leases:
                await staff.retry(desk.queue, lease.item.id, "person/ann", "again")
            leases = [await desk.take() for _ in leases]
    assert await held(desk) == [MINE]


async def test_a_proof_counts_anew(desk: Desk) -> None:
    for number in range(STOPS - 1):
        await stopped(desk, await desk.leased(f"ZZ{number}"))
    await desk.done("good")
    await stopped(desk, await desk.leased("later"))
    assert await held(desk) == []


async def test_what_stops_everything_is_not_the_items_fault(desk: Desk) -> None:
    await braked(desk)
    states = [(await desk.look(item.id)) for item in await desk.queue.items(PROCESS)]
    assert [one.state for one in states] == [State.EXCEPTION] * (STOPS - 1) + [State.NEW]
    assert states[-1].attempts == 0
    assert states[-1].not_before > desk.clock.now, "another one shows whether it is over"


# ---- probing ------------------------------------------------------------------------------------
async def test_a_probe_that_is_proven_lets_go(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    lease = await desk.leased("probe")
    assert not await desk.queue.probe(SCOPES, "w1", 60), "too early"
    with pytest.raises(Held):
        await desk.intend(lease)
    desk.clock.forward(30)
    assert await desk.queue.probe(SCOPES, "w1", 60)
    assert not await desk.queue.probe(SCOPES, "w2", 60), "one probes"
    await desk.keyed(lease, "C-100")
    assert await held(desk) == []


async def test_a_probe_that_meets_it_again_waits_longer(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    for wait in (30.0, 60.0, 120.0):
        desk.clock.forward(wait - 1)
        assert not await desk.queue.probe(SCOPES, "w1", 60)
        desk.clock.forward(1)
        assert await desk.queue.probe(SCOPES, "w1", 60)
        await desk.add(f"probe-{wait}")
        assert await stopped(desk, await desk.take()) is State.NEW, "it is spared"
    for _ in range(10):
        desk.clock.forward(LONGEST * 30)
        assert await desk.queue.probe(SCOPES, "w1", 60), "never longer than that"
        await desk.add(f"more-{desk.clock.now}")
        await stopped(desk, await desk.take())


async def test_a_probe_that_tells_nothing_is_followed_by_the_next(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    desk.clock.forward(30)
    assert await desk.queue.probe(SCOPES, "w1", 60)
    await desk.failed(await desk.leased("unknown"))
    assert await desk.queue.probe(SCOPES, "w2", 60)
    await desk.queue.end_probe("w2")
    assert await desk.queue.probe(SCOPES, "w3", 60), "there was nothing to take"


async def test_a_prober_that_died_is_followed_by_another(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    desk.clock.forward(30)
    assert await desk.queue.probe(SCOPES, "w1", 600)
    desk.clock.forward(599)
    assert not await desk.queue.probe(SCOPES, "w2", 600)
    desk.clock.forward(1)
    assert await desk.queue.probe(SCOPES, "w2", 600)


async def test_a_clock_that_was_set_back_does_not_put_probes_off(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    desk.clock.forward(-86_400)
    assert await desk.queue.probe(SCOPES, "w1", 60)


async def test_what_a_person_holds_is_not_probed(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    await desk.queue.hold(f"system:{SYSTEM}", "person/ann", "maintenance")
    desk.clock.forward(30)
    assert not await desk.queue.probe(SCOPES, "w1", 60)
    assert not await desk.queue.probe(scopes_of("other", "post"), "w1", 60), "nothing is held there"


async def test_a_person_releases_a_stop_and_it_counts_anew(desk: Desk) -> None:
    await braked(desk)
    assert await desk.queue.release(MINE, "person/ann", "the map was mended") == 1
    await stopped(desk, await desk.leased("later"))
    assert await held(desk) == []


# ---- nothing is held for what nobody can put right ----------------------------------------------
async def stopped_elsewhere(desk: Desk) -> str:
    """An item of another process meets what holds this one."""
    [(_outcome, item)] = await desk.hand_in(row("elsewhere"), process="other")
    lease = await desk.queue.take("other", "w9", LEASE)
    assert lease is not None
    await stopped(desk, lease)
    return item


async def test_a_release_of_the_system_lets_go_what_it_saw_to(desk: Desk) -> None:
    await braked(desk)
    await desk.queue.hold(f"system:{SYSTEM}", "person/ann", "maintenance")
    await desk.queue.release(f"system:{SYSTEM}", "person/ann", "mended")
    assert await held(desk) == []


async def test_a_proof_lets_its_own_process_go(desk: Desk) -> None:
    await braked(desk, wait=30.0)
    await stopped_elsewhere(desk)
    assert sorted(await held(desk)) == [MINE, "process:other"]
    desk.clock.forward(30)
    assert await desk.queue.probe(SCOPES, "w1", 60)
    await desk.done("probe")
    assert await held(desk) == ["process:other"]


@pytest.mark.parametrize("way", ["withdraw", "send_back"])
async def test_an_item_that_a_person_closes_holds_nothing_any_more(desk: Desk, way: str) -> None:
    await braked(desk)
    item = await stopped_elsewhere(desk)
    await getattr(staff, way)(desk.queue, item, "person/ann", "not needed")
    assert await held(desk) == [MINE]


async def test_a_clock_that_was_set_back_does_not_put_stops_off(desk: Desk) -> None:
    await stopped(desk, await desk.leased("before"))
    desk.clock.forward(-86_400)
    for number in range(STOPS):
        await stopped(desk, await desk.leased(f"after-{number}"))
    assert await held(desk) == [MINE]


async def test_a_limit_that_was_lowered_leaves_one_turn(desk: Desk) -> None:
    await in_doubt(desk, "ZZ1", Trouble.CHANGED)
    await desk.intend(await desk.leased("ZZ2"), at_risk=1)
    with pytest.raises(Crowded):
        await desk.intend(await desk.leased("ZZ3"), at_risk=1)
