"""Each guard of the protocol matters: the same mishap with the guard, and without it.

With the guard the council's own save log shows every case once and right; without it the log shows the
harm. The council accepts duplicates here, as many old systems do.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bots.engine.core.absence import Absence
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.points import Point
from bots.engine.keying import protocol
from bots.engine.keying.absences import Absences
from bots.engine.keying.task import Doubt
from bots.engine.screens import session as sessions
from bots.engine.settings import ROOT
from bots.engine.store.work import proofs
from bots.processes.missed_bins.steps import LogCase
from tests import staff
from tests.absent import absence_of
from tests.chaos.workers import struck_at
from tests.town import GUARDED, LEASE, PROCESS, Town, a_town, edit_map, rekeyed

Guard = AbstractContextManager[Any]


def twice(town: Town) -> int:
    """How many cases were saved again, by the council's log."""
    saved = Counter((s["uprn"], s["collection"], s["missed_on"]) for s in town.saves())
    return sum(count - 1 for count in saved.values())


async def handed_in(town: Town) -> None:
    await town.fault("accepts_duplicates")
    async with rekeyed(town) as rekey:
        await town.reported(rekey)


# ---- intent ---------------------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.parametrize("guarded", GUARDED)
async def test_intent(tmp_path: Path, guarded: bool) -> None:
    """The worker dies after the target saved, and the target's search lags behind.

    With the intent the item is in doubt and the empty search proves nothing. Without it (taken out of the
    store as if it had never been written) the item is simply new, and is keyed again.
    """
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        await struck_at(town.settings(), Point.ANSWERED, "KILL")
        await town.fault("search_lags", value=1000)
        async with rekeyed(town) as rekey:
            if not guarded:
                await _forget_intents(rekey.queue)
            await rekey.work(PROCESS, sessions=1)
            doubtful = await rekey.queue.items(PROCESS, [State.IN_DOUBT])
        assert twice(town) == (0 if guarded else 1)
        assert len(doubtful) == (1 if guarded else 0)


async def _forget_intents(queue: Any) -> None:
    from bots.engine.store.database.tables import intents

    await queue._database.run(lambda c: c.execute(intents.delete()))


