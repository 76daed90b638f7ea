"""Baselines, review time and what is not finished: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date

import pytest

from bots.engine.core.baseline import Measured
from bots.engine.core.doubts import Doubts
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from bots.engine.core.work_list import DAY, MINUTE, TAKEN_FOR
from bots.engine.store.database.database import Database, connect
from bots.engine.store.figures.store import StoreFigures
from bots.engine.store.work.queue import SqlQueue
from bots.engine.store.work_list.store import StoreWorkList
from tests import staff

from .conftest import emptied, sql_desk, url_of
from .desk import PROCESS, Clock, Desk, row

OTHER = "council-tax-moves"
TIMED = Measured.model_validate(
    {"minutes": "6.5", "cases": 40, "timed_by": "Waste services", "first": "2027-01-04", "last": "2027-01-08"}
)


@dataclass(frozen=True, kw_only=True)
class Office:
    desk: Desk
    work: StoreWorkList
    figures: StoreFigures
    clock: Clock

    async def raised(self, reference: str) -> str:
        [(_, item)] = await self.desk.hand_in(row(reference, code="too-long", sentence="A person must look."))
        return item


@pytest.fixture(params=["sqlite", "postgres"])
async def office(
    request: pytest.FixtureRequest, standing: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Office:
    kind, clock = request.param, Clock()
    if kind not in standing:
        standing[kind] = connect(url_of(kind, request, tmp_path_factory.mktemp("standing")))
        await SqlQueue.open(standing[kind], "test")
    await emptied(standing[kind])
    return Office(
        desk=await sql_desk(standing[kind], clock),
        work=StoreWorkList(standing[kind], clock),
        figures=StoreFigures(standing[kind], clock),
        clock=clock,
    )


# ---- baselines ------------------------------------------------------------------------------
async def test_a_newer_one_follows_and_none_is_changed(office: Office) -> None:
    assert await office.figures.baselines([PROCESS]) == []
    first = await office.figures.sign(PROCESS, TIMED, "person/ann", seen=0)
    office.clock.forward(DAY)
    dearer = Measured.model_validate({**TIMED.data(), "minutes": "7", "staff_hour": "24.50"})
    second = await office.figures.sign(PROCESS, dearer, "person/ann", seen=1)
    assert await office.figures.baselines([PROCESS, OTHER]) == [second, first]
    assert (first.number, second.number, second.measured.staff_hour) == (1, 2, dearer.staff_hour)
    assert (first.day, second.day) == (date(2027, 1, 15), date(2027, 1, 16))
    assert await office.figures.baselines([OTHER]) == []


async def test_of_two_owners_one_sees_the_others_first(office: Office) -> None:
    both = [office.figures.sign(PROCESS, TIMED, f"person/{who}", seen=0) for who in ("ann", "bob")]
    found = await asyncio.gather(*both, return_exceptions=True)
    [refusal] = [one for one in found if isinstance(one, BusinessException)]
    assert refusal.code == "signed-meanwhile"
    assert len(await office.figures.baselines([PROCESS])) == 1
    with pytest.raises(BusinessException, match="signed-meanwhile"):
        await office.figures.sign(PROCESS, TIMED, "person/ann", seen=0)
    with pytest.raises(BusinessException, match="signed-meanwhile"):
        await office.figures.sign(PROCESS, TIMED, "person/ann", seen=7)
    await office.figures.sign(PROCESS, TIMED, "person/ann")  # the command line asks for no number


@pytest.mark.parametrize(("first", "last"), [("2027-01-08", "2027-01-04"), ("2027-01-04", "2027-01-16")])
async def test_days_of_timing_that_cannot_be(office: Office, first: str, last: str) -> None:
    wrong = Measured.model_validate({**TIMED.data(), "first": first, "last": last})
    with pytest.raises(BusinessException):
        await office.figures.sign(PROCESS, wrong, "person/ann")
    assert await office.figures.baselines([PROCESS]) == []


# ---- review time ----------------------------------------------------------------------------
async def spent(office: Office, person: str, opened: float, *, failed: bool = False) -> float | None:
    return await office.figures.decided(PROCESS, person, opened, failed=failed)


async def test_from_opening_to_the_decision(office: Office) -> None:
    opened = office.clock.now
    office.clock.forward(90)
    assert await spent(office, "ann", opened) == 90
    office.clock.forward(60)
    assert await spent(office, "bob", opened, failed=True) == 150
    [day] = await office.figures.reviewed([PROCESS], opened, opened + DAY)
    assert (day.day, day.timed, day.seconds, day.failed, day.capped) == (date(2027, 1, 15), 2, 240, 150, 0)
    assert await office.figures.reviewed([OTHER], 0, 9e9) == []
    assert await office.figures.reviewed([PROCESS], opened + DAY, 9e9) == []


async def test_no_minute_is_counted_twice(office: Office) -> None:
    """Three cases in three tabs, opened at once and decided one after the other."""
    opened = office.clock.now
    took = []
    for _ in range(3):
        office.clock.forward(60)
        took.append(await spent(office, "ann", opened))
    assert took == [60, 60, 60]


async def test_idle_time_ends(office: Office) -> None:
    opened = office.clock.now
    office.clock.forward(3 * TAKEN_FOR)
    assert await spent(office, "ann", opened) == TAKEN_FOR
    [day] = await office.figures.reviewed([PROCESS], 0, 9e9)
    assert (day.seconds, day.capped) == (TAKEN_FOR, 1)


@pytest.mark.parametrize("opened", [float("nan"), float("inf"), float("-inf"), 9e9])
async def test_what_is_no_time_is_not_counted(office: Office, opened: float) -> None:
    assert await spent(office, "ann", opened) is None
    assert await office.figures.reviewed([PROCESS], 0, 9e9) == []
    office.clock.forward(60)
    # What it was spent on is not known, but it is no other case's either.
    assert await spent(office, "ann", office.clock.now - 5 * MINUTE) == 60


async def test_a_clock_that_is_set_back_takes_nothing_away(office: Office) -> None:
    assert await spent(office, "ann", office.clock.now - 60) == 60
    office.clock.forward(-600)
    assert await spent(office, "ann", office.clock.now - 60) == 0


async def test_two_decisions_of_one_person_at_once(office: Office) -> None:
    opened = office.clock.now
    office.clock.forward(60)
    took = await asyncio.gather(*(spent(office, "ann", opened) for _ in range(4)))
    assert sorted(took, key=float) == [0, 0, 0, 60]  # type: ignore[arg-type]
    office.clock.forward(60)
    took = await asyncio.gather(*(spent(office, "ann", opened) for _ in range(4)))
    assert sorted(took, key=float) == [0, 0, 0, 60]  # type: ignore[arg-type]


async def test_every_decision_of_a_person_is_counted(office: Office) -> None:
    """Also those that nobody timed; not what the bot does, and not what a sender corrects."""
    queue, desk = office.desk.queue, office.desk
    doubtful, _ = await desk.doubtful("ZZ9")
    office.clock.forward(100)
    await staff.decide(queue, doubtful, "person/ann", "I looked", "C-77")
    await desk.end(await desk.take(), State.EXCEPTION, code="too-long", sentence="Look.")
    one, other, third = [await office.raised(f"ZZ{n}") for n in range(3)]
    await staff.retry(queue, one, "person/ann", "it exists now")
    await staff.withdraw(queue, other, "person/bob", "not needed")
    await staff.retry(queue, third, "person/ann", "again")
    await desk.failed(await desk.take())
    batch = await queue.open_batch(PROCESS, "bins.xlsx", "person/cat")
    fourth = await office.raised("ZZ4")
    await queue.add(PROCESS, batch, [row("ZZ4", uprn="200")])
    assert await desk.state(fourth) is State.NEW, "its sender corrected it"
    await staff.retry(queue, await office.raised("ZZ5"), "w1", "the machinery")
    [day] = await office.figures.reviewed([PROCESS], 0, 9e9)
    assert (day.decisions, day.timed) == (4, 0)


# ---- what was keyed, closed, and is not finished ------------------------------------------------
async def test_cases_that_the_bot_did_itself(office: Office) -> None:
    desk = office.desk
    await desk.done("ZZ1", "C-1")
    lease = await desk.leased("ZZ2")
    await desk.receipt(lease, "C-2", adopted=True)  # a clerk had keyed it
    await desk.end(lease, State.DONE)
    lease = await desk.leased("ZZ3")
    intent = await desk.intend(lease)
    await desk.receipt(lease, "C-3", intent, adopted=True)  # its own, found again
    await desk.end(lease, State.DONE)
    lease = await desk.leased("ZZ4")
    await desk.keyed(lease, "C-4")
    await desk.receipt(lease, "L-4", step="letter", adopted=True)  # half of it was a clerk's
    await desk.end(lease, State.DONE, ("log", "letter"))
    await staff.withdraw(desk.queue, await office.raised("ZZ5"), "person/ann", "not needed")
    [day] = await office.work.figures([PROCESS], 0, 9e9)
    assert (day.done, day.keyed, day.closed) == (4, 2, 1)


async def test_what_is_not_finished(office: Office) -> None:
    desk = office.desk
    await desk.done("ZZ1", "C-1")
    await desk.doubtful("ZZ2")
    await desk.leased("ZZ3")
    await desk.add("ZZ4")
    await office.raised("ZZ5")
    await staff.withdraw(desk.queue, await office.raised("ZZ6"), "person/ann", "not needed")
    assert await office.figures.standing([PROCESS, OTHER]) == {
        PROCESS: {State.IN_DOUBT: 1, State.IN_PROGRESS: 1, State.NEW: 1, State.EXCEPTION: 1},
        OTHER: {},
    }


async def test_since_when_a_process_is_in_use(office: Office) -> None:
    began = office.clock.now
    await office.raised("ZZ1")
    office.clock.forward(DAY)
    await office.desk.queue.open_batch(PROCESS, "later.xlsx", "ann")
    assert await office.figures.first_received([PROCESS, OTHER]) == {PROCESS: began}


async def test_doubts_and_how_long_they_lasted(office: Office) -> None:
    """One is settled by the bot, one by a person, one is not yet; one was never in doubt."""
    desk, began = office.desk, office.clock.now
    await desk.done("ZZ0", "C-0")
    mine, _ = await desk.doubtful("ZZ1")
    office.clock.forward(60)
    found = await desk.queue.take_in_doubt(PROCESS, "w2", 60.0)
    assert found is not None
    await desk.receipt(found, "C-1", found.intent)
    await desk.end(found, State.DONE)
    persons, _ = await desk.doubtful("ZZ2")
    office.clock.forward(600)
    await staff.decide(desk.queue, persons, "person/ann", "looked", None)
    await staff.withdraw(desk.queue, persons, "person/ann", "not needed")
    await desk.doubtful("ZZ3")
    doubts = await office.figures.doubts([PROCESS, OTHER], began, 9e12)
    assert doubts[PROCESS] == Doubts(saves=4, seconds=(60.0, 600.0), by_people=1, standing=1)
    assert doubts[OTHER] == Doubts()
    assert (doubts[PROCESS].per_thousand, doubts[PROCESS].minutes) == (750.0, 5.5)
    assert (await office.figures.doubts([PROCESS], began + 60, 9e12))[PROCESS].saves == 2
    assert mine
