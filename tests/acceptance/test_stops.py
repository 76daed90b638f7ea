"""What stops work before anything is wrong: holds, sign-ins, environments, a stop that is asked for."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from bots.assembly.worker import Rekey
from bots.engine.core.errors import BusinessException, ConfigurationError, SystemClosed, SystemException
from bots.engine.core.item import State, WorkItem
from bots.engine.core.summary import Progress
from bots.engine.credentials import Credentials
from bots.engine.screens import asking
from tests import staff
from tests.town import PROCESS, Town, a_town, edit_map, rekeyed


async def read(town: Town) -> None:
    async with rekeyed(town) as rekey:
        await town.reported(rekey)


@pytest.mark.parametrize(
    "scope", ["all", f"process:{PROCESS}", pytest.param("system:waste", marks=pytest.mark.long)]
)
async def test_held(tmp_path: Path, scope: str) -> None:
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.queue.hold(scope, "person/sample", "the system is being upgraded")
        summary = await rekey.work(PROCESS)
        assert summary.taken == 0
        assert "held" in summary.stopped
        assert not town.saves()
        await rekey.queue.release(scope, "person/sample", "done")
        assert (await rekey.work(PROCESS)).done == 6


async def test_held_in_mid_run(tmp_path: Path) -> None:
    """A hold that comes while items are keyed: those in hand end, nothing new begins."""
    async with a_town(tmp_path, items=8) as town, rekeyed(town) as rekey:
        await town.reported(rekey)

        async def hold_after_two(progress: Progress) -> None:
            if progress.done == 2:
                await rekey.queue.hold("all", "person/sample", "stop now")

        summary = await rekey.work(PROCESS, sessions=1, on_progress=hold_after_two)
        assert summary.done == 2
        assert (await rekey.queue.counts(PROCESS))[State.IN_PROGRESS] == 0


async def test_stop_ends_after_the_item_in_hand(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=8) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        stop = asyncio.Event()

        async def ask(progress: Progress) -> None:
            stop.set()

        summary = await rekey.work(PROCESS, sessions=2, on_progress=ask, stop=stop)
        counts = await rekey.queue.counts(PROCESS)
        assert summary.stopped == "asked to stop"
        assert 1 <= summary.taken <= 2
        assert counts[State.IN_PROGRESS] == counts[State.IN_DOUBT] == 0


@pytest.mark.long
async def test_cancelled_in_the_middle(tmp_path: Path) -> None:
    """A task that is cancelled outright gives its item back, or leaves it in doubt: never in between."""
    async with a_town(tmp_path, items=8) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        begun = asyncio.Event()

        async def tell(progress: Progress) -> None:
            begun.set()

        run = asyncio.ensure_future(rekey.work(PROCESS, sessions=2, on_progress=tell))
        await begun.wait()
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
        assert (await rekey.queue.counts(PROCESS))[State.IN_PROGRESS] == 0
        await rekey.work(PROCESS)
        assert (await town.verdict(rekey)).clean


async def test_refused_sign_in_is_tried_once(tmp_path: Path) -> None:
    """Two runs with two sessions each: one try in all, because accounts lock."""
    async with a_town(tmp_path, items=6) as town:
        await read(town)
        settings = town.settings()
        account = json.loads((town.council / "accounts.json").read_text(encoding="utf-8"))["waste"]
        credentials = Credentials(settings)
        credentials.set("waste", account["username"], "not the password")
        for _ in range(2):
            async with rekeyed(town) as rekey:
                summary = await rekey.work(PROCESS, sessions=2)
            assert "refused" in summary.stopped
            assert "rekey credentials set waste" in summary.stopped
        # Two more wrong tries would have locked the account: the right password still works.
        credentials.set("waste", account["username"], account["password"])
        # Patient: a page that comes too late on a busy machine sends its item back for half a minute.
        async with rekeyed(town, patience=60.0) as rekey:
            await rekey.queue.allow_sign_in("waste", "person/sample")
            assert (await rekey.work(PROCESS)).done == 6
            attempts = {item.attempts for item in await rekey.queue.items(PROCESS, [State.DONE])}
            assert attempts == {1}, "a closed system is nobody's attempt"


async def test_live_system_under_a_test_store(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=6) as town:
        await read(town)
        await town.ask("/environment", app="waste", value="live")
        async with rekeyed(town) as rekey:
            summary = await rekey.work(PROCESS)
            assert "test system" in summary.stopped
            assert summary.done == 0
            assert (await rekey.queue.counts(PROCESS))[State.NEW] == 6
        assert not town.saves()


async def test_store_of_another_environment(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=6) as town:
        await read(town)
        with pytest.raises(ConfigurationError, match="belongs to test"):
            async with rekeyed(town, environment="live"):
                pass


async def test_no_credentials(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=6) as town:
        settings = town.settings()
        (settings.home / "keyring.cfg").unlink()
        async with rekeyed(town) as rekey:
            with pytest.raises(SystemClosed, match="rekey credentials set portal"):
                await rekey.intake(PROCESS)


async def test_session_that_ends_between_items(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        await town.reported(rekey)

        async def expire(progress: Progress) -> None:
            if progress.handled == 3:
                await town.ask("/sessions/expire", app="waste")

        await rekey.work(PROCESS, sessions=1, on_progress=expire)
        assert (await town.verdict(rekey)).clean


async def test_shadow_saves_nothing(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=10) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        shadow = await rekey.work(PROCESS, shadow=True)
        assert not town.saves()
        assert (await rekey.queue.counts(PROCESS))[State.NEW] == 10
        real = await rekey.work(PROCESS)
        assert (shadow.done, len(shadow.raised)) == (real.done, len(real.raised))
        assert (await town.verdict(rekey)).clean
        notes = json.loads(next((town.folder / "home" / "shadow").iterdir()).read_text(encoding="utf-8"))
        would = [n["steps"]["log-case"]["would_save"]["uprn"] for n in notes if "code" not in n]
        assert sorted(would) == sorted(save["uprn"] for save in town.saves())


async def test_no_more_than_were_asked_for(tmp_path: Path) -> None:
    """Several sessions ask the store at the same moment; the first day of a bot rests on this number."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        summary = await rekey.work(PROCESS, sessions=3, max_items=2)
        assert summary.taken == 2
        assert len(town.saves()) <= 2


