"""What becomes of a save of which nobody knows: taken as the receipt, proved absent, or a person's.

`bots.engine.keying.resolving`, on a store, a target and a clock in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import repeat
from typing import Any

import pytest

from bots.engine.core.absence import Witness
from bots.engine.core.errors import BusinessException, SystemException
from bots.engine.core.item import IntentStatus, State
from bots.engine.core.points import Point
from bots.engine.core.queue import NEVER
from bots.engine.core.screens import Screens

from .own_time import at_once
from .small_office import Office
from .small_target import (
    Case,
    Listed,
    Plain,
    Refusing,
    Saving,
    Stamped,
    Target,
    Unopenable,
    Unsearchable,
)

AnOffice = Callable[..., Office]
SAVED, NOT_SAVED = Point.ANSWERED, Point.INTENT
"""Where the worker died: after the target had kept it, or before anything left."""


def looked_at(office: Office, *later: str) -> tuple[State, str | None]:
    """What the item is after others were keyed and it was looked at once."""
    office.hand_in(*later)
    office.work(max_items=len(later) + 1)
    return office.told("a")


def kept_once(office: Office, *keys: str) -> bool:
    return office.target.keys() == dict.fromkeys(keys, 1)


# ---- it is there --------------------------------------------------------------------------------
def test_what_is_found_is_its_receipt(office: Office) -> None:
    office.doubted("a", SAVED)
    assert looked_at(office) == (State.DONE, None)
    receipt, [intent] = office.receipts("a")["log"], office.intents("a")
    assert (receipt.reference, receipt.adopted, receipt.intent) == ("R1", True, intent.id)
    assert receipt.values["key"] == "a"
    assert intent.status is IntentStatus.RECEIPTED
    assert kept_once(office, "a")


def test_what_only_the_list_shows_is_its_receipt(office: Office) -> None:
    office.target.hidden.add("a")
    office.doubted("a", SAVED)
    assert looked_at(office) == (State.DONE, None), "no later case is needed for what is there"
    assert office.receipts("a")["log"].reference == "R1"


def change(target: Target, **values: str) -> None:
    [entry] = target.entries
    target.entries[0] = replace(entry, values={**entry.values, **values})


def test_an_entry_that_differs_is_a_persons(office: Office) -> None:
    office.doubted("a", SAVED)
    change(office.target, name="Somebody else")
    assert looked_at(office, "b") == (State.IN_DOUBT, "already-in-target")
    assert "differs (name)" in str(office.item("a").sentence)
    assert kept_once(office, "a", "b")
    assert not office.receipts("a")


def test_two_equal_entries_are_a_persons(office: Office) -> None:
    office.doubted("a", SAVED)
    office.target.put("a")
    assert looked_at(office, "b") == (State.IN_DOUBT, "already-in-target")
    assert "several" in str(office.item("a").sentence)
    assert not office.receipts("a")


def test_an_entry_that_is_another_items_is_a_persons(office: Office) -> None:
    office.target.put("b")
    office.hand_in("b")
    office.work()
    office.doubted("a", NOT_SAVED)
    change(office.target, key="a")
    assert looked_at(office) == (State.IN_DOUBT, "already-in-target")
    assert office.item("a").detail["item"] == office.item("b").id


def test_an_entry_that_was_there_before_is_no_proof(an_office: AnOffice) -> None:
    class Lax(Listed):
        """Its search showed what it did not take for the same case when it looked first."""

        blind = True

        async def find(self, screens: Screens, record: Case) -> Any:
            return [] if self.blind else await super().find(screens, record)

    office = an_office(steps=(Lax(),))
    office.doubted("a", SAVED)
    [intent] = office.intents("a")
    office.queue.book.intents[intent.id] = replace(intent, seen=("R1",))
    Lax.blind = False
    assert looked_at(office) == (State.IN_DOUBT, "not-new")
    assert not office.receipts("a")


def test_only_a_person_moves_on_what_looking_cannot_tell(office: Office) -> None:
    office.doubted("a", SAVED)
    office.target.put("a")
    looked_at(office)
    assert office.item("a").not_before >= NEVER
    searched = office.target.opened["search"]
    office.clock.forward(1e6)
    office.work()
    assert office.target.opened["search"] == searched


# ---- it is not there ----------------------------------------------------------------------------
def test_a_whole_list_with_a_later_save_proves_that_it_is_not_there(office: Office) -> None:
    office.doubted("a", NOT_SAVED)
    assert looked_at(office, "b") == (State.NEW, "proved-absent")
    [intent] = office.intents("a")
    assert intent.status is IntentStatus.ABSENT
    assert office.item("a").attempts == 1, "looking is no attempt"
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert kept_once(office, "a", "b")


@pytest.mark.parametrize(
    ("switch", "code"),
    [
        ({}, "search-not-proven"),
        ({"unlisted": {"b"}, "later": ("b",)}, "search-not-alive"),
        ({"cut": True, "later": ("b",)}, "absence-not-provable"),
    ],
)
@pytest.mark.parametrize("point", [SAVED, NOT_SAVED])
def test_what_a_list_does_not_prove_is_not_keyed_again(
    office: Office, point: Point, switch: dict[str, Any], code: str
) -> None:
    office.target.hidden.add("a")
    office.target.unlisted = {"a"} | switch.get("unlisted", set())
    office.target.cut = switch.get("cut", False)
    office.doubted("a", point)
    saves = len(office.target.entries)
    later = switch.get("later", ())
    assert looked_at(office, *later) == (State.IN_DOUBT, code)
    assert len(office.target.entries) == saves + len(later)
    assert office.intents("a")[0].status is IntentStatus.OPEN


def test_a_name_that_is_nearly_the_same_may_be_it(an_office: AnOffice) -> None:
    office = an_office()
    office.target.hidden.add("Zoë Łęcka")
    office.doubted("Zoë Łęcka", SAVED)
    change(office.target, key="Zoe ?ecka")
    office.hand_in("b")
    office.work(max_items=2)
    assert office.told("Zoë Łęcka") == (State.IN_DOUBT, "may-be-ours")


def test_without_a_list_a_mark_or_a_refusal_nothing_proves_it(an_office: AnOffice) -> None:
    office = an_office(steps=(Plain(),))
    office.doubted("a", NOT_SAVED)
    assert looked_at(office, "b") == (State.IN_DOUBT, "absence-not-provable")
    office.clock.forward(1e6)
    office.work()
    assert office.told("a") == (State.IN_DOUBT, "absence-not-provable")
    assert kept_once(office, "b")


def test_a_search_by_its_own_mark_proves_it(an_office: AnOffice) -> None:
    office = an_office(steps=(Stamped(),))
    office.doubted("a", NOT_SAVED)
    assert looked_at(office, "b") == (State.NEW, "proved-absent")


def test_a_mark_is_found_whatever_became_of_the_key(an_office: AnOffice) -> None:
    office = an_office(steps=(Stamped(),))
    office.doubted("a", SAVED)
    change(office.target, key="A.")
    assert looked_at(office, "b") == (State.IN_DOUBT, "already-in-target")


def test_a_target_that_was_seen_to_refuse_duplicates_proves_it(an_office: AnOffice) -> None:
    office = an_office(steps=(Refusing(),))
    office.target.savings["z"] = [Saving.DUPLICATE]
    office.hand_in("z")
    office.work()
    office.doubted("a", NOT_SAVED)
    assert looked_at(office) == (State.NEW, "proved-absent")


def test_a_refusal_that_nobody_has_seen_proves_nothing(an_office: AnOffice) -> None:
    office = an_office(steps=(Refusing(),))
    office.doubted("a", NOT_SAVED)
    assert looked_at(office, "b") == (State.IN_DOUBT, "absence-not-provable")


def test_the_proof_says_by_what(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    close = office.queue.close_intent

    async def keep(*given: Any) -> None:
        kept.append(given)
        await close(*given)

    office.doubted("a", NOT_SAVED)
    monkeypatch.setattr(office.queue, "close_intent", keep)
    looked_at(office, "b")
    [(_, _, status, why, absence)] = kept
    assert (status, why) == (IntentStatus.ABSENT, "proved by list")
    assert (absence.witness, absence.scope, absence.alive) == (Witness.LIST, "all cases", "R1")


def test_it_is_not_looked_at_while_it_may_still_arrive(office: Office) -> None:
    office.target.savings["a"] = [Saving.LATE]
    office.hand_in("a")
    office.work(max_items=1)
    assert office.told("a") == (State.IN_DOUBT, "commit-connection")
    [intent] = office.intents("a")
    assert at_once(office.queue.take_in_doubt("small", "w/1", 60.0)) is None
    office.clock.passed += intent.settled - office.clock.now
    assert office.doubt().item.id == office.item("a").id


# ---- the target's word --------------------------------------------------------------------------
def said(office: Office, key: str = "a") -> None:
    """An item of which the target said that it saved it, as R1; its worker died before its receipt."""
    office.doubted(key, Point.REOPENED)
    assert at_once(office.queue.said(office.intents(key)[0])) == "R1"


def test_the_entry_that_the_target_named_is_its_receipt(office: Office) -> None:
    said(office)
    searched = office.target.opened["search"]
    assert looked_at(office) == (State.DONE, None)
    assert office.receipts("a")["log"].reference == "R1"
    assert office.target.opened["search"] == searched, "what it named needs no search"


@pytest.mark.parametrize("became", ["gone", "empty", "another"])
def test_after_a_word_of_success_nothing_is_keyed_again(office: Office, became: str) -> None:
    said(office)
    if became == "gone":
        office.target.entries.clear()
        office.target.put("b")
    elif became == "empty":
        office.target.emptied.add("R1")
    else:
        change(office.target, key="b")
    saves = office.target.asked.copy()
    state, code = looked_at(office, "c")
    assert (state, code) == (State.IN_DOUBT, "said-saved")
    assert office.item("a").detail["reference"] == "R1"
    assert office.target.asked == [*saves, "c"]


def test_an_entry_that_the_target_named_and_that_differs_is_told_as_such(office: Office) -> None:
    said(office)
    change(office.target, name="Somebody else")
    assert looked_at(office) == (State.IN_DOUBT, "already-in-target")
    assert office.item("a").detail["fields"] == ["name"]
    assert office.item("a").detail["reference"] == "R1"


def test_a_named_entry_that_cannot_be_opened_is_searched_for(an_office: AnOffice) -> None:
    office = an_office(steps=(Unopenable(),))
    office.doubted("a", Point.REOPENED)
    assert looked_at(office) == (State.DONE, None)
    assert office.receipts("a")["log"].reference == "R1"


def test_an_entry_of_another_reference_is_not_what_the_target_named(an_office: AnOffice) -> None:
    office = an_office(steps=(Unopenable(),))
    office.doubted("a", Point.REOPENED)
    office.target.entries.clear()
    office.target.put("z")
    office.target.put("a")
    assert looked_at(office) == (State.IN_DOUBT, "said-saved")
    assert not office.receipts("a")


def test_an_entry_that_cannot_be_opened_now_is_looked_at_later(office: Office) -> None:
    said(office)
    office.target.troubles["case"] = iter([SystemException("not-ready", "It does not answer.")])
    assert looked_at(office) == (State.IN_DOUBT, "not-ready")
    office.clock.forward(1000)
    office.work()
    assert office.told("a") == (State.DONE, None)


# ---- what a machine may not look up -------------------------------------------------------------
class NotLookedFirst(Plain):
    not_looked_first_because = "it refuses duplicates itself"


@pytest.mark.parametrize("step", [Unsearchable(), NotLookedFirst()], ids=lambda one: type(one).__name__)
def test_what_cannot_be_searched_is_a_persons(an_office: AnOffice, step: Plain) -> None:
    office = an_office(steps=(step,))
    office.doubted("a", SAVED)
    opened = office.target.opened.total()
    assert looked_at(office) == (State.IN_DOUBT, "cannot-be-searched")
    assert office.target.opened.total() == opened, "it needs no session"


def test_of_a_save_of_several_parts_what_a_search_shows_proves_nothing(office: Office) -> None:
    office.target.requests = 2
    office.doubted("a", SAVED)
    assert looked_at(office) == (State.IN_DOUBT, "commit-half")


def test_while_a_dead_workers_browser_may_act_nothing_is_settled(office: Office) -> None:
    office.doubted("a", NOT_SAVED)
    office.target.gone = False
    assert looked_at(office, "b") == (State.IN_DOUBT, "browser-not-gone")
    office.target.gone = True
    office.clock.forward(1000)
    office.work(max_items=1)
    assert office.told("a") == (State.NEW, "proved-absent")


def test_a_case_that_cannot_be_matched_now_is_looked_at_later(an_office: AnOffice) -> None:
    class Matching(Listed):
        fails = repeat(None)

        async def match(self, screens: Screens, record: Case) -> Case:
            error = next(self.fails)
            if error is not None:
                raise error
            return record

    office = an_office(steps=(Matching(),))
    office.doubted("a", SAVED)
    Matching.fails = iter([BusinessException("no-such-place", "There is no such place."), *[None] * 9])  # type: ignore[assignment]
    assert looked_at(office) == (State.IN_DOUBT, "no-such-place")
    assert office.item("a").not_before > office.clock.now
    office.clock.forward(1000)
    office.work()
    assert office.told("a") == (State.DONE, None)
