"""Comparing one step with its target, over a target that is a dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest

from bots.engine.core.absence import ListRead
from bots.engine.core.errors import BusinessException, SignedOut
from bots.engine.core.item import Receipt, State, WorkItem
from bots.engine.core.process import Process
from bots.engine.core.record import Record
from bots.engine.core.step import Step
from bots.engine.core.summary import Difference, Why
from bots.engine.core.value import Found, Shown, Value
from bots.engine.reconcile.case import cases_of
from bots.engine.reconcile.step import StepSide
from bots.engine.reconcile.target import Target

BEGAN = 1000.0
Book = dict[str, dict[str, str]]


class Slip(Record):
    known_by = (("number",),)

    number: str
    colour: str = "red"
    place: str | None = None


class Enter(Step[Slip]):
    name, system, commit = "enter", "book", "new.save"
    hand = "by"

    def __init__(self, book: Book) -> None:
        self.book = book

    async def match(self, screens: Any, record: Slip) -> Slip:
        if record.place is None and record.number == "lost":
            raise BusinessException("no-place", "There is no such place.")
        return record.model_copy(update={"place": record.place or "here"})

    def values(self, record: Slip) -> Mapping[str, Value]:
        return {"number": record.number, "colour": record.colour, "place": record.place}

    async def find(self, screens: Any, record: Slip) -> Sequence[Found]:
        return [one for one in self._all() if str(one.values["number"]) == record.number]

    async def key(self, screens: Any, record: Slip) -> None: ...

    async def reopen(self, screens: Any, reference: str) -> Found:
        if reference not in self.book:
            raise BusinessException("none", "There is no such entry.")
        return next(one for one in self._all() if one.reference == reference)

    async def listing(self, screens: Any) -> Sequence[Found]:
        return self._all()

    def _all(self) -> list[Found]:
        return [
            Found(reference=ref, values={name: Shown(text=text) for name, text in values.items()})
            for ref, values in self.book.items()
        ]


class Handless(Enter):
    hand = ""


class Unsearchable(Enter):
    not_searchable_because = "it has no search"


class Unopenable(Enter):
    not_reopened_because = "it shows nothing but the list"


class Leave(Enter):
    name = "leave"


class Sessions:
    """A session that is always there."""

    async def enter(self, system: str, holder: str) -> Any:
        return self

    async def leave(self, system: str, holder: str) -> None: ...

    def lists(self) -> Sequence[ListRead]:
        return ()


class Restless(Enter):
    left: ClassVar[int] = 0

    async def find(self, screens: Any, record: Slip) -> Sequence[Found]:
        if Restless.left:
            Restless.left -= 1
            raise SignedOut("signed-out", "The session has ended.")
        return await super().find(screens, record)


def entry(number: str, **change: str) -> dict[str, str]:
    return {"number": number, "colour": "red", "place": "here", "by": "bot", **change}


def item(number: str, state: State = State.DONE, **data: Any) -> WorkItem:
    return WorkItem(
        id=f"i-{number}", process="slips", reference=number, version=1, data={"number": number, **data},
        digest="", state=state, kind=None, code=None, sentence=None, detail={}, attempts=1, not_before=0.0,
        priority=0, batch="b", origin={}, token=1, created=0.0, updated=0.0,
    )  # fmt: skip


def receipt(number: str, reference: str, **change: Any) -> Receipt:
    values = {name: value for name, value in entry(number).items() if name != "by"}
    kept = Receipt(item=f"i-{number}", step="enter", system="book", reference=reference, values=values)
    return replace(kept, **change)


async def compared(
    step: Enter,
    items: Sequence[WorkItem],
    receipts: Sequence[Receipt],
    *more: Step[Any],
    fired: Sequence[str] = (),
) -> dict[str, list[tuple[Any, ...]]]:
    process = Process(name="slips", title="", owner="", record=Slip, steps=[step, *more])
    target = Target(step=step, systems=Sessions(), holder="test")  # type: ignore[arg-type]
    side = StepSide(
        target=target,
        cases=cases_of(process, step, items, receipts, fired),
        listed=await target.listing(),
        hands=["Bot"],
        aside={"by"},
        began=BEGAN,
    )

    async def after_each() -> None: ...

    found = await side.compare(after_each)
    kinds = {"missing": found.missing, "twice": found.twice, "different": found.different}
    told = {kind: [_short(one) for one in of] for kind, of in {**kinds, "unknown": found.unknown}.items()}
    counts = {"waiting": [(found.waiting,)] if found.waiting else []}
    return {kind: of for kind, of in {**told, **counts}.items() if of}


def _short(one: Difference) -> tuple[Any, ...]:
    return (one.item, one.target, one.why, *one.fields)


async def test_what_was_keyed_and_stands() -> None:
    assert await compared(Enter({"E1": entry("1")}), [item("1")], [receipt("1", "E1")]) == {}


DONE, DOUBT, WITHDRAWN, EXCEPTION = State.DONE, State.IN_DOUBT, State.WITHDRAWN, State.EXCEPTION
UNRECEIPTED: dict[str, tuple[Book, State, dict[str, list[tuple[Any, ...]]]]] = {
    "done, and not there": ({}, DONE, {"missing": [("i-1", None, Why.NEVER)]}),
    "done, there, and without a receipt": (
        {"E1": entry("1")}, DONE, {"unknown": [("i-1", "E1", Why.NO_RECEIPT)]}),
    "in doubt, and there": ({"E1": entry("1")}, DOUBT, {"waiting": [(1,)]}),
    "in doubt, and not there": ({}, DOUBT, {}),
    "for a person, and keyed by one": ({"E1": entry("1", by="pat")}, EXCEPTION, {"waiting": [(1,)]}),
    "for a person, and keyed under our sign-in": (
        {"E1": entry("1")}, EXCEPTION, {"unknown": [("i-1", "E1", Why.NO_RECEIPT)]}),
    "withdrawn as not needed, and keyed by a person": (
        {"E1": entry("1", by="pat")}, WITHDRAWN, {"unknown": [("i-1", "E1", Why.OTHERS)]}),
    "somebody else's": ({"E9": entry("9", by="pat", colour="x", place="y")}, EXCEPTION,
        {"unknown": [(None, "E9", Why.OTHERS)]}),
}  # fmt: skip


@pytest.mark.parametrize(("book", "state", "found"), UNRECEIPTED.values(), ids=UNRECEIPTED)
async def test_without_a_receipt(book: Book, state: State, found: Any) -> None:
    assert await compared(Enter(book), [item("1", state)], []) == found


async def test_a_record_that_cannot_be_matched_goes_by_its_receipt() -> None:
    step = Enter({"E1": entry("lost", place="there")})
    found = await compared(step, [item("lost")], [receipt("lost", "E1")])
    assert found == {"different": [("i-lost", "E1", Why.CHANGED, "place")]}


async def test_a_person_named_another_cases_entry() -> None:
    step = Enter({"E1": entry("1"), "E2": entry("2", colour="blue")})
    theirs = receipt("1", "E2", values={})
    found = await compared(step, [item("1", WITHDRAWN)], [theirs])
    assert found == {
        "different": [("i-1", "E2", Why.OTHER_CASE, "number", "colour")],
        "twice": [("i-1", "E1", Why.SECOND)],
    }


async def test_what_a_person_keyed_by_hand_may_differ() -> None:
    step = Enter({"E1": entry("1", colour="short")})
    assert await compared(step, [item("1", WITHDRAWN)], [receipt("1", "E1", values={})]) == {}


async def test_a_later_step_of_ours_answers_for_what_it_changed() -> None:
    """The colour was set anew by another step, for another item: the first receipt is not blamed for it."""
    step, later = Enter({"E1": entry("1", colour="blue")}), Leave({})
    theirs = replace(receipt("2", "E1", at=5.0), step="leave", values={"colour": "blue"})
    assert await compared(step, [item("1")], [receipt("1", "E1"), theirs], later) == {}
    step.book["E1"]["place"] = "elsewhere"
    found = await compared(step, [item("1")], [receipt("1", "E1"), theirs], later)
    assert found == {"different": [("i-1", "E1", Why.CHANGED, "place")]}


async def test_another_hand() -> None:
    step = Enter({"E1": entry("1", by="pat")})
    found = await compared(step, [item("1")], [receipt("1", "E1")])
    assert found == {"different": [("i-1", "E1", Why.CHANGED, "by")]}
    assert await compared(step, [item("1")], [receipt("1", "E1", adopted=True)]) == {}
    silent = Handless(step.book)
    assert await compared(silent, [item("1")], [receipt("1", "E1")]) == {}


async def test_a_target_that_does_not_say_who() -> None:
    """Nobody can say that it is ours: it is listed, and no finding."""
    found = await compared(Handless({"E9": entry("9")}), [], [])
    assert found == {"unknown": [(None, "E9", Why.OTHERS)]}


@pytest.mark.parametrize("fired", [True, False])
async def test_what_was_begun_counts_where_nobodys_hand_shows(fired: bool) -> None:
    """Its save was refused, or failed, or was said not to be there: an entry like it may be its own."""

    class Blind(Handless):
        async def find(self, screens: Any, record: Slip) -> Sequence[Found]:
            return []

    book = {"E1": {name: text for name, text in entry("1").items() if name != "by"}}
    where = {"place": "here"}
    found = await compared(Blind(book), [item("1", EXCEPTION, **where)], [], fired=["i-1"] if fired else [])
    assert found == ({"unknown": [("i-1", "E1", Why.NO_RECEIPT)]} if fired else {"waiting": [(1,)]})


async def test_a_second_entry_that_the_search_never_shows_is_found_in_the_list() -> None:
    """By what makes a case, although another value of it differs."""

    class Blind(Enter):
        case = ("number",)

        async def find(self, screens: Any, record: Slip) -> Sequence[Found]:
            return [one for one in self._all() if one.reference == "E1"]

    step = Blind({"E1": entry("1"), "E2": entry("1", colour="blue", by="pat")})
    found = await compared(step, [item("1")], [receipt("1", "E1")])
    assert found == {"twice": [("i-1", "E2", Why.SECOND, "colour")]}


async def test_a_list_that_does_not_say_how_it_ends_leaves_it_unfinished() -> None:
    class Endless(Sessions):
        def lists(self) -> Sequence[ListRead]:
            return [ListRead(screen="s", table="t", covers="", counted=1, ends=False)]

    target = Target(step=Enter({"E1": entry("1")}), systems=Endless(), holder="test")  # type: ignore[arg-type]
    await target.listing()
    assert not target.whole


async def test_two_entries_of_one_item_in_doubt() -> None:
    step = Enter({"E1": entry("1"), "E2": entry("1")})
    found = await compared(step, [item("1", DOUBT)], [], fired=["i-1"])
    assert found == {"twice": [("i-1", "E1", Why.SECOND), ("i-1", "E2", Why.SECOND)]}


async def test_what_opens_as_an_empty_form_is_gone() -> None:
    class Empty(Enter):
        async def reopen(self, screens: Any, reference: str) -> Found:
            blank = {name: Shown(text="") for name in ("number", "colour", "place", "by")}
            return Found(reference=reference, values=blank)

    found = await compared(Empty({}), [item("1")], [receipt("1", "E1")])
    assert found == {"missing": [("i-1", "E1", Why.GONE)]}


async def test_a_target_without_a_search() -> None:
    step = Unsearchable({"E1": entry("1"), "E2": entry("1"), "E3": entry("3", colour="blue")})
    found = await compared(step, [item("1"), item("3")], [receipt("1", "E1"), receipt("3", "E3")])
    assert found == {
        "twice": [("i-1", "E2", Why.COPY)],
        "different": [("i-3", "E3", Why.CHANGED, "colour")],
    }


async def test_a_target_that_shows_nothing_but_its_list() -> None:
    step = Unopenable({"E1": {"number": "1", "colour": "blue", "by": "bot"}})
    found = await compared(step, [item("1"), item("2")], [receipt("1", "E1"), receipt("2", "E2")])
    assert found == {
        "missing": [("i-2", "E2", Why.GONE)],
        "different": [("i-1", "E1", Why.CHANGED, "colour")],
    }


@pytest.mark.parametrize(("at", "told"), [(BEGAN - 1, True), (BEGAN, False)])
async def test_its_own_search_does_not_find_it(at: float, told: bool) -> None:
    """What was keyed a moment ago a search may not know yet."""

    class Blind(Enter):
        async def find(self, screens: Any, record: Slip) -> Sequence[Found]:
            return []

    found = await compared(Blind({"E1": entry("1")}), [item("1")], [receipt("1", "E1", at=at)])
    assert found == ({"different": [("i-1", "E1", Why.NOT_FOUND)]} if told else {})


async def test_a_session_that_ends_is_begun_again() -> None:
    Restless.left = 2
    assert await compared(Restless({"E1": entry("1")}), [item("1")], [receipt("1", "E1")]) == {}
    Restless.left = 3
    with pytest.raises(SignedOut):
        await compared(Restless({"E1": entry("1")}), [item("1")], [receipt("1", "E1")])
