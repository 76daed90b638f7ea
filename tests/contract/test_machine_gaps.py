"""What the machine, or writing it, showed that the queue allowed and should not."""

from __future__ import annotations

import pytest

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from tests import staff

from .desk import PROCESS, STEP, Desk


async def test_a_proof_is_not_rewritten(desk: Desk) -> None:
    """What the target showed at the receipt is the proof; confirming is for a person's word."""
    lease = await desk.leased()
    kept = await desk.keyed(lease, "C-100")
    with pytest.raises(ValueError, match="person's word"):
        await desk.queue.confirm(lease, STEP, {"uprn": "999"})
    assert await desk.queue.receipts(PROCESS) == [kept]


async def test_a_proof_is_not_emptied_and_then_taken_back(desk: Desk) -> None:
    """Otherwise the step is committed a second time, although it was proved to be in the target."""
    lease = await desk.leased()
    await desk.keyed(lease, "C-100")
    with pytest.raises(ValueError, match="person's word"):
        await desk.queue.confirm(lease, STEP, {})


async def test_a_blank_reference_is_no_receipt(desk: Desk) -> None:
    item = await desk.add("ZZ1", code="no-uprn", sentence="No property.")
    with pytest.raises(BusinessException, match="no-reference"):
        await staff.withdraw(desk.queue, item, "bob", "keyed by hand", "  ")
    assert await desk.state(item) is State.EXCEPTION
