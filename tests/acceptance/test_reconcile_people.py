"""What people decided, and what nobody knows yet, is no false alarm and hides none."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from bots.engine.core.item import State, WorkItem
from bots.engine.core.summary import Reconciliation, Why
from tests import staff
from tests.acceptance.stand_in import PATIENCE
from tests.town import PROCESS, Town, a_town, rekeyed


async def test_what_people_decided_and_what_is_in_doubt(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=10) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        first, second, third, last = (await _good(town, rekey))[:4]
        for item in await rekey.queue.items(PROCESS, [State.NEW]):
            if item.id != first.id:
                await staff.defer(rekey.queue, item.id, "test", "comes later", 3600)
        await _keyed(rekey, first)
        [clerks] = (await town.ask("/clerk", numbers=[second.reference]))["keyed"]
        why = "keyed by hand"
        await staff.withdraw(rekey.queue, second.id, "person/sample", why, clerks["reference"])
        await staff.withdraw(rekey.queue, third.id, "person/sample", why, "W-000077")
        await _in_doubt(town, rekey, last)
        result = await rekey.reconcile(PROCESS)
        assert [(one.item, one.why) for one in result.missing] == [(third.id, Why.GONE)]
        assert _rest(result) == []
        assert (result.in_doubt, result.waiting, result.in_target) == (1, 1, 2)


async def _keyed(rekey: Any, item: WorkItem) -> None:
    """On a machine with too much to do the quick screens of a test may be late, and the bot tries again."""
    async with asyncio.timeout(PATIENCE):
        while (await rekey.queue.item(item.id)).state is not State.DONE:
            await rekey.work(PROCESS, sessions=1)
            await asyncio.sleep(0.1)


async def _good(town: Town, rekey: Any) -> list[WorkItem]:
    return [item for item in await rekey.queue.items(PROCESS) if item.reference in town.good()]


async def _in_doubt(town: Town, rekey: Any, item: WorkItem) -> None:
    """Saved, and nobody heard of it."""
    await staff.defer(rekey.queue, item.id, "test", "now", 0)
    await town.fault("cut_after_save", times=1)
    await rekey.work(PROCESS, sessions=1, max_items=1)
    assert (await rekey.queue.counts(PROCESS))[State.IN_DOUBT] == 1


def _rest(result: Reconciliation) -> list[Any]:
    return [*result.twice, *result.different, *result.unknown]