# ---- fencing --------------------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.parametrize("guarded", GUARDED)
async def test_fencing(tmp_path: Path, guarded: bool) -> None:
    """A worker is held up before its intent, its lease runs out, another worker keys the item."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        first = held_up_at(Point.READ_BACK, lambda: another_worker(town))
        without = _fence_open() if not guarded else nullcontext()
        async with rekeyed(town, on_point=first) as rekey:
            with without:
                await rekey.work(PROCESS, sessions=1, max_items=1)
        assert twice(town) == (0 if guarded else 1)


# ---- one of a case --------------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.parametrize("guarded", GUARDED)
async def test_one_of_a_case(tmp_path: Path, guarded: bool) -> None:
    """Two residents report one bin, and the target takes it twice. A worker looked and saw nothing; before
    its intent another worker keys the other report."""
    async with a_town(tmp_path, items=50) as town:
        await handed_in(town)
        async with rekeyed(town) as rekey:
            await _only_the_pair(town, rekey.queue)
        meanwhile = held_up_at(Point.READ_BACK, lambda: another_worker(town, patience=0.0))
        without = _nothing_unseen() if not guarded else nullcontext()
        async with rekeyed(town, on_point=meanwhile, lease_seconds=60.0) as rekey:
            with without:
                await rekey.work(PROCESS, sessions=1, max_items=1)
            counts = await rekey.queue.counts(PROCESS)
        assert twice(town) == (0 if guarded else 1)
        assert counts[State.DONE] == (1 if guarded else 2)


async def _only_the_pair(town: Town, queue: Any) -> None:
    pair = {number for number, answer in town.answers().items() if "pair" in answer}
    for item in await queue.items(PROCESS, [State.NEW], limit=1000):
        if item.reference not in pair:
            await staff.defer(queue, item.id, "test", "not this one", 1e6)


def _nothing_unseen() -> Guard:
    return patch.object(proofs, "_saved_unseen", lambda *_: False)


def _fence_open() -> Guard:
    """The conditional update without its condition on the token, the lease and the state."""
    import sqlalchemy as sa

    from bots.engine.store.database import tables as t

    anyone = sa.update(t.items).where(
        t.items.c.id == sa.bindparam("item"),
        sa.or_(
            sa.bindparam("mine", type_=sa.Integer) == sa.bindparam("mine", type_=sa.Integer),
            sa.bindparam("mark") == "",
            sa.bindparam("until", type_=sa.Float) == 0,
        ),
    )
    lax = anyone.values(updated=sa.bindparam("at")).returning(*proofs.SHOWN)

    async def extend(self: Any, lease: Any, seconds: float) -> Any:
        return lease

    return _both(
        patch.object(proofs, "_FENCED", lax), patch("bots.engine.store.work.queue.SqlQueue.extend", extend)
    )


# ---- deadline -------------------------------------------------------------------------------
@pytest.mark.parametrize("guarded", GUARDED)
async def test_deadline(tmp_path: Path, guarded: bool) -> None:
    """A worker is held up between its intent and the click, for longer than the intent allows."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        pause = held_up_at(Point.FIRING, lambda: time.sleep(2.0))
        without = _no_deadline() if not guarded else nullcontext()
        async with rekeyed(town, on_point=pause) as rekey:
            with without:
                await rekey.work(PROCESS, sessions=1, max_items=1)
            found = [(i, await rekey.queue.intents(i.id)) for i in await rekey.queue.items(PROCESS)]
            item, intent = next((item, intents[0]) for item, intents in found if intents)
        late = [s for s in town.saves() if datetime.fromisoformat(s["at"]).timestamp() > intent.deadline]
        assert len(late) == (0 if guarded else 1)
        if guarded:
            assert intent.status is IntentStatus.REFUSED
            assert item.state is State.NEW, "nothing was saved, so it may be keyed again"


def _no_deadline() -> Guard:
    real = sessions.commit.fire

    async def fire(session: Any, action: str, permit: Any) -> Any:
        return await real(session, action, replace(permit, deadline=9e9, monotonic_deadline=9e9))

    return patch.object(sessions.commit, "fire", fire)


# ---- send once ------------------------------------------------------------------------------
@pytest.mark.parametrize("guarded", GUARDED)
async def test_send_once(tmp_path: Path, guarded: bool) -> None:
    """The target saves and cuts the reused connection: Chromium by itself sends the request again."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        settings = town.settings()
        if not guarded:
            edit_map(settings.root, "waste/system.yaml", "sessions:", "gate: no\nsessions:")
        async with rekeyed(town) as rekey:
            await rekey.work(PROCESS, sessions=1, max_items=2)
            await town.fault("cut_after_save", times=1)
            await rekey.work(PROCESS, sessions=1)
        assert twice(town) == (0 if guarded else 1)


async def test_a_misspelt_request_does_not_open_the_gate(tmp_path: Path) -> None:
    """The map names another address than the one that saves: nothing is sent, and it is said."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        edit_map(
            town.settings().root, "waste/new_case.yaml", "POST, path: /cases/new", "POST, path: /cases/new/"
        )
        await town.fault("cut_after_save", times=1)
        async with rekeyed(town) as rekey:
            summary = await rekey.work(PROCESS, sessions=1, max_items=1)
            counts = await rekey.queue.counts(PROCESS)
        assert not town.saves()
        assert "POST /cases/new" in summary.stopped
        assert counts[State.IN_DOUBT] == counts[State.EXCEPTION] == 0, "nothing left, so nobody need look"


