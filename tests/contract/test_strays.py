"""What a target holds under our own sign-in, and whether anything explains it: else the store forgot it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import sqlalchemy as sa

from bots.engine.core.absence import ListRead
from bots.engine.core.item import Ending, NewItem, Receipt, State
from bots.engine.core.process import Process
from bots.engine.core.queue import RESTORED
from bots.engine.core.record import Record
from bots.engine.core.screens import Screens
from bots.engine.core.step import Step
from bots.engine.core.systems import Systems
from bots.engine.core.value import Found, Shown, Value
from bots.engine.reconcile.strays import Strays
from bots.engine.store.audit.restores import StoreRestores
from bots.engine.store.database import tables as t
from bots.engine.store.work.lives import StoreLives
from bots.engine.store.work.queue import SqlQueue

from .conftest import OpenDatabase
from .desk import LEASE, SETTLE, SYSTEM, WINDOW, Clock

HAND = "rekey.bot"


class Case(Record):
    known_by = (("key",),)
    key: str
    name: str = "Ann"
    kind: str = "Repair"


class Log(Step[Case]):
    """Lists what `holds` says the target holds."""

    name, system, commit, case, hand = "log", SYSTEM, "new.save", ("key",), "by"

    def __init__(self, *holds: Found) -> None:
        self.holds = holds

    def values(self, record: Case) -> Mapping[str, Value]:
        return {"key": record.key, "name": record.name, "kind": record.kind}

    async def key(self, screens: Screens, record: Case) -> None: ...

    async def listing(self, screens: Screens) -> Sequence[Found]:
        return self.holds


class Permit(Log):
    """Another kind of record in the same system."""

    name = "permit"


class Letter(Log):
    name, system = "letter", "post"


def entry(reference: str, key: str, **values: str) -> Found:
    shown = {"key": key, "name": "Ann", "kind": "Repair", "by": HAND} | values
    return Found(reference=reference, values={name: Shown(text=text) for name, text in shown.items()})


def process(name: str, *steps: Step[Any]) -> Process[Any]:
    return Process(name=name, title=name, owner="O", record=Case, steps=steps)


class Listed:
    """Systems of which only the list of a step is wanted."""

    async def enter(self, system: str, holder: str) -> Listed:
        return self

    def lists(self) -> Sequence[ListRead]:
        return ()

    async def leave_all(self, holder: str) -> None: ...

    def title(self, system: str) -> str:
        return system


@dataclass(kw_only=True)
class Place:
    """A store that must ask, and what its processes left in doubt."""

    queue: SqlQueue
    restores: StoreRestores
    processes: list[Process[Any]] = field(default_factory=list)

    async def in_doubt(self, process: str, key: str, **detail: Any) -> str:
        batch = await self.queue.open_batch(process, "file", "ann")
        [(_, item)] = await self.queue.add(
            process, batch, [NewItem(reference=key, data=Case(key=key).data())]
        )
        lease = await self.queue.take(process, "w1/1", LEASE)
        assert lease is not None
        await self.queue.intend(
            lease, step="log", system=SYSTEM, writer="b", digest=key, seen=(), window=WINDOW, settle=SETTLE
        )
        ending = Ending(state=State.IN_DOUBT, code="no-outcome", sentence="Not known.", detail=detail)
        await self.queue.finish(lease, ending, ("log",))
        return item

    async def done(self, process: str, step: str, reference: str, **values: str) -> None:
        batch = await self.queue.open_batch(process, "file", "ann")
        await self.queue.add(process, batch, [NewItem(reference=reference, data=Case(key=reference).data())])
        lease = await self.queue.take(process, "w1/1", LEASE)
        assert lease is not None
        receipt = Receipt(
            item=lease.item.id, step=step, system=SYSTEM, reference=reference, values=values, adopted=False
        )
        await self.queue.record_receipt(lease, receipt, None)
        await self.queue.finish(lease, Ending(state=State.DONE), (step,))

    async def found(self, name: str = "cases") -> set[str]:
        """References of what counts as forgotten after a process has asked."""
        [asking] = [one for one in self.processes if one.name == name]
        strays = Strays(
            queue=self.queue,
            restores=self.restores,
            systems=cast(Systems, Listed()),
            worker="w1",
            sign_ins={SYSTEM: [HAND], "post": [HAND]},
            processes=self.processes,
        )
        await strays.look(asking)
        held = {one.scope for one in await self.queue.holds() if one.who == RESTORED}
        return {one.reference for one in await self.restores.strays()} if held else set()


@pytest.fixture
async def place(open_database: OpenDatabase) -> AsyncIterator[Place]:
    clock, database = Clock(), open_database()
    steps = {name: [("log", SYSTEM), ("letter", "post")] for name in ("cases", "twin")}
    queue = await SqlQueue.open(database, "test", clock=clock, steps=steps)
    await database.run(lambda c: c.execute(sa.update(t.store).values(home=None, gap=None, restored=None)))
    await StoreLives(database, clock).begin("w1", "a")
    yield Place(queue=queue, restores=StoreRestores(database, clock))
    await database.run(lambda c: c.execute(sa.update(t.store).values(home=None, gap=None, restored=None)))


async def test_what_an_item_in_doubt_may_have_saved_is_not_forgotten(place: Place) -> None:
    place.processes = [process("cases", Log(entry("1", "k01"), entry("2", "K02", by="clerk")))]
    await place.in_doubt("cases", "K01")
    assert await place.found() == set(), "however the target writes its key"


async def test_one_in_doubt_does_not_hide_what_is_like_it(place: Place) -> None:
    """Cases of one kind agree in most values. What was forgotten would be keyed twice."""
    place.processes = [process("cases", Log(*(entry(str(n), f"K0{n}") for n in range(1, 6))))]
    await place.in_doubt("cases", "K01")
    assert await place.found() == {"2", "3", "4", "5"}


async def test_of_one_item_in_doubt_one_entry_may_be(place: Place) -> None:
    place.processes = [process("cases", Log(entry("1", "K01"), entry("2", "K01")))]
    await place.in_doubt("cases", "K01")
    assert len(await place.found()) == 1


async def test_a_list_that_two_processes_fill(place: Place) -> None:
    """What one of them has in doubt, or told people of, is no sign of a backup to the other."""
    log = Log(entry("1", "K01"), entry("2", "?", name="SOMEBODY ELSE"))
    place.processes = [process("cases", log), process("twin", log)]
    await place.in_doubt("twin", "K01")
    await place.in_doubt("twin", "K02", step="log", reference="2")
    assert await place.found() == set()


async def test_a_number_that_another_system_gave_explains_nothing(place: Place) -> None:
    """Both count from 1."""
    place.processes = [process("cases", Log(entry("1", "K01")), Letter())]
    await place.in_doubt("cases", "K09", step="letter", reference="1")
    assert await place.found() == {"1"}


@pytest.mark.parametrize(
    ("values", "forgotten"),
    [
        ({"key": "K01", "name": "Ann", "kind": "Repair"}, set()),
        ({"key": "P77", "name": "Bob", "kind": "Skip"}, {"1"}),
        ({"plot": "7", "applicant": "Bob"}, {"1"}),
        ({}, set()),
    ],
)
async def test_what_another_step_saved_explains_what_is_like_it(
    place: Place, values: Mapping[str, str], forgotten: set[str]
) -> None:
    """It may key into the same list, or into one of its own that counts from 1 as well."""
    place.processes = [process("cases", Log(entry("1", "K01"))), process("twin", Permit())]
    await place.done("twin", "permit", "1", **values)
    assert await place.found() == forgotten


@pytest.mark.parametrize(("key", "forgotten"), [("K01", set()), ("P77", {"1"})])
async def test_what_people_were_told_of_another_step_explains_what_is_like_it(
    place: Place, key: str, forgotten: set[str]
) -> None:
    place.processes = [process("cases", Log(entry("1", "K01"))), process("twin", Permit())]
    values = {"key": key, "name": "Ann" if key == "K01" else "Bob"}
    await place.in_doubt("twin", "P99", step="permit", found=[{"reference": "1", "values": values}])
    assert await place.found() == forgotten


async def test_a_list_that_shows_another_name_than_the_sign_in(place: Place) -> None:
    """What we saved there tells which name is ours."""
    named = [entry("2", "K02", by="Rekey Bot"), entry("3", "K03", by="Bob Clerk")]
    place.processes = [process("cases", Log(*(entry(n, f"K{n}", by="Rekey Bot") for n in "45"), *named))]
    for reference in "45":
        await place.done("cases", "log", reference)
    assert await place.found() == {"2"}


async def test_who_changed_an_entry_of_ours_is_not_taken_for_us(place: Place) -> None:
    log = Log(entry("1", "K01", by="Bob"), entry("2", "K02"), entry("3", "K03", by="Bob"))
    place.processes = [process("cases", log)]
    for reference in "12":
        await place.done("cases", "log", reference)
    assert await place.found() == set()
