"""What becomes of an item when the target misbehaves: its state, its code, and the council's save log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from bots.assembly.worker import Rekey
from bots.engine.core.item import State, WorkItem
from bots.engine.core.queue import NEVER
from bots.engine.store.database import tables as t
from tests import staff
from tests.town import PROCESS, Town, a_town, rekeyed

SAVE = {"method": "POST", "path": "/cases/new"}


@dataclass(frozen=True, kw_only=True)
class Mishap:
    fault: str
    state: State
    code: str | None
    saved: int  # cases in the log because of this item
    more: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.fault}-{self.more.get('value', '')}"


ONCE = {"times": 1}
MISHAPS = [
    Mishap(fault="error_after_save", state=State.IN_DOUBT, code="no-outcome", saved=1, more=ONCE),
    Mishap(fault="success_without_save", state=State.IN_DOUBT, code="not-reopened", saved=0, more=ONCE),
    Mishap(
        fault="truncate",
        state=State.IN_DOUBT,
        code="saved-differently",
        saved=1,
        more={"times": 1, "value": {"field": "reported_by", "to": 3}},
    ),
    # Nothing has left, which the wire knows: nobody need look for it.
    Mishap(fault="undeclared_dialog", state=State.NEW, code="undeclared-dialog", saved=0, more=ONCE),
    Mishap(
        fault="undeclared_dialog",
        state=State.NEW,
        code="undeclared-dialog",
        saved=0,  # the message comes after the confirmation: the wire still holds the request back
        more={"times": 1, "value": "after"},
    ),
    Mishap(
        fault="session_expired",
        state=State.IN_DOUBT,  # it left, and a page's word does not say what became of it
        code="signed-out",
        saved=0,
        more={"times": 1, "match": SAVE},
    ),
    Mishap(fault="layout", state=State.DONE, code=None, saved=1, more={"value": "moved"}),
    Mishap(fault="layout", state=State.EXCEPTION, code="screen-changed", saved=0, more={"value": "lost"}),
    Mishap(
        fault="slow_save",
        state=State.IN_DOUBT,
        code="commit-connection",
        saved=1,
        more={"times": 1, "value": 2},
    ),
    Mishap(fault="maintenance", state=State.NEW, code="maintenance", saved=0, more=ONCE),
    Mishap(fault="error_500", state=State.NEW, code="target-error", saved=0, more=ONCE),
    Mishap(fault="cut_before_save", state=State.IN_DOUBT, code="commit-connection", saved=0, more=ONCE),
    Mishap(fault="cut_after_save", state=State.IN_DOUBT, code="commit-connection", saved=1, more=ONCE),
    Mishap(fault="client_truncate", state=State.NEW, code="read-back-differs", saved=0, more={"value": 3}),
    Mishap(fault="changed_default", state=State.NEW, code="read-back-differs", saved=0),
    # It comes before our choice of a source, which is made after the date: nothing is wrong.
    Mishap(fault="reset_source", state=State.DONE, code=None, saved=1),
    # What a page sends beside its save does not arrive; nor does what it makes of the save.
    Mishap(fault="redirect", state=State.IN_DOUBT, code="commit-repeated", saved=1, more=ONCE),
    Mishap(fault="two_requests", state=State.NEW, code="request-stopped", saved=0, more=ONCE),
    Mishap(fault="autosave", state=State.NEW, code="request-stopped", saved=0, more=ONCE),
    # It goes as the form is left for the answer to the save: whether it is a part of it, nobody knows.
    Mishap(fault="beacon", state=State.IN_DOUBT, code="commit-other-request", saved=1, more=ONCE),
    Mishap(fault="websocket", state=State.NEW, code="request-stopped", saved=0, more=ONCE),
    Mishap(fault="shared_worker", state=State.NEW, code="request-stopped", saved=0, more=ONCE),
    Mishap(fault="sticky_field", state=State.NEW, code="request-stopped", saved=0, more=ONCE),
    Mishap(fault="twin_options", state=State.EXCEPTION, code="screen-changed", saved=0, more=ONCE),
    Mishap(fault="emptied_on_submit", state=State.NEW, code="body-differs", saved=0, more=ONCE),
    Mishap(fault="latency", state=State.DONE, code=None, saved=1, more={"value": 0.3}),
]


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("faults"), items=40) as town:
        yield town


@pytest.fixture(scope="module")
async def rekey(town: Town) -> AsyncIterator[Rekey]:
    """An open store with good reports only, so that each mishap meets an item that should be done."""
    async with rekeyed(town, patience=0.0) as rekey:
        await town.reported(rekey)
        good = set(town.good())
        for item in await rekey.queue.items(PROCESS):
            if item.reference not in good:
                await staff.withdraw(rekey.queue, item.id, "test", "planted")
        yield rekey


@pytest.mark.parametrize("mishap", MISHAPS, ids=str)
async def test_mishap(town: Town, rekey: Rekey, mishap: Mishap) -> None:
    item = await _alone(rekey)
    before = len(town.saves())
    await town.fault(mishap.fault, **mishap.more)
    summary = await rekey.work(PROCESS, sessions=1, max_items=1)
    await town.mend()
    moved = mishap.fault == "layout"
    assert any(place.startswith("waste.new_case.") for place in summary.drift) == moved, summary.drift
    kept = {one.place: one.times for one in await rekey.queue.drift()}
    assert all(kept[place] >= times for place, times in summary.drift.items())
    found = await rekey.queue.item(item.id)
    assert found is not None
    assert (found.state, found.code) == (mishap.state, mishap.code), found.sentence
    assert len(town.saves()) - before == mishap.saved
    assert await town.meddled() == {}
    assert found.state is State.DONE or found.sentence, "a person is told in words"
    await _set_aside(rekey, found)


async def _alone(rekey: Rekey) -> WorkItem:
    """Leave one new item that may be taken now; the others wait."""
    for hold in await rekey.queue.holds():  # so many mishaps one after the other are a pattern
        await rekey.queue.release(hold.scope, "test", "the next mishap")
    ready = [i for i in await rekey.queue.items(PROCESS, [State.NEW]) if i.not_before < i.updated + 1e5]
    for item in ready[1:]:
        await staff.defer(rekey.queue, item.id, "test", "one at a time", 1e6)
    if ready:
        return ready[0]
    waiting = await rekey.queue.items(PROCESS, [State.NEW])
    await staff.defer(rekey.queue, waiting[0].id, "test", "its turn", 0)
    return waiting[0]


async def test_settled_at_the_end(town: Town, rekey: Rekey) -> None:
    """With the target well again, every mishap ends with one case in the target, or with a person."""
    for hold in await rekey.queue.holds():
        await rekey.queue.release(hold.scope, "test", "the system is well")
    await _not_before(rekey, State.IN_DOUBT, NEVER, 0.0)
    await _not_before(rekey, State.NEW, 1e9, 0.0)
    async with rekeyed(town, patience=15.0) as patient:
        await patient.work(PROCESS, sessions=2)
    verdict = await town.verdict(rekey)
    assert not verdict.twice
    # The target itself cut one name off on saving: it is in doubt, and a person is told.
    unclear = [i for i in await rekey.queue.items(PROCESS, [State.IN_DOUBT]) if i.code == "saved-differently"]
    assert len(unclear) == 1
    assert verdict.wrong == [unclear[0].reference]
    aside = {i.reference for i in await rekey.queue.items(PROCESS, [State.WITHDRAWN, State.EXCEPTION])}
    assert set(verdict.lost) <= aside, "only what this test set aside is not in the target"


async def _set_aside(rekey: Rekey, item: WorkItem) -> None:
    """Keep it out of the next mishaps; what is in doubt stays so until the end."""
    if item.state in (State.NEW, State.EXCEPTION):
        await staff.withdraw(rekey.queue, item.id, "test", "was in a mishap")
    elif item.state is State.IN_DOUBT and item.not_before < NEVER:
        await _not_before(rekey, State.IN_DOUBT, 0.0, NEVER)


async def _not_before(rekey: Rekey, state: State, above: float, moment: float) -> None:
    """Move the store's own not-before times: a test's stand-in for hours of waiting."""
    code = t.items.c.code.is_distinct_from("saved-differently")
    change = sa.update(t.items).where(t.items.c.state == state.value, t.items.c.not_before >= above, code)
    database = rekey.queue._database  # type: ignore[attr-defined]
    await database.run(lambda c: c.execute(change.values(not_before=moment)))
