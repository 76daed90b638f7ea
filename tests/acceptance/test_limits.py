"""What a person allows a bot, with real screens: the first items one by one, and so much a day."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.item import State
from bots.engine.core.limits import Limits
from tests import staff
from tests.town import PROCESS, a_town, rekeyed


async def test_the_first_items_are_shown_to_a_person(tmp_path: Path) -> None:
    """Nothing is saved before he agreed; what the bot would save and a picture lie before him."""
    async with a_town(tmp_path) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.queue.set_limits(PROCESS, Limits(approve_first=2), "person/sample", "a new bot")
        summary = await rekey.work(PROCESS, sessions=2)
        waiting = await rekey.queue.items(PROCESS, [State.AWAITING_APPROVAL])
        assert not town.saves()
        assert [item.code for item in waiting] == ["first-items"] * 2
        assert "wait until a person has agreed" in summary.stopped
        for item in waiting:
            assert item.detail["would_save"]["reported_by"] == item.data["reported_by"]
            assert (town.settings().home / "evidence" / f"{item.detail['evidence']}.png").is_file()
            await staff.approve(rekey.queue, item.id, "person/sample", "it is right")
        await rekey.work(PROCESS, sessions=2)
        assert (await rekey.queue.counts(PROCESS))[State.NEW] == 0
        assert [(await rekey.queue.item(item.id)).state for item in waiting] == [State.DONE] * 2  # type: ignore[union-attr]
        assert (await town.verdict(rekey)).clean


@pytest.mark.long
async def test_a_day_has_an_end(tmp_path: Path) -> None:
    """Over all sessions exactly as many as are allowed; the rest is new and untouched."""
    async with a_town(tmp_path, items=24) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.queue.set_limits(PROCESS, Limits(daily_items=3), "person/sample", "at first")
        summary = await rekey.work(PROCESS, sessions=3)
        assert len(town.saves()) == 3
        assert summary.stopped == "The limit of 3 items a day is reached."
        counts = await rekey.queue.counts(PROCESS)
        assert counts[State.NEW] > 5
        assert counts[State.IN_DOUBT] == counts[State.IN_PROGRESS] == 0
        again = await rekey.work(PROCESS, sessions=3)
        assert again.keyed == 0
        await rekey.queue.set_limits(PROCESS, Limits(), "person/sample", "it does well")
        await rekey.work(PROCESS, sessions=3)
        assert (await town.verdict(rekey)).clean
