"""What is done with an item in hand: which steps are keyed, who is asked first, and what is never done.

`bots.engine.keying.attempt`, on a store, a target and a clock in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

import pytest

from bots.engine.core.errors import BusinessException, SystemException
from bots.engine.core.item import Intent, IntentStatus, Kind, State
from bots.engine.core.limits import Limits
from bots.engine.core.points import Point
from tests import staff

from .own_time import at_once
from .small_office import PROCESS, Office
from .small_target import LETTER, STEP, Letter, Listed, Saving, Unopenable, Unsearchable

AnOffice = Callable[..., Office]


# ---- one step -----------------------------------------------------------------------------------
def test_what_is_in_the_target_already_is_taken_as_the_receipt(office: Office) -> None:
    office.target.put("a")
    office.hand_in("a")
    summary = office.work()
    assert (office.told("a"), summary.adopted, summary.keyed) == ((State.DONE, None), 1, 0)
    assert not office.target.asked
    assert not office.intents("a")
    assert office.receipts("a")[STEP].adopted


@pytest.mark.parametrize(
    ("others", "word"),
    [((("a", "Somebody else"),), "differs"), ((("a", "Ann"), ("a", "Ann")), "several")],
    ids=["another person's", "two equal ones"],
)
def test_what_may_be_somebody_elses_is_a_persons(
    office: Office, others: tuple[tuple[str, str], ...], word: str
) -> None:
    for key, name in others:
        office.target.put(key, name)
    office.hand_in("a")
    office.work()
    item = office.item("a")
    assert (item.state, item.kind, item.code) == (State.EXCEPTION, Kind.BUSINESS, "already-in-target")
    assert word in str(item.sentence)
    assert [found["reference"] for found in item.detail["found"]] == ["R1", "R2"][: len(others)]
    assert not office.target.asked


ENDS: list[tuple[Saving, tuple[State, str | None], IntentStatus, int]] = [
    (Saving.KEEPS, (State.DONE, None), IntentStatus.RECEIPTED, 1),
    (Saving.SILENT, (State.DONE, None), IntentStatus.RECEIPTED, 1),
    (Saving.SILENT_LOST, (State.IN_DOUBT, "not-confirmed"), IntentStatus.OPEN, 1),
    (Saving.CUT, (State.IN_DOUBT, "commit-connection"), IntentStatus.OPEN, 1),
    (Saving.CUT_LOST, (State.IN_DOUBT, "commit-connection"), IntentStatus.OPEN, 1),
    (Saving.LATE, (State.IN_DOUBT, "commit-connection"), IntentStatus.OPEN, 1),
    (Saving.FAILS, (State.IN_DOUBT, "server-error"), IntentStatus.OPEN, 1),
    (Saving.FAILS_LOST, (State.IN_DOUBT, "server-error"), IntentStatus.OPEN, 1),
    (Saving.LIES, (State.IN_DOUBT, "not-reopened"), IntentStatus.OPEN, 1),
    (Saving.ALTERS, (State.IN_DOUBT, "saved-differently"), IntentStatus.OPEN, 1),
    (Saving.TWICE, (State.IN_DOUBT, "saved-differently"), IntentStatus.OPEN, 1),
    (Saving.HALF, (State.IN_DOUBT, "commit-half"), IntentStatus.OPEN, 1),
    (Saving.BREAKS, (State.IN_DOUBT, "unexpected"), IntentStatus.OPEN, 1),
    (Saving.REFUSES, (State.EXCEPTION, "not-allowed"), IntentStatus.REFUSED, 1),
    (Saving.DUPLICATE, (State.EXCEPTION, "duplicate"), IntentStatus.REFUSED, 1),
    (Saving.BUSY, (State.NEW, "record-open"), IntentStatus.REFUSED, 0),
    (Saving.SIGNED_OUT, (State.NEW, "signed-out"), IntentStatus.REFUSED, 0),
    (Saving.NOT_FIRED, (State.NEW, "not-fired"), IntentStatus.REFUSED, 0),
    (Saving.STOPPED, (State.NEW, "request-stopped"), IntentStatus.REFUSED, 0),
]


@pytest.mark.parametrize(("saving", "told", "status", "left"), ENDS, ids=lambda one: str(one))
def test_what_a_save_makes_of_its_item(
    office: Office, saving: Saving, told: tuple[State, str | None], status: IntentStatus, left: int
) -> None:
    office.target.put("z")
    office.target.savings["a"] = [saving]
    office.hand_in("a")
    office.work(max_items=1)
    assert office.told("a") == told
    assert [intent.status for intent in office.intents("a")] == [status]
    assert len(office.target.asked) == left
    assert (STEP in office.receipts("a")) is (told[0] is State.DONE)
    assert told[1] is None or office.item("a").sentence


def test_a_duplicate_message_leads_to_another_look(office: Office) -> None:
    """A clerk saved the case between our look and our save."""
    office.target.savings["a"] = [Saving.DUPLICATE]
    office.at[Point.LOOKED] = lambda: office.target.put("a")
    office.hand_in("a")
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert office.receipts("a")[STEP].adopted


def test_a_refusal_is_not_taken_twice(office: Office) -> None:
    office.target.savings["a"] = [Saving.DENIES]
    office.target.hidden.add("a")
    office.hand_in("a")
    office.work()
    assert office.told("a") == (State.EXCEPTION, "not-allowed")
    at_once(staff.retry(office.queue, office.item("a").id, "Ann", "again"))
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert office.target.asked == ["a"], "the list shows what the target denied"


def test_what_the_form_made_of_a_value_is_not_saved(office: Office) -> None:
    office.target.mistyped = {"name": "An"}
    office.hand_in("a")
    office.work(max_items=1)
    assert office.told("a") == (State.NEW, "read-back-differs")
    assert not office.intents("a")


@pytest.mark.parametrize("point", [Point.LOOKED, Point.READ_BACK, Point.INTENT, Point.FIRING])
def test_nothing_is_saved_after_a_hold(office: Office, point: Point) -> None:
    office.at[point] = office.hold
    office.hand_in("a")
    office.work()
    assert office.told("a") == (State.NEW, "held")
    assert not office.target.asked
    assert office.item("a").attempts == 0
    assert not [one for one in office.intents("a") if one.status is IntentStatus.OPEN]


@pytest.mark.parametrize("point", [Point.LOOKED, Point.READ_BACK])
def test_without_its_lease_nothing_is_intended(office: Office, point: Point) -> None:
    office.at[point] = office.takes_over
    office.hand_in("a")
    office.work(patience=0.0)
    assert not office.target.asked
    assert not office.intents("a")
    assert office.item("a").state is State.IN_PROGRESS


def test_without_its_lease_nothing_leaves(office: Office) -> None:
    office.at[Point.FIRING] = office.takes_over
    office.hand_in("a")
    office.work(patience=0.0)
    assert not office.target.asked
    assert office.item("a").state is State.IN_PROGRESS


def test_every_save_has_its_intent_before_it_leaves(office: Office) -> None:
    opened: list[list[Intent]] = []
    office.at[Point.FIRING] = lambda: opened.append(office.intents("a"))
    office.hand_in("a")
    office.work()
    [[intent]] = opened
    assert (intent.status, intent.step, intent.account) == (IntentStatus.OPEN, STEP, "bot")
    assert intent.writer.startswith("w1/")


# ---- what stops it before anything is keyed -----------------------------------------------------
def test_a_record_that_does_not_fit_is_told_by_its_fields_alone(office: Office) -> None:
    office.hand_in("a", colour="a secret", pounds="much")
    office.work()
    item = office.item("a")
    assert (item.state, item.code) == (State.EXCEPTION, "invalid-record")
    assert item.detail["fields"] == ["colour", "pounds"]
    assert "secret" not in str(item.sentence)
    assert not office.target.opened


def test_a_rule_that_says_no(an_office: AnOffice) -> None:
    def never(_: Any) -> None:
        raise BusinessException("never", "It is never keyed.")

    office = an_office(process={"rules": (never,)})
    office.hand_in("a")
    office.work()
    assert office.told("a") == (State.EXCEPTION, "never")
    assert not office.target.opened


def test_an_item_is_not_taken_for_ever(office: Office) -> None:
    office.hand_in("a")
    office.queue.book.items[office.item("a").id].attempts = 11
    office.target.savings["a"] = [Saving.BUSY]
    office.work(max_items=1)
    assert office.told("a") == (State.EXCEPTION, "record-open"), "the twelfth is the last of a busy one"
    office.hand_in("b")
    office.queue.book.items[office.item("b").id].attempts = 12
    office.work(max_items=1)
    assert office.told("b") == (State.EXCEPTION, "attempts-exhausted")
    assert not office.target.asked


# ---- a person's agreement -----------------------------------------------------------------------
def limited(office: Office, **limits: int) -> None:
    at_once(office.queue.set_limits(PROCESS, Limits(**limits), "Ann", "new"))


def test_the_first_items_are_shown_and_not_saved(office: Office) -> None:
    limited(office, approve_first=1)
    office.hand_in("a")
    office.work()
    item = office.item("a")
    assert (item.state, item.code, item.attempts) == (State.AWAITING_APPROVAL, "first-items", 0)
    assert item.detail["step"] == STEP
    assert item.detail["would_save"] == {"key": "a", "name": "Ann"}
    assert not office.intents("a")
    at_once(staff.approve(office.queue, item.id, "Ben", "right"))
    office.work()
    assert office.told("a") == (State.DONE, None)


def test_while_the_first_items_wait_others_do_too(office: Office) -> None:
    limited(office, approve_first=1)
    office.hand_in("a", "b")
    summary = office.work()
    assert office.told("b") == (State.NEW, "first-items")
    assert office.item("b").attempts == 0
    assert (summary.stopped[:15], summary.blocked) == ("The first items", False)
    assert not office.target.asked


def test_a_case_that_moves_much_money_is_shown(office: Office) -> None:
    limited(office, approve_over=1000)
    office.hand_in("small", pounds=10)
    office.hand_in("large", pounds=11)
    office.work()
    assert office.told("small") == (State.DONE, None)
    assert office.told("large") == (State.AWAITING_APPROVAL, "large-case")


def test_what_is_there_already_needs_nobodys_agreement(office: Office) -> None:
    limited(office, approve_first=1)
    office.target.put("a")
    office.hand_in("a")
    office.work()
    assert office.told("a") == (State.DONE, None)


def test_with_nothing_left_to_save_nobody_is_asked(office: Office) -> None:
    decided(office, "R1")
    limited(office, approve_first=1)
    office.work()
    assert office.told("a") == (State.DONE, None)


# ---- several steps ------------------------------------------------------------------------------
@pytest.fixture
def two_steps(an_office: AnOffice) -> Office:
    return an_office(steps=(Listed(), Letter()))


def test_steps_are_keyed_in_their_order(two_steps: Office) -> None:
    two_steps.hand_in("a")
    summary = two_steps.work()
    assert two_steps.told("a") == (State.DONE, None)
    assert summary.keyed == 2
    assert [intent.step for intent in two_steps.intents("a")] == [STEP, LETTER]
    assert set(two_steps.receipts("a")) == {STEP, LETTER}


def test_what_would_stop_a_later_step_stops_the_first(two_steps: Office) -> None:
    two_steps.post.put("a", "Somebody else")
    two_steps.hand_in("a")
    two_steps.work()
    assert two_steps.told("a") == (State.EXCEPTION, "already-in-target")
    assert not two_steps.target.asked


def test_a_step_with_its_receipt_is_not_keyed_again(two_steps: Office) -> None:
    two_steps.post.savings["a"] = [Saving.NOT_FIRED]
    two_steps.hand_in("a")
    two_steps.work()
    assert two_steps.told("a") == (State.DONE, None)
    assert (two_steps.target.asked, two_steps.post.asked) == (["a"], ["a"])
    assert two_steps.target.opened["new"] == 1


def test_once_the_first_is_there_nothing_is_foreseen(two_steps: Office) -> None:
    two_steps.post.savings["a"] = [Saving.NOT_FIRED]
    two_steps.hand_in("a")
    two_steps.work(max_items=1)
    searched = two_steps.post.opened["search"]
    two_steps.clock.forward(100)
    two_steps.work(max_items=1)
    assert two_steps.post.opened["search"] == searched + 2, "its own look, and the one that tries the search"


def test_a_later_step_that_is_refused_is_told_with_what_is_there(two_steps: Office) -> None:
    two_steps.post.savings["a"] = [Saving.REFUSES]
    two_steps.hand_in("a")
    two_steps.work()
    item = two_steps.item("a")
    assert (item.state, item.code) == (State.EXCEPTION, "not-allowed")
    assert "In the target: Log the case. Not in the target: Write the letter." in str(item.sentence)
    assert item.detail["in_target"] == {STEP: "R1", LETTER: None}


def test_a_doubt_of_the_first_step_that_is_settled_leads_to_the_second(two_steps: Office) -> None:
    two_steps.doubted("a", Point.ANSWERED)
    two_steps.work(max_items=1)
    assert two_steps.told("a") == (State.NEW, "adopted")
    assert two_steps.item("a").attempts == 1
    two_steps.work()
    assert two_steps.told("a") == (State.DONE, None)
    assert (two_steps.target.asked, two_steps.post.asked) == (["a"], ["a"])


# ---- a doubt that is settled --------------------------------------------------------------------
def test_a_doubt_about_a_step_that_is_no_more_is_a_persons(office: Office) -> None:
    office.doubted("a")
    office.steps = (Letter(),)
    office.work(max_items=1)
    assert office.told("a") == (State.IN_DOUBT, "unknown-step")
    assert not office.post.opened


def test_one_step_that_is_found_makes_it_done(office: Office) -> None:
    office.doubted("a", Point.ANSWERED)
    office.work(max_items=1)
    assert office.told("a") == (State.DONE, None)
    assert office.history("a")[-1].why == "The saved entry was found and taken as the receipt."


def test_what_the_target_never_keeps_is_told_in_the_end(office: Office) -> None:
    office.target.savings["a"] = list(repeat(Saving.CUT_LOST, 9))
    office.hand_in("a")
    for number in range(8):
        office.hand_in(f"later {number}")
        office.work()
        office.clock.forward(1000)
    item = office.item("a")
    assert (item.state, item.kind, item.code) == (State.EXCEPTION, Kind.SYSTEM, "not-kept")
    assert office.target.asked.count("a") == 3
    assert {intent.status for intent in office.intents("a")} == {IntentStatus.ABSENT}


# ---- a person's word ----------------------------------------------------------------------------
def decided(office: Office, reference: str, point: Point = Point.ANSWERED) -> None:
    """A person says that it is saved."""
    office.doubted("a", point)
    at_once(staff.decide(office.queue, office.item("a").id, "Ann", "seen", reference))
    assert not office.receipts("a")[STEP].proven


def test_what_a_person_named_is_read_again(office: Office) -> None:
    decided(office, "R1")
    office.work()
    assert office.told("a") == (State.DONE, None)
    assert office.receipts("a")[STEP].values["key"] == "a"
    assert office.target.asked == ["a"]


@pytest.mark.parametrize("reference", ["R9", "R1"], ids=["no such entry", "another case"])
def test_what_a_person_named_wrongly_is_taken_back(office: Office, reference: str) -> None:
    office.target.put("z")
    decided(office, reference)
    office.work()
    item = office.item("a")
    assert (item.state, item.code) == (State.EXCEPTION, "decided-wrongly")
    assert item.detail["reference"] == reference
    assert not office.receipts("a")
    assert office.target.asked == ["a"], "nothing is keyed again"


def test_what_a_person_named_is_read_another_time_when_the_system_fails(office: Office) -> None:
    decided(office, "R1")
    office.target.troubles["case"] = iter([SystemException("unreachable", "It does not answer.")])
    office.work(max_items=1)
    assert office.told("a") == (State.NEW, "unreachable")
    assert STEP in office.receipts("a")


@pytest.mark.parametrize("step", [Unopenable(), Unsearchable()], ids=["searched", "opened"])
def test_a_word_is_proven_where_the_target_shows_the_entry(an_office: AnOffice, step: Any) -> None:
    office = an_office(steps=(step,))
    decided(office, "R1")
    office.work()
    assert (office.told("a")[0], office.item("a").sentence) == (State.DONE, None)
    assert office.receipts("a")[STEP].proven


class Silent(Unsearchable):
    not_reopened_because = "it shows nothing"


def test_a_word_stays_one_where_the_target_shows_nothing(an_office: AnOffice) -> None:
    office = an_office(steps=(Silent(),))
    decided(office, "R1")
    office.work()
    item = office.item("a")
    assert item.state is State.DONE
    assert "their word is the proof" in str(item.sentence)
    assert not office.receipts("a")[STEP].proven


def test_of_several_steps_one_that_stands_on_a_wrong_word_is_not_in_the_target(two_steps: Office) -> None:
    two_steps.target.put("z")
    decided(two_steps, "R1")
    two_steps.work()
    item = two_steps.item("a")
    assert item.code == "decided-wrongly"
    assert "n the target:" not in str(item.sentence)
    assert item.detail["in_target"] == {STEP: None, LETTER: None}
    assert not two_steps.post.asked
