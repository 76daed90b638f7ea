"""What the latest comparison found is kept for people, until it is found no more or they have seen to it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import State
from bots.engine.core.summary import Difference, Reconciliation, Why
from bots.engine.store.audit.comparisons import MOST, StoreComparisons
from bots.engine.store.audit.comparisons import comparisons as table
from bots.engine.store.audit.operations import StoreOperations
from bots.engine.store.audit.store import StoreAudit
from tests import staff

from .conftest import OpenDatabase, sql_desk
from .desk import PROCESS, Clock, Desk

GONE = Difference(item="i-1", step="log-case", target="WM-000007", why=Why.GONE)
CHANGED = Difference(
    item="i-2", step="log-case", target="WM-000008", fields=("notes", "source"), why=Why.CHANGED
)
OTHERS = Difference(item=None, step="log-case", target="WM-000009", why=Why.OTHERS)


def found(
    *missing: Difference, different: tuple[Difference, ...] = (), process: str = PROCESS
) -> Reconciliation:
    return Reconciliation(
        process=process, source=60, in_target=54, missing=missing, different=different, unknown=(OTHERS,)
    )


async def kept(comparisons: StoreComparisons, made: Reconciliation) -> None:
    await comparisons.keep(made, await comparisons.now())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def desk(open_database: OpenDatabase, clock: Clock) -> Desk:
    return await sql_desk(open_database(), clock)


@pytest.fixture
def comparisons(open_database: OpenDatabase, clock: Clock, desk: Desk) -> StoreComparisons:
    return StoreComparisons(open_database(), clock)


async def test_the_latest_is_kept_of_each_process(comparisons: StoreComparisons, clock: Clock) -> None:
    assert await comparisons.latest([PROCESS]) == []
    await kept(comparisons, found(GONE))
    clock.forward(60)
    await kept(comparisons, found(GONE, different=(CHANGED,)))
    await kept(comparisons, found(process="council-tax-moves"))
    [moves, bins] = await comparisons.latest([PROCESS, "council-tax-moves"])
    assert (bins.process, bins.at, bins.source, bins.in_target) == (PROCESS, clock(None), 60, 54)
    assert [(one.kind, one.difference) for one in bins.findings] == [
        ("missing", GONE),
        ("different", CHANGED),
    ]
    assert (bins.open, moves.open, moves.findings) == (2, 0, [])
    assert await comparisons.latest(["another"]) == []


async def test_what_somebody_saw_to_is_told_no_more_as_long_as_the_same_is_found(
    comparisons: StoreComparisons, clock: Clock, open_database: OpenDatabase
) -> None:
    await kept(comparisons, found(GONE, different=(CHANGED,)))
    [known] = await comparisons.latest([PROCESS])
    [_, changed] = known.findings
    await comparisons.see_to(PROCESS, changed.key, "person/ann", "The notes were added by the depot.")
    await kept(comparisons, found(GONE, different=(CHANGED,)))
    [known] = await comparisons.latest([PROCESS])
    assert (known.open, known.findings[0].seen) == (1, None)
    seen = known.findings[1].seen
    assert seen is not None
    assert (seen.who, seen.at, seen.why) == ("person/ann", clock(None), "The notes were added by the depot.")
    [noted] = await StoreOperations(open_database(), clock).noted(f"comparison:{PROCESS}")
    assert "depot" not in f"{noted.what} {noted.why} {noted.detail}", "nothing erases the log"

    other = Difference(item="i-2", step="log-case", target="WM-000008", fields=("notes",), why=Why.CHANGED)
    await kept(comparisons, found(different=(other,)))
    [known] = await comparisons.latest([PROCESS])
    assert known.open == 1, "another field of it is another finding"
    await kept(comparisons, found(different=(CHANGED,)))
    [known] = await comparisons.latest([PROCESS])
    assert known.open == 1, "and what was not found in between is found anew"


async def test_one_that_was_seen_to_hides_no_other_of_the_same_words(comparisons: StoreComparisons) -> None:
    """Two rows that never came in have neither an item nor a reference there."""
    lost = [
        Difference(item=None, step="intake", target=None, why=Why.NOT_TAKEN_IN, state=state)
        for state in ("a", "b")
    ]
    await kept(comparisons, found(lost[0]))
    [known] = await comparisons.latest([PROCESS])
    await comparisons.see_to(PROCESS, known.findings[0].key, "person/ann", "It came since the last intake.")
    await kept(comparisons, found(*lost))
    [known] = await comparisons.latest([PROCESS])
    assert known.open == 1
    await kept(comparisons, found(lost[1]))
    [known] = await comparisons.latest([PROCESS])
    assert known.open == 1


async def test_two_who_see_to_the_same_and_one_who_is_late(comparisons: StoreComparisons) -> None:
    await kept(comparisons, found(GONE))
    [known] = await comparisons.latest([PROCESS])
    [gone] = known.findings
    await comparisons.see_to(PROCESS, gone.key, "person/ann", "Put in again.")
    for process, why in ((PROCESS, "seen-to-already"), ("council-tax-moves", "finding-gone")):
        with pytest.raises(BusinessException) as caught:
            await comparisons.see_to(process, gone.key, "person/bob", "Me too.")
        assert caught.value.code == why
    await kept(comparisons, found())
    with pytest.raises(BusinessException) as caught:
        await comparisons.see_to(PROCESS, gone.key, "person/bob", "Me too.")
    assert caught.value.code == "finding-gone"


async def test_more_than_anybody_can_look_at_are_counted(comparisons: StoreComparisons) -> None:
    many = [Difference(item=f"i-{n}", step="log-case", target=f"{n}", why=Why.GONE) for n in range(MOST + 7)]
    await kept(comparisons, found(*many))
    [known] = await comparisons.latest([PROCESS])
    assert (len(known.findings), known.more, known.open) == (MOST, 7, MOST + 7)


async def test_what_was_written_about_an_item_is_erased_with_it(
    comparisons: StoreComparisons, desk: Desk, clock: Clock, open_database: OpenDatabase
) -> None:
    item = await desk.add("ZZ1")
    await staff.withdraw(desk.queue, item, "ann", "not needed")
    await kept(comparisons, found(Difference(item=item, step="log-case", target="7", why=Why.GONE)))
    [known] = await comparisons.latest([PROCESS])
    await comparisons.see_to(PROCESS, known.findings[0].key, "person/ann", "Mr Sample rang.")
    clock.forward(100)
    assert (await desk.look(item)).state is State.WITHDRAWN
    assert await StoreAudit(open_database(), clock).erase(item, clock(None), "store", "kept long enough")
    [known] = await comparisons.latest([PROCESS])
    seen = known.findings[0].seen
    assert seen is not None
    assert (seen.who, seen.why, known.open) == ("person/ann", "", 0)


async def test_an_older_comparison_that_ends_later_changes_nothing(
    comparisons: StoreComparisons, clock: Clock
) -> None:
    """One by the schedule, and one that somebody started: they overlap."""
    began = await comparisons.now()
    clock.forward(30)
    await kept(comparisons, found(GONE))
    [known] = await comparisons.latest([PROCESS])
    await comparisons.see_to(PROCESS, known.findings[0].key, "person/ann", "Put in again.")
    await comparisons.keep(found(), began)
    [known] = await comparisons.latest([PROCESS])
    assert (known.at, len(known.findings), known.open) == (clock(None), 1, 0)


async def test_what_another_version_found_is_counted(
    comparisons: StoreComparisons, open_database: OpenDatabase
) -> None:
    """The page must not fail on it: it would keep everybody from the work list."""
    await kept(comparisons, found(GONE, CHANGED))

    def older(connection: sa.Connection) -> None:
        [told] = connection.execute(sa.select(table.c.findings)).scalars()
        told[0]["why"], told[1]["of_later"] = "A_WORD_OF_LATER", 7
        connection.execute(sa.update(table).values(findings=told))

    await open_database().run(older)
    [known] = await comparisons.latest([PROCESS])
    assert ([one.difference for one in known.findings], known.more, known.open) == ([CHANGED], 1, 2)


async def test_nothing_is_written_about_what_was_erased(
    comparisons: StoreComparisons, desk: Desk, clock: Clock, open_database: OpenDatabase
) -> None:
    item = await desk.add("ZZ1")
    await staff.withdraw(desk.queue, item, "ann", "not needed")
    clock.forward(100)
    assert await StoreAudit(open_database(), clock).erase(item, clock(None), "store", "kept long enough")
    await kept(comparisons, found(Difference(item=item, step="log-case", target="7", why=Why.GONE)))
    [known] = await comparisons.latest([PROCESS])
    await comparisons.see_to(PROCESS, known.findings[0].key, "person/ann", "Mr Sample rang.")
    [known] = await comparisons.latest([PROCESS])
    seen = known.findings[0].seen
    assert seen is not None
    assert seen.why == ""
