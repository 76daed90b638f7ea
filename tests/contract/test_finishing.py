"""Ending a lease: the store has the last word on what may be called done."""

from __future__ import annotations

import pytest

from bots.engine.core.item import Kind, State

from .desk import LEASE, PROCESS, STEP, Desk

OTHERS = (State.NEW, State.DONE, State.EXCEPTION, State.AWAITING_APPROVAL)


@pytest.mark.parametrize("asked", OTHERS)
async def test_an_open_intent_forces_in_doubt(desk: Desk, asked: State) -> None:
    lease = await desk.leased()
    await desk.intend(lease)
    assert await desk.end(lease, asked, kind=Kind.SYSTEM, code="timed-out") is State.IN_DOUBT
    held = await desk.look(lease.item.id)
    assert (held.state, held.code) == (State.IN_DOUBT, "timed-out")


async def test_in_doubt_wants_an_open_intent(desk: Desk) -> None:
    lease = await desk.leased()
    with pytest.raises(ValueError, match="no open intent"):
        await desk.end(lease, State.IN_DOUBT)
    assert await desk.state(lease.item.id) is State.IN_PROGRESS


async def test_done_wants_every_receipt(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    with pytest.raises(ValueError, match="letter"):
        await desk.end(lease, State.DONE, steps=(STEP, "letter"))
    assert await desk.state(lease.item.id) is State.IN_PROGRESS
    await desk.keyed(lease, "L-1", step="letter")
    assert await desk.end(lease, State.DONE, steps=(STEP, "letter")) is State.DONE
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None


@pytest.mark.parametrize("state", [State.IN_PROGRESS, State.WITHDRAWN])
async def test_a_worker_cannot_end_a_lease_so(desk: Desk, state: State) -> None:
    """In progress without a lease would never be taken again; only a person withdraws."""
    lease = await desk.leased()
    with pytest.raises(ValueError, match="cannot end"):
        await desk.end(lease, state)
    assert await desk.end(lease, State.NEW) is State.NEW


async def test_an_exception_says_why(desk: Desk) -> None:
    lease = await desk.leased()
    why = {"kind": Kind.BUSINESS, "code": "property-not-found", "sentence": "No.", "detail": {"uprn": "100"}}
    assert await desk.end(lease, State.EXCEPTION, **why) is State.EXCEPTION
    held = await desk.look(lease.item.id)
    assert (held.kind, held.code, held.sentence, held.detail) == tuple(why.values())
    assert await desk.queue.reasons(PROCESS) == {"property-not-found": 1}


async def test_a_retry_by_policy_waits_and_counts(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.end(lease, State.NEW, kind=Kind.SYSTEM, code="timed-out", delay=30)
    assert await desk.queue.take(PROCESS, "w1", LEASE) is None
    desk.clock.forward(30)
    assert (await desk.take()).item.attempts == 2


async def test_an_attempt_that_does_not_count(desk: Desk) -> None:
    lease = await desk.leased()
    await desk.end(lease, State.NEW, code="held", count_attempt=False)
    assert (await desk.look(lease.item.id)).attempts == 0
    assert (await desk.take()).item.attempts == 1
