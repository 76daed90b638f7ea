"""Each cause arrives at a mail server and a web hook, and names no person; a quiet week sends none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bots.engine.alerts.causes import CAUSES
from bots.engine.core.alert import PrefectFacts, RunFailed
from bots.engine.core.item import State
from bots.engine.core.queue import RESTORED
from bots.engine.core.stray import Stray
from bots.engine.core.summary import Difference, Reconciliation, Why
from bots.engine.store.audit.comparisons import StoreComparisons
from bots.engine.store.audit.restores import StoreRestores
from bots.engine.store.database.database import connect
from bots.engine.store.work.lives import StoreLives
from tests.alarmed import DAY, HOUR, Alarmed, alarmed

from .conftest import sql_desk
from .desk import PROCESS, STEP, SYSTEM, Clock

MINUTE = 60.0
PLANTED = ("Quillfeather", "Zebedee", "100099887766", "Mulberry", "WM-004711", "q.feather")
"""What no message may hold: references, values, what people wrote, references of targets, names of files."""
PERSON = "Zebedee Quillfeather, 12 Mulberry Lane"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Alarmed]:
    database = connect(f"sqlite:///{tmp_path / 'store.db'}")
    async with alarmed(await sql_desk(database, Clock()), database, tmp_path) as seen:
        yield seen
    await database.close()


async def rekey_holds(told: Alarmed) -> None:
    await told.desk.queue.hold(f"system:{SYSTEM}", "brake", f"5 in a row, the last: {PERSON}")


async def a_backup_holds(told: Alarmed) -> None:
    stray = Stray(system=SYSTEM, step=STEP, reference="WM-004711", process=PROCESS, at=told.clock.now)
    restores = StoreRestores(told.database, told.clock)
    await restores.stray([stray], f"process:{PROCESS}", "1 entry without a receipt: WM-004711")
    assert [one.who for one in await told.desk.queue.holds()] == [RESTORED]


async def a_person_holds(told: Alarmed) -> None:
    await told.desk.queue.hold("all", "person/q.feather", f"Ask {PERSON}")
    await told.round(23 * HOUR)
    assert told.titles == [], "a person's own hold is no news for a day"
    told.clock.forward(1 * HOUR)


async def a_sign_in_is_refused(told: Alarmed) -> None:
    assert await told.desk.queue.begin_sign_in(SYSTEM, "q.feather", "w1", 30)
    await told.desk.queue.end_sign_in(SYSTEM, "q.feather", "w1", refused=True)


async def a_save_is_in_doubt(told: Alarmed) -> None:
    await told.desk.doubtful(PERSON)
    told.clock.forward(21 * MINUTE)


async def a_worker_froze_before_it_told(told: Alarmed) -> None:
    """Its lease ran out, and nobody has come since to note that it is in doubt."""
    lease = await told.desk.leased(PERSON)
    await told.desk.intend(lease)
    told.clock.forward(21 * MINUTE)


async def nothing_is_done(told: Alarmed) -> None:
    await told.desk.add(PERSON, "100099887766")
    await told.rounds(59 * MINUTE)
    assert told.titles == []
    told.clock.forward(2 * MINUTE)


async def a_worker_dies(told: Alarmed) -> None:
    """The others settle its items meanwhile."""
    lives, worker = StoreLives(told.database, told.clock), "rekey-01/4711/aaaa"
    await lives.begin(worker, "word")
    told.clock.forward(6 * MINUTE)
    assert await lives.count_out(worker)


async def prefect_goes(told: Alarmed) -> None:
    told.prefect = PrefectFacts(answers=False)
    await told.round()
    told.clock.forward(6 * MINUTE)


async def its_worker_goes(told: Alarmed) -> None:
    told.prefect = PrefectFacts(worker=False)
    await told.round()
    told.clock.forward(6 * MINUTE)


async def a_run_fails(told: Alarmed) -> None:
    failed = RunFailed(deployment="work-missed-bins", process=PROCESS, since=told.clock.now)
    told.prefect = PrefectFacts(failed=[failed])


async def a_comparison_finds(told: Alarmed) -> None:
    gone = Difference(item="i-1", step=STEP, target="WM-004711", why=Why.GONE)
    found = Reconciliation(process=PROCESS, source=2, in_target=1, missing=(gone,))
    comparisons = StoreComparisons(told.database, told.clock)
    await comparisons.keep(found, await comparisons.now())


async def a_file_is_left(told: Alarmed) -> None:
    told.left = {PROCESS: [("0f3a", told.clock.now)]}


async def an_address_is_dead(told: Alarmed) -> None:
    told.addresses.replace("automation", ["json://127.0.0.1:9/hook"])
    await rekey_holds(told)
    await told.rounds(10 * MINUTE)


FACTS: dict[str, list[Callable[[Alarmed], Awaitable[None]]]] = {
    "held": [rekey_holds, a_backup_holds],
    "held-for-a-day": [a_person_holds],
    "sign-in-refused": [a_sign_in_is_refused],
    "in-doubt": [a_save_is_in_doubt, a_worker_froze_before_it_told],
    "nothing-done": [nothing_is_done],
    "worker-gone": [a_worker_dies],
    "prefect-gone": [prefect_goes, its_worker_goes],
    "run-failed": [a_run_fails],
    "finding": [a_comparison_finds],
    "file-left": [a_file_is_left],
    "undelivered": [an_address_is_dead],
}


def test_every_cause_is_tried() -> None:
    assert set(FACTS) == set(CAUSES)


@pytest.mark.parametrize(
    ("cause", "happens"), [(cause, one) for cause, those in FACTS.items() for one in those]
)
async def test_it_arrives_and_names_nobody(
    told: Alarmed, cause: str, happens: Callable[[Alarmed], Awaitable[None]]
) -> None:
    await happens(told)
    await told.round()
    titles = [title.partition(": ")[2] for title in told.hook.titles]
    assert CAUSES[cause].title in titles
    assert CAUSES[cause].title in [title.partition(": ")[2] for title in told.mail.titles]
    for text in (told.mail.text, told.hook.text):
        assert not [word for word in PLANTED if word in text]
        assert "runbooks/alerts.md" in text
        assert f"https://rekey.example{CAUSES[cause].page}" in text
    store = [str(one) for one in await told.watch.store.standing()] + [str(await told.watch.store.told())]
    assert not [word for word in PLANTED if word in "".join(store)], "the ledger is kept longer than items"


async def test_a_worker_that_another_followed_is_not_told(told: Alarmed) -> None:
    lives = StoreLives(told.database, told.clock)
    await lives.begin("rekey-01/4711/aaaa", "word")
    told.clock.forward(MINUTE)
    await lives.begin("rekey-01/4712/bbbb", "word")
    await lives.end("rekey-01/4712/bbbb")
    await told.round(20 * MINUTE)
    assert told.titles == []


async def test_a_finding_that_somebody_saw_to_is_put_right_and_a_new_one_is_news(told: Alarmed) -> None:
    comparisons = StoreComparisons(told.database, told.clock)
    await a_comparison_finds(told)
    await told.round()
    [known] = await comparisons.latest([PROCESS])
    await comparisons.see_to(PROCESS, known.findings[0].key, "person/ann", "It was a test.")
    await told.round(2 * HOUR)
    await a_comparison_finds(told)  # tonight's finds the same
    await told.round(DAY)
    assert len(told.titles) == 1
    other = Difference(item="i-2", step=STEP, target="WM-004712", why=Why.GONE)
    found = Reconciliation(process=PROCESS, source=2, in_target=1, missing=(other,))
    await comparisons.keep(found, await comparisons.now())
    await told.round()
    assert len(told.titles) == 2


async def test_a_quiet_week_sends_none(told: Alarmed) -> None:
    """Runs every quarter of an hour on working days, items for people, a doubt that is settled, a hold of a
    person over lunch, a comparison that is clean, a night and a weekend in which what came in late waits."""
    told.clock.now -= 2 * HOUR  # Monday, 7:00
    lives = StoreLives(told.database, told.clock)
    comparisons = StoreComparisons(told.database, told.clock)
    for turn in range(7 * 24 * 4):
        here = datetime.fromtimestamp(told.clock.now, UTC)
        if here.weekday() < 5 and 7 <= here.hour < 19:
            await _run(told, lives, turn)
        if (here.hour, here.minute) == (12, 0):
            await told.desk.queue.hold("all", "person/ann", "Lunch")
        if (here.hour, here.minute) == (13, 0):
            await told.desk.queue.release("all", "person/ann", "Back")
        if (here.hour, here.minute) == (19, 30):
            await told.desk.add(f"late {turn}")
            clean = Reconciliation(process=PROCESS, source=turn, in_target=turn)
            await comparisons.keep(clean, await comparisons.now())
        await told.round(15 * MINUTE)
    assert told.titles == []
    assert await told.watch.store.told() == []


async def _run(told: Alarmed, lives: StoreLives, turn: int) -> None:
    """As a run goes: a worker comes, keys two, gives one to a person, settles a doubt, and ends."""
    desk, worker = told.desk, f"rekey-01/{turn}/run"
    await lives.begin(worker, "word")
    for number in range(3):
        await desk.add(f"{turn}/{number}")
    doubt = await desk.queue.take_in_doubt(PROCESS, worker, 300)
    if doubt is not None:
        await desk.receipt(doubt, f"C-{turn}-doubt", doubt.intent)
        await desk.end(doubt, State.DONE)
    number = 0
    held = await desk.queue.holds()
    while (lease := await desk.queue.take(PROCESS, worker, 300)) is not None:
        number += 1
        if held:  # as the runner does: back as it was, and the run ends
            await desk.end(lease, State.NEW, code="held", count_attempt=False)
            break
        if number == 1:
            await desk.failed(lease)
        elif number == 2 and turn % 10 == 0:  # it is settled by the next run, before anybody need be told
            await desk.intend(lease)
            await desk.end(lease, State.IN_DOUBT)
        else:
            await desk.keyed(lease, f"C-{turn}-{number}")
            await desk.end(lease, State.DONE)
    await lives.end(worker)