async def test_changed_at_the_source(tmp_path: Path) -> None:
    """A case that is done is shown with other data: a person is told, and both are shown."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        await town.reported(rekey)
        await rekey.work(PROCESS, sessions=1, max_items=2)
        done = await rekey.queue.items(PROCESS, [State.DONE])
        item = next(i for i in done if i.reference in town.good())
        with closing(sqlite3.connect(town.council / "portal.db")) as portal, portal:
            change = "UPDATE submissions SET notes = 'another wording' WHERE number = ?"
            portal.execute(change, (item.reference,))
        summary = await rekey.intake(PROCESS)
        assert (summary.added, summary.changed) == (0, 1)
        found = await rekey.queue.item(item.id)
        assert found is not None
        assert (found.state, found.code) == (State.EXCEPTION, "changed-at-source")
        assert found.detail["held"] == dict(item.data)
        assert found.detail["source"] == dict(item.data) | {"notes": "another wording"}
        assert (await rekey.intake(PROCESS)).changed == 0, "told once"


async def _in_doubt(town: Town, rekey: Rekey) -> WorkItem:
    """An item whose save was cut off, kept in doubt by a search and a list that do not show it."""
    await town.reported(rekey)
    await rekey.work(PROCESS, sessions=1, max_items=1)
    await town.fault("cut_after_save", times=1)
    for late in ("search_lags", "list_lags"):
        await town.fault(late, value=1)
    await rekey.work(PROCESS, sessions=1, max_items=1)
    return (await rekey.queue.items(PROCESS, [State.IN_DOUBT]))[0]


async def _decided(rekey: Rekey, item: str, reference: str) -> WorkItem:
    """Decide as soon as the store allows it, and let a worker go on."""
    async with asyncio.timeout(20):
        while True:
            try:
                await staff.decide(rekey.queue, item, "person/sample", "I looked", reference)
                break
            except BusinessException as refusal:
                if refusal.code != "too-early":
                    raise
                await asyncio.sleep(0.1)
    await rekey.work(PROCESS, sessions=1)
    found = await rekey.queue.item(item)
    assert found is not None
    return found


async def test_a_right_decision_is_read_again(tmp_path: Path) -> None:
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        item = await _in_doubt(town, rekey)
        await town.mend()
        found = await _decided(rekey, item.id, town.saves()[-1]["reference"])
        assert found.state is State.DONE
        receipt = next(r for r in await rekey.queue.receipts(PROCESS) if r.item == item.id)
        assert receipt.proven
        assert (await town.verdict(rekey)).clean


@pytest.mark.long
@pytest.mark.parametrize("named", ["w-000002", pytest.param("W-999999", marks=pytest.mark.long)])
async def test_a_wrong_decision_is_noticed(tmp_path: Path, named: str) -> None:
    """A mistyped reference is nobody's proof: the item goes back to people, and can be keyed right."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        item = await _in_doubt(town, rekey)
        await town.mend()
        found = await _decided(rekey, item.id, named)
        assert (found.state, found.code) == (State.EXCEPTION, "decided-wrongly")
        await staff.retry(rekey.queue, item.id, "person/sample", "a typing mistake")
        await rekey.work(PROCESS, sessions=1)
        assert (await town.verdict(rekey)).clean


async def test_a_missing_page_is_noticed(tmp_path: Path) -> None:
    """The inbox's link to its next page is not found any more: nothing passes for the whole."""
    async with a_town(tmp_path, items=30) as town:
        edit_map(town.settings().root, "portal/inbox.yaml", "name: Next page", "name: Following page")
        async with rekeyed(town) as rekey:
            with pytest.raises(SystemException, match="does not show all of its rows"):
                await rekey.intake(PROCESS)


async def test_one_unreadable_report(tmp_path: Path) -> None:
    """The others are queued, and the intake says that one is missing until it can be read."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town) as rekey:
        number = list(town.answers())[4]
        await town.fault("error_500", app="portal", match={"path": f"/staff/submissions/{number}"})
        first = await rekey.intake(PROCESS)
        assert (first.source, first.added, first.unread) == (6, 5, 1)
        await town.mend()
        second = await rekey.intake(PROCESS)
        assert (second.added, second.same, second.unread) == (1, 5, 0)


async def test_a_page_that_hangs_is_left(tmp_path: Path) -> None:
    """A busy page does not hold its item for ever."""
    async with a_town(tmp_path, items=6) as town, rekeyed(town, patience=0.0) as rekey:
        await town.reported(rekey)
        with patch.object(asking, "_ANSWER_WITHIN", 0.0):
            summary = await rekey.work(PROCESS, sessions=1, max_items=1)
        assert summary.done == 0
        assert (await rekey.queue.counts(PROCESS))[State.IN_PROGRESS] == 0
        assert not town.saves()
