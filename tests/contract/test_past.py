"""Looking back: every row of the history is found once, by item, person, process and time."""

from __future__ import annotations

from itertools import product

import pytest

from bots.engine.core.audit import HistoryRow, Past
from bots.engine.core.errors import BusinessException
from bots.engine.store.audit import history as looking_back
from bots.engine.store.audit.store import StoreAudit
from bots.engine.store.database.database import Database, connect
from bots.engine.store.people.store import StorePeople
from bots.engine.store.work.queue import SqlQueue
from tests import staff

from .conftest import emptied, sql_desk, url_of
from .desk import PROCESS, Clock, Desk, row
from .story import story

OTHER = "council-tax-moves"


@pytest.fixture(params=["sqlite", "postgres"])
async def store(
    request: pytest.FixtureRequest, standing: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Desk, StoreAudit]:
    kind, clock = request.param, Clock()
    if kind not in standing:
        standing[kind] = connect(url_of(kind, request, tmp_path_factory.mktemp("standing")))
        await SqlQueue.open(standing[kind], "test")
    await emptied(standing[kind])
    return await sql_desk(standing[kind], clock), StoreAudit(standing[kind], clock)


async def found(audit: StoreAudit, below: int | None = None, **past: object) -> list[tuple[str, HistoryRow]]:
    return [each async for each in audit.look_back(Past(**past), below)]  # type: ignore[arg-type]


async def test_every_row_is_met_once_however_short_the_steps(
    store: tuple[Desk, StoreAudit], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, audit = store
    await story(desk)
    await desk.hand_in(row("MM1"), process=OTHER)
    everything = await found(audit)
    written = [row async for _, rows in audit.histories(None) for row in rows]
    assert [one for _, one in everything] == sorted(written, key=lambda one: -one.place)
    assert len(written) > 20
    times = sorted({one.at for _, one in everything})
    middle = times[len(times) // 2]
    asked = product([None, PROCESS, OTHER], [None, "ann", "w1", "nobody"], [None, middle], [None, middle + 1])
    for size, given in ((1, 1), (3, 2), (7, 500), (5_000, 5), (5_000, 500)):
        monkeypatch.setattr(looking_back, "LOOKED_AT", size)
        monkeypatch.setattr(looking_back, "GIVEN", given)
        assert await found(audit) == everything
    for process, who, after, before in asked:
        expected = [
            (named, one)
            for named, one in everything
            if process in (None, named)
            and who in (None, one.who)
            and (after is None or one.at >= after)
            and (before is None or one.at < before)
        ]
        assert await found(audit, process=process, who=who, after=after, before=before) == expected
    item = everything[-1][1].item
    assert await found(audit, item=item) == [each for each in everything if each[1].item == item]
    place = everything[7][1].place
    assert await found(audit, place) == everything[8:]


async def test_a_person_is_found_by_the_name_that_they_sign_in_with(store: tuple[Desk, StoreAudit]) -> None:
    desk, audit = store
    item = await desk.add("ZZ1")
    await staff.withdraw(desk.queue, item, "person/ann.lee", "not needed")
    for name in ("ann.lee", "person/ann.lee"):
        [(process, one)] = await found(audit, who=name)
        assert (process, one.item, one.why) == (PROCESS, item, "not needed")
    for odd in ("ann.le", "%", "ann_lee", "ann.lee'"):
        assert await found(audit, who=odd) == []


async def test_an_empty_store_has_no_past(store: tuple[Desk, StoreAudit]) -> None:
    _, audit = store
    assert await found(audit) == []
    assert await found(audit, item="i-nothing") == []


@pytest.mark.parametrize("odd", ["a\0b", "\ud83d", "x" * 501])
@pytest.mark.parametrize("part", ["item", "who", "process"])
def test_what_cannot_be_in_the_store_is_refused(part: str, odd: str) -> None:
    with pytest.raises(BusinessException, match="no-such-filter"):
        Past(**{part: odd})


async def test_when_somebody_last_signed_in(store: tuple[Desk, StoreAudit]) -> None:
    desk, audit = store
    people = StorePeople(audit._database, desk.clock)
    ann, bob = (await people.add("ann", "Ann", "test")).id, (await people.add("bob", "Bob", "test")).id
    for person, what in (
        (ann, "signed in"),
        (ann, "signed out"),
        (bob, "sign-in refused"),
        (None, "signed in"),
    ):
        desk.clock.forward(60)
        await people.log("test", what, person)
    began = desk.clock.now
    assert await people.last("signed in") == {ann: began - 180}
    await people.log("test", "signed in", ann)
    assert await people.last("signed in") == {ann: began}
