"""The watch goes on whatever fails, and says so; and its rules hold for any turn of events."""

from __future__ import annotations

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.assembly.alerts import addresses_of, watching
from bots.assembly.worker import open_rekey
from bots.engine.alerts import blind
from bots.engine.core.alert import DIGEST, HOUR, Matter, Message
from bots.engine.core.errors import SystemException
from bots.engine.settings import Settings
from bots.engine.store.alerts.ledger import Round
from bots.engine.store.alerts.store import StoreAlerts
from bots.engine.store.database.database import connect
from bots.engine.store.work.queue import SqlQueue
from tests.alarmed import Alarmed, alarmed
from tests.catchers import Hook, a_hook

from .conftest import sql_desk
from .desk import SYSTEM, Clock

SECRET = "Quillfeather"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Alarmed]:
    database = connect(f"sqlite:///{tmp_path / 'store.db'}")
    async with alarmed(await sql_desk(database, Clock()), database, tmp_path) as seen:
        yield seen
    await database.close()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with a_hook() as found:
        yield found


async def test_a_store_that_fails_is_said_once_and_told_without_it(told: Alarmed) -> None:
    said: list[str] = []
    facts = told.watch.store.facts

    async def fails(*_: object) -> object:
        raise SystemException("store-failed", "The store could not be used (disk full).")

    with patch.object(blind, "PATIENCE", 0.0), patch.object(told.watch.store, "facts", fails):
        task = asyncio.create_task(told.watch.run(said.append, every=0.01))
        await told.mail.took.wait()
    with patch.object(told.watch.store, "facts", facts):
        await told.desk.queue.hold(f"system:{SYSTEM}", "brake", "again")
        async with asyncio.timeout(30):
            while len(told.hook.came) < 2:
                told.hook.answered.clear()
                await told.hook.answered.wait()
    task.cancel()
    assert said == ["Nobody is told anything: The store could not be used (disk full)."]
    titles = [title.partition(": ")[2] for title in told.hook.titles]
    assert titles == ["Nobody is watching", "Rekey stopped work"], "told once, and then it goes on"


async def test_a_mistake_of_our_own_ends_nothing_and_quotes_nobody(told: Alarmed) -> None:
    said: list[str] = []
    twice = asyncio.Event()

    def left() -> dict[str, list[tuple[str, float]]]:
        if said:
            twice.set()
        raise ValueError(SECRET)

    told.watch.left = left
    task = asyncio.create_task(told.watch.run(said.append, every=0.01))
    await twice.wait()
    task.cancel()
    [sentence] = said
    assert sentence.startswith("Nobody is told anything: the watch itself failed (ValueError in ")
    assert SECRET not in sentence


async def test_no_ping_for_a_round_that_did_not_go_to_its_end(told: Alarmed) -> None:
    pings: list[float] = []

    async def alive() -> None:
        pings.append(told.clock.now)

    told.watch.alive = alive
    await told.round()
    with (
        patch.object(told.watch.store, "take", side_effect=SystemException("store-failed", "Disk full.")),
        pytest.raises(SystemException),
    ):
        await told.round()
    assert len(pings) == 1
    told.hook.status = 500
    await told.desk.queue.hold(f"system:{SYSTEM}", "brake", "again")
    await told.round()
    assert len(pings) == 2, "a dead address is no reason to call the watch dead"


async def test_rekey_watches_beside_the_console_without_any_prefect(tmp_path: Path, hook: Hook) -> None:
    (tmp_path / "keyring.key").write_text("not-a-secret-of-anybody")
    chosen = Settings(home=tmp_path)
    addresses_of(chosen).replace("ict", [hook.address])
    async with open_rekey(chosen) as rekey:
        await rekey.queue.hold("system:waste", "brake", "five in a row")
        said: list[str] = []
        async with watching(rekey, None, said.append):
            await hook.answered.wait()
    assert hook.titles == ["Rekey (test): Rekey stopped work"]
    assert said == []


# ---- for any turn of events -----------------------------------------------------------------------
SUBJECTS = ("a", "b", "c")
TURNS = st.lists(st.tuples(st.integers(1, 90), st.sets(st.sampled_from(SUBJECTS))), min_size=1, max_size=60)


@given(TURNS)
@settings(max_examples=40, deadline=None)
def test_once_an_hour_at_most_and_nothing_that_stands_is_kept_back(
    turns: list[tuple[int, set[str]]],
) -> None:
    asyncio.run(_through(turns))


async def _through(turns: list[tuple[int, set[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database, clock = connect(f"sqlite:///{folder}/store.db"), Clock()
        await SqlQueue.open(database, "test", clock=clock)
        await _watched(StoreAlerts(database, clock), clock, turns)
        await database.close()


async def _watched(store: StoreAlerts, clock: Clock, turns: list[tuple[int, set[str]]]) -> None:
    made: list[float] = []
    began: dict[str, float] = {}
    named: dict[str, list[float]] = defaultdict(list)
    for minutes, standing in [*turns, *[(60, set(SUBJECTS))] * 26]:
        clock.forward(minutes * 60)
        began = {one: began.get(one, clock.now) for one in standing}
        for _ in await store.settle(_round(standing, named, clock)):
            made.append(clock.now)
    assert all(after - before >= HOUR for before, after in pairwise(made))
    for one in SUBJECTS:  # by now each has stood for a day
        assert [at for at in named[one] if at >= began[one]]


def _round(standing: set[str], named: dict[str, list[float]], clock: Clock) -> Round:
    def write(cause: str, matters: object, _righted: object) -> Message:
        assert cause != DIGEST
        assert isinstance(matters, list)
        for one in matters:
            named[one.subject].append(clock.now)
        return Message(title=cause, body="")

    due = [("ict", Matter(cause="held", subject=one, about=one, since=clock.now)) for one in sorted(standing)]
    return Round(due=due, addresses={"ict": ["a-1"]}, write=write)
