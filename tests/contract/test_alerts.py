"""Who is told what and when: the ledger, on a clock that the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.engine.core.alert import PrefectFacts, RunFailed
from bots.engine.core.item import State
from bots.engine.store.alerts.store import StoreAlerts
from bots.engine.store.database.database import connect
from tests.alarmed import DAY, HOUR, Alarmed, alarmed, watch_over

from .conftest import OpenDatabase, sql_desk
from .desk import PROCESS, SYSTEM, Clock

MINUTE = 60.0
HELD = "Rekey stopped work"


@pytest.fixture
async def told(tmp_path: Path) -> AsyncIterator[Alarmed]:
    database = connect(f"sqlite:///{tmp_path / 'store.db'}")
    async with alarmed(await sql_desk(database, Clock()), database, tmp_path) as seen:
        yield seen
    await database.close()


@pytest.fixture
async def told_anywhere(open_database: OpenDatabase, tmp_path: Path) -> AsyncIterator[Alarmed]:
    """On each kind of store."""
    database = open_database()
    async with alarmed(await sql_desk(database, Clock()), database, tmp_path) as seen:
        yield seen


async def hold(told: Alarmed, scope: str = f"system:{SYSTEM}", who: str = "brake") -> None:
    await told.desk.queue.hold(scope, who, "said by a test")


async def release(told: Alarmed, scope: str = f"system:{SYSTEM}") -> None:
    await told.desk.queue.release(scope, "person/ann", "done")


async def test_what_stands_is_told_once(told: Alarmed) -> None:
    await told.round()
    assert told.titles == []
    await hold(told)
    await told.round(MINUTE)
    assert told.titles == [HELD]
    await told.rounds(5 * HOUR, step=15 * MINUTE)
    assert told.titles == [HELD]


async def test_more_of_a_cause_waits_until_the_hour_is_over_and_comes_together(
    told_anywhere: Alarmed,
) -> None:
    told = told_anywhere
    await hold(told)
    await told.round()
    await hold(told, f"process:{PROCESS}")
    await told.round(MINUTE)
    await hold(told, "all")
    await told.rounds(58 * MINUTE)
    assert told.titles == [HELD]
    await told.round(2 * MINUTE)
    assert told.titles == [HELD, HELD]
    for about in ("Everything", "Missed bins", "Waste management"):
        assert about in told.hook.came[1]["message"], "also what was told before"


async def test_two_causes_do_not_wait_for_each_other(told: Alarmed) -> None:
    await hold(told)
    await told.round()
    assert await told.desk.queue.begin_sign_in("portal", "svc", "w1", 30)
    await told.desk.queue.end_sign_in("portal", "svc", "w1", refused=True)
    await told.round(MINUTE)
    assert told.titles == [HELD, "A sign-in was refused"]


async def test_what_comes_and_goes_is_told_less_and_less_often(told: Alarmed) -> None:
    """Every quarter of an hour for a day: at once, then after one, two, four and eight hours more."""
    for _ in range(4 * 24):
        await hold(told)
        await told.round(7 * MINUTE)
        await release(told)
        await told.round(8 * MINUTE)
    assert len(told.titles) <= 5, told.titles
    told.clock.forward(2 * DAY)
    await hold(told)
    await told.round()
    assert told.titles[-1] == HELD
    assert len(told.titles) <= 6, "after a day of rest it is news at once"


async def test_the_digest_comes_once_a_working_day_as_long_as_something_stands(told: Alarmed) -> None:
    await hold(told)
    await told.rounds(23 * HOUR, step=15 * MINUTE)  # until Tuesday, 8:00
    assert told.titles == [HELD]
    await told.rounds(1 * HOUR, step=10 * MINUTE)
    assert told.titles == [HELD, "1 thing still to be put right"]
    await told.rounds(3 * DAY + 1 * HOUR, step=30 * MINUTE)  # until Friday, 10:00
    assert len(told.titles) == 5
    await told.rounds(2 * DAY + 20 * HOUR, step=30 * MINUTE)  # until Monday, 6:00
    assert len(told.titles) == 5, "nobody is there at the weekend"
    await told.rounds(4 * HOUR, step=30 * MINUTE)
    assert len(told.titles) == 6
    await release(told)
    await told.rounds(2 * DAY, step=30 * MINUTE)
    assert len(told.titles) == 6, "what was put right is told no more"


async def test_a_digest_says_what_was_put_right(told: Alarmed) -> None:
    await hold(told)
    await told.round()
    await hold(told, f"process:{PROCESS}")
    await told.round(2 * HOUR)
    await release(told)
    await told.rounds(DAY, step=30 * MINUTE)
    body = told.hook.came[-1]["message"]
    assert "Missed bins: held by Rekey itself" in body
    assert "Put right since the last list:\nWaste management: rekey stopped work" in body


async def test_no_digest_on_a_bank_holiday(told: Alarmed) -> None:
    told.clock.now += 24 * DAY  # Thursday, 24 December 2026, 9:00
    await hold(told)
    await told.rounds(4 * DAY + 20 * HOUR, step=30 * MINUTE)  # over Christmas, until Tuesday 29 at 5:00
    assert told.titles == [HELD]
    await told.rounds(4 * HOUR, step=30 * MINUTE)
    assert len(told.titles) == 2


async def test_two_senders_at_once_send_once(told_anywhere: Alarmed, open_database: OpenDatabase) -> None:
    told = told_anywhere
    others = [watch_over(open_database(), told.clock, told.addresses) for _ in range(3)]
    await hold(told)
    await asyncio.gather(told.watch.round(), *(one.round() for one in others))
    assert told.titles == [HELD]
    told.clock.forward(DAY)
    await asyncio.gather(told.watch.round(), *(one.round() for one in others))
    assert len(told.titles) == 2


async def test_a_sender_that_was_cut_off_is_followed_by_another(told_anywhere: Alarmed) -> None:
    told = told_anywhere
    await hold(told)
    told.hook.free.clear()
    cut_off = asyncio.create_task(told.watch.round())
    await told.mail.took.wait()
    cut_off.cancel()
    told.hook.free.set()
    await told.round(5 * MINUTE)
    assert told.hook.titles, "better twice than never"


async def test_a_dead_address_stops_no_other_and_is_tried_again(told_anywhere: Alarmed) -> None:
    told = told_anywhere
    told.hook.status = 500
    await hold(told)
    ended = await told.round()
    assert (ended.accepted, ended.failed) == (1, 1)
    assert len(told.mail.came) == 1
    assert len(await told.watch.store.failing()) == 1
    told.hook.status = 200
    await told.rounds(3 * MINUTE)
    assert told.titles == [HELD], "and the other address does not get it twice"
    assert await told.watch.store.failing() == {}


async def test_an_address_that_stays_dead_is_told_to_the_others_once_a_day(told: Alarmed) -> None:
    told.mail.refuse = True
    await hold(told)
    await told.rounds(6 * HOUR, step=5 * MINUTE)
    assert sorted(told.hook.titles) == [
        "Ambridge (test): Messages do not arrive",
        "Ambridge (test): Rekey stopped work",
    ]
    assert len(told.mail.came) == 0


async def test_the_team_of_a_process_is_told_of_its_own(told: Alarmed) -> None:
    told.addresses.replace("ict", [told.mail.address])
    told.addresses.replace(f"team:{PROCESS}", [told.hook.address])
    await hold(told, f"process:{PROCESS}")
    assert await told.desk.queue.begin_sign_in("portal", "svc", "w1", 30)
    await told.desk.queue.end_sign_in("portal", "svc", "w1", refused=True)
    await told.round()
    assert told.hook.titles == ["Ambridge (test): Rekey stopped work"]
    assert sorted(told.mail.titles) == [  # it also stands in for the automation team, which has no address
        "Ambridge (test): A sign-in was refused",
        "Ambridge (test): Rekey stopped work",
    ]


async def test_without_any_address_nothing_is_lost(told: Alarmed) -> None:
    told.addresses.replace("ict", [])
    await hold(told)
    await told.rounds(HOUR)
    assert [one.told for one in await told.watch.store.standing()] == [None]
    told.addresses.replace("ict", [told.mail.address, told.hook.address])
    await told.round()
    assert told.titles == [HELD]


async def test_a_clock_that_was_set_back_silences_nothing(told: Alarmed) -> None:
    await hold(told)
    await told.round()
    told.clock.forward(-30 * DAY)
    await hold(told, f"process:{PROCESS}")
    await told.round()
    assert told.titles == [HELD, HELD]


async def test_what_stands_again_after_the_clock_was_set_back_is_told_again(told: Alarmed) -> None:
    await hold(told)
    await told.round()
    await release(told)
    await told.round()
    told.clock.forward(-30 * DAY)
    await hold(told)
    await told.round()
    assert told.titles == [HELD, HELD]


async def test_prefect_that_does_not_answer_ends_nothing_and_is_told_after_a_while(told: Alarmed) -> None:
    failed = RunFailed(deployment="work-missed-bins", process=PROCESS, since=told.clock.now)
    told.prefect = PrefectFacts(failed=[failed])
    await told.round()
    assert told.titles == ["A run failed"]
    told.prefect = PrefectFacts(answers=False)
    await told.rounds(4 * MINUTE)
    told.prefect = PrefectFacts(failed=[failed])
    await told.rounds(3 * HOUR, step=5 * MINUTE)
    assert told.titles == ["A run failed"], "neither a blip nor what stood before it is news"
    told.prefect = PrefectFacts(answers=False)
    await told.rounds(10 * MINUTE)
    assert told.titles == ["A run failed", "Prefect is not at work"]


async def test_a_hold_is_the_reason_why_nothing_is_done(told: Alarmed) -> None:
    await told.desk.add("ZZ1")
    await hold(told)
    await told.rounds(3 * HOUR, step=10 * MINUTE)
    assert told.titles == [HELD]
    await release(told)
    await told.rounds(20 * MINUTE, step=10 * MINUTE)
    assert told.titles == [HELD], "the next run may put it right"
    await told.rounds(10 * MINUTE, step=10 * MINUTE)
    assert told.titles == [HELD, "Nothing is being done"]


async def test_nothing_is_missed_at_night_at_weekends_and_on_bank_holidays(told: Alarmed) -> None:
    told.clock.now += 24 * DAY + 8 * HOUR + 30 * MINUTE  # Thursday, 24 December 2026, 17:30
    await told.desk.add("ZZ1")
    await told.rounds(4 * DAY + 14 * HOUR + 30 * MINUTE, step=30 * MINUTE)  # Tuesday 29, 8:00
    await told.rounds(25 * MINUTE, step=5 * MINUTE)
    assert told.titles == []
    await told.rounds(10 * MINUTE, step=5 * MINUTE)
    assert told.titles == ["Nothing is being done"], "half an hour on both days"


async def test_a_bot_that_ends_items_keeps_it_quiet_and_an_intake_does_not(told_anywhere: Alarmed) -> None:
    told = told_anywhere
    for number in range(12):
        await told.desk.add(f"AA{number}")
    for _ in range(8):
        lease = await told.desk.take()
        await told.desk.failed(lease)
        await told.round(15 * MINUTE)
    assert told.titles == []
    for number in range(5):
        await told.desk.add(f"BB{number}", code="too-long", sentence="A person must look.")
        await told.round(15 * MINUTE)
    assert told.titles == ["Nothing is being done"]


async def test_while_a_person_allows_no_more_nothing_is_missed(told: Alarmed) -> None:
    await told.desk.add("ZZ1")
    for _ in range(10):
        lease = await told.desk.take()
        await told.desk.end(lease, State.NEW, code="daily-limit", sentence="The limit is reached.")
        await told.round(15 * MINUTE)
    assert told.titles == []
    await told.rounds(2 * HOUR, step=15 * MINUTE)
    assert told.titles == ["Nothing is being done"], "nor does a bot come to see whether it may go on"


async def test_a_doubt_that_is_looked_into_goes_on(told_anywhere: Alarmed) -> None:
    """A bot holds it for a moment, again and again."""
    told = told_anywhere
    await told.desk.doubtful()
    await told.round(19 * MINUTE)
    assert told.titles == []
    await told.round(2 * MINUTE)
    for _ in range(4 * 6):
        lease = await told.desk.queue.take_in_doubt(PROCESS, "w2", 300)
        assert lease is not None
        await told.round(MINUTE)
        await told.desk.end(lease, State.IN_DOUBT)
        await told.round(9 * MINUTE)
    assert told.titles == ["Items are in doubt"]


async def test_rounds_are_noted(told_anywhere: Alarmed) -> None:
    told = told_anywhere
    store = StoreAlerts(told.database, told.clock)
    assert (await store.last_round())[0] is None
    await told.round()
    assert await store.last_round() == (told.clock.now, told.clock.now)
    assert await store.told() == []
    await hold(told)
    await told.round()
    [message] = await store.told()
    assert (message.recipient, message.cause, message.addresses, message.accepted) == ("ict", "held", 2, 2)
