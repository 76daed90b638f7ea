"""What a bot saw is offered only as long as it is so, and only where all of it was seen."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.console.item.search_result import SightView, sight_view
from bots.engine.console.services.masking import Veil
from bots.engine.core.item import Intent, IntentStatus, State, WorkItem
from bots.engine.core.lookup import Lookup, Sight, Sighted
from bots.processes.missed_bins.process import PROCESS as BINS

MEANT = {"uprn": "100", "collection": "Refuse", "missed_on": "02/11/2026", "reported_by": "A"}


def item(version: int, state: State) -> WorkItem:
    base: dict[str, Any] = dict.fromkeys(WorkItem.__dataclass_fields__)
    said = {"id": "i-1", "process": BINS.name, "version": version, "state": state, "data": {}, "detail": {}}
    return WorkItem(**base | said)


def looked(values: dict[str, str], answered: float = 100.0) -> Lookup:
    sight = Sight(step="log-case", meant=MEANT, entries=[Sighted(reference="W-1", values=values)])
    return Lookup(
        item="i-1",
        process=BINS.name,
        who="person/ann",
        asked=90.0,
        answered=answered,
        version=1,
        sight=sight,
    )


def intent(recorded: float) -> Intent:
    return Intent(
        id="x",
        item="i-1",
        step="log-case",
        system="waste",
        token=1,
        digest="",
        seen=(),
        recorded=recorded,
        deadline=recorded + 20,
        resolvable=recorded + 60,
        writer="b",
        status=IntentStatus.OPEN,
    )


def shown(found: Lookup, now: WorkItem, *intents: Intent) -> SightView:
    return sight_view(BINS, now, lookup=found, intents=intents, sent=(), veil=Veil(BINS, clear=True))


def test_what_equals_an_older_version_is_not_offered() -> None:
    view = shown(looked(MEANT), item(2, State.EXCEPTION))
    assert view.older
    assert not any(one.equal for one in view.entries)


@pytest.mark.parametrize(
    "answered", [900.0, 1030.0], ids=["before the intent", "while it could still arrive"]
)
def test_a_look_before_all_had_arrived_is_old(answered: float) -> None:
    view = shown(looked(MEANT, answered=answered), item(1, State.IN_DOUBT), intent(1000.0))
    assert view.older
    assert not any(one.equal for one in view.entries)


def test_an_entry_that_shows_some_values_only_is_not_equal() -> None:
    """Of many entries only the first are opened: the others show what a list shows."""
    view = shown(looked({"collection": "Refuse"}), item(1, State.EXCEPTION))
    assert not view.entries[0].equal
