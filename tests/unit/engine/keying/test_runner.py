"""What a run keys, when it ends, and what becomes of an item when its worker, its lease or its time goes."""

from __future__ import annotations

import pytest

from bots.engine.core.item import State
from bots.engine.core.points import Point

from .small_office import Office


def test_every_case_is_keyed_once_and_has_its_receipt(office: Office) -> None:
    office.hand_in("a", "b", "c")
    summary = office.work(sessions=2)
    assert office.target.keys() == {"a": 1, "b": 1, "c": 1}
    assert (summary.taken, summary.done, summary.keyed, summary.adopted) == (3, 3, 3, 0)
    for key in "abc":
        receipt = office.receipts(key)["log"]
        assert office.told(key) == (State.DONE, None)
        assert receipt.values["key"] == key
        assert receipt.account == "bot"


@pytest.mark.parametrize("point", Point)
def test_killed_anywhere_a_case_is_keyed_once(office: Office, point: Point) -> None:
    office.hand_in("a", "b", "c")
    assert office.killed(point, 2)
    office.clock.forward(100)
    office.work()
    assert office.states() == {State.DONE: 3}
    assert office.target.keys() == {"a": 1, "b": 1, "c": 1}