async def test_only_a_commit_may_save(tmp_path: Path) -> None:
    """An action whose map forgot to say that it saves finds the gate shut."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        root = town.settings().root
        edit_map(root, "waste/new_case.yaml", "  save:", "  look:\n    find: [{name: btnSave}]\n  save:")
        async with rekeyed(town) as rekey:
            with patch.object(LogCase, "key", _press_save):
                await rekey.work(PROCESS, sessions=1, max_items=1)
        assert not town.saves()


_key = LogCase.key


async def _press_save(self: LogCase, screens: Any, record: Any) -> None:
    await _key(self, screens, record)
    await screens.view.frame.evaluate("window.confirm = () => true")
    await screens.act("look")


# ---- look first -----------------------------------------------------------------------------
@pytest.mark.parametrize("guarded", GUARDED)
async def test_look_first(tmp_path: Path, guarded: bool) -> None:
    """A clerk has keyed the case already."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        await town.ask("/clerk", numbers=town.good()[:3])
        without = nullcontext() if guarded else patch.object(protocol.Keying, "_look", _see_nothing)
        async with rekeyed(town) as rekey:
            with without:
                summary = await rekey.work(PROCESS, sessions=1)
        assert twice(town) == (0 if guarded else 3)
        assert summary.adopted == (3 if guarded else 0)


async def _see_nothing(*_: Any) -> Sequence[str]:
    return ()


# ---- read back ------------------------------------------------------------------------------
@pytest.mark.parametrize("guarded", GUARDED)
async def test_read_back(tmp_path: Path, guarded: bool) -> None:
    """The screen puts a field back after it was filled, as postbacks do."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        await town.fault("changed_default")
        without = nullcontext() if guarded else _blind()
        async with rekeyed(town) as rekey:
            with without:
                await rekey.work(PROCESS, sessions=1, max_items=1)
            codes = {i.code for i in await rekey.queue.items(PROCESS) if i.code}
        wrong = [save for save in town.saves() if save["priority"]]
        assert len(wrong) == (0 if guarded else 1)
        assert ("read-back-differs" in codes) == guarded


def _blind() -> Guard:
    return _both(
        patch.object(sessions, "check_read_back", lambda *_: None),
        patch.object(protocol, "differences", lambda *_: []),
    )


# ---- the proof of absence -------------------------------------------------------------------
@pytest.mark.long
@pytest.mark.parametrize("guarded", GUARDED)
async def test_an_empty_search_proves_nothing(tmp_path: Path, guarded: bool) -> None:
    """A case was saved, its item is in doubt, and the target's search shows nothing at all; its list does."""
    async with a_town(tmp_path, items=6) as town:
        await handed_in(town)
        await struck_at(town.settings(), Point.ANSWERED, "KILL")
        await town.fault("search_empty")
        without = nullcontext() if guarded else patch.object(Absences, "prove", _believe)
        async with rekeyed(town) as rekey:
            with without:
                summary = await rekey.work(PROCESS, sessions=1)
        assert twice(town) == (0 if guarded else 1)
        assert summary.adopted == (1 if guarded else 0)


async def _believe(_: Absences, doubt: Doubt) -> Absence:
    return absence_of(doubt.intent)


# ---- helpers --------------------------------------------------------------------------------
def held_up_at(point: Point, what: Callable[[], object]) -> Callable[[Point], None]:
    """A hook that blocks the whole worker once, as a frozen machine would."""
    left = [what]

    def hook(reached: Point) -> None:
        if reached is point and left:
            left.pop()()

    return hook


def another_worker(town: Town, patience: float = LEASE + 0.2) -> None:
    """Wait for the held-up worker's lease to run out and let a second worker do everything."""
    file = town.folder / "second.json"
    file.write_text(town.settings().model_dump_json(), encoding="utf-8")
    time.sleep(patience)
    subprocess.run([sys.executable, "-m", "tests.chaos.worker", str(file)], cwd=ROOT, check=True, timeout=120)


class _both(AbstractContextManager[Any]):
    def __init__(self, *contexts: Any) -> None:
        self._contexts = contexts

    def __enter__(self) -> None:
        for context in self._contexts:
            context.__enter__()

    def __exit__(self, *_: Any) -> None:
        for context in self._contexts:
            context.__exit__(None, None, None)
