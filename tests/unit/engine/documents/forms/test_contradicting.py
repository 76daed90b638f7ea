"""A form that says two things of one value: its copies, its buttons, its labels. A person is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    NameObject,
    NullObject,
    NumberObject,
    TextStringObject,
)

from bots.engine.documents.draft import field
from bots.engine.documents.draft.choosing import fields_of as drafted_fields
from bots.engine.documents.draft.grouping import groups_of
from bots.engine.documents.draft.phrases import Around
from bots.engine.documents.draft.spot import TEXT, Spot
from bots.engine.documents.forms.cases import Case, cases_of
from bots.engine.documents.forms.layout import Layout
from bots.engine.documents.forms.taken import Taken
from bots.engine.documents.pages.page import Box, FormField, Page, View
from bots.engine.documents.pdf.filled import DIFFER
from bots.engine.documents.pdf.form_fields import fields_of
from tests.unit.engine.documents.forms.test_long import beside, button, layout, leaf, text, tick, words

HEAD = {"Form A": (40.0, 40.0), "v1": (500.0, 40.0)}
SECOND = {"Page 2 of 2": (500.0, 800.0)}


def case(leaves: Sequence[object], described: Layout) -> Case:
    [found] = cases_of(leaves, [described])  # type: ignore[arg-type]
    return found


def taken(described: Layout, *fields: FormField) -> Taken:
    return case([leaf(1, HEAD, *fields)], described).values["ref"]


# ---- one name, several places ---------------------------------------------------------------
REF = layout({"ref": {"caption": "Ref", "form": "ref"}})
TWO = layout(
    {"ref": {"caption": "Ref", "form": "ref"}, "bank": {"caption": "Bank", "form": "bank", "page": 2}},
    pages={2: ["Page 2 of 2"]},
)


@pytest.mark.parametrize("other", ["AB-2", ""])
def test_a_text_that_differs_on_its_page_is_said(other: str) -> None:
    assert taken(REF, text("ref", other), text("ref", "AB-1")).why == DIFFER
    assert not taken(REF, text("ref", "AB-1"), text("ref", "AB-1")).why


@pytest.mark.parametrize(("other", "strange"), [("AB-2", {"ref": 2}), ("", {"ref": 2}), ("AB-1", {})])
def test_a_page_of_another_copy_is_said(other: str, strange: dict[str, int]) -> None:
    leaves = [leaf(1, HEAD, text("ref", "AB-1")), leaf(2, SECOND, text("ref", other), text("bank", "1"))]
    assert case(leaves, TWO).strange == strange


def test_whose_looks_into_fields_too() -> None:
    described = layout({"ref": {"caption": "Ref", "form": "ref"}}, whose={"ref": "AB-[0-9]+"})
    leaves = [leaf(1, HEAD, text("ref", "AB-1")), leaf(2, SECOND, text("your_ref", "AB-2"))]
    assert case(leaves, described).strange == {"ref": 2}


# ---- buttons --------------------------------------------------------------------------------
def test_two_buttons_of_one_choice_that_differ_are_said() -> None:
    """The form stores the same for both: which of them is meant, nobody can say."""
    one_of = {"Single": {"form": "ref=1"}, "Widowed": {"form": "ref=2"}}
    described = layout({"ref": {"caption": "Status", "one_of": one_of}})
    off, on, other = button("ref", "1", on=False), button("ref", "1", on=True), button("ref", "2", on=False)
    assert taken(described, off, on, other).why == DIFFER
    assert not taken(described, on, on, other).why


def test_two_ticks_of_one_name_that_differ_are_said() -> None:
    described = layout({"ref": {"caption": "Agreed", "ticked": {"form": "ref"}}})
    assert taken(described, tick("ref", on=True), tick("ref", on=False)).why == DIFFER


def widget(state: str, value: str | None, options: Sequence[str] = (), flags: int = 0) -> FormField:
    looks = DictionaryObject({NameObject("/1"): NullObject(), NameObject("/Off"): NullObject()})
    note = DictionaryObject(
        {
            NameObject("/Subtype"): NameObject("/Widget"),
            NameObject("/FT"): NameObject("/Btn"),
            NameObject("/Ff"): NumberObject(flags),
            NameObject("/T"): TextStringObject("ref"),
            NameObject("/Rect"): ArrayObject(map(NumberObject, (0, 0, 10, 10))),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): looks}),
            NameObject("/AS"): NameObject(state),
        }
    )
    if value is not None:
        note[NameObject("/V")] = NameObject(value)
    if options:
        note[NameObject("/Opt")] = ArrayObject(map(TextStringObject, options))
    view = View(left=0, bottom=0, right=595, top=842, turned=0)
    [found] = fields_of({"/Annots": ArrayObject([note])}, view)
    return found


@pytest.mark.parametrize(("state", "value"), [("/Off", "/1"), ("/1", "/Off"), ("/1", "/2")])
def test_a_state_unlike_its_value_is_said(state: str, value: str) -> None:
    assert widget(state, value).why


@pytest.mark.parametrize(("state", "value"), [("/1", "/1"), ("/Off", "/2"), ("/Off", "/Off"), ("/1", None)])
def test_a_state_like_its_value_is_taken(state: str, value: str | None) -> None:
    assert not widget(state, value).why


def test_words_stored_in_place_of_a_state_are_taken() -> None:
    assert not widget("/1", "/Married", ("Single", "Married"), 1 << 15).why


def test_a_round_button_offers_no_list() -> None:
    """What it exports is no list from which a person chooses: it belongs to its group."""
    assert widget("/1", "/1", ("Single", "Married"), 1 << 15).options == []


def test_a_tick_with_another_state_is_not_taken_in_silence() -> None:
    described = layout({"ref": {"caption": "Agreed", "ticked": {"form": "ref"}}})
    assert taken(described, replace_why(tick("ref", on=False))).sure == 0.0


def replace_why(one: FormField) -> FormField:
    return one._replace(why="is ticked in one viewer and not in another")


# ---- labels that changed places -------------------------------------------------------------
ROWS = ("Name", "Partner", "Rent", "Moved", "Bank", "Notes")


def printed(order: Sequence[str]) -> Case:
    fields = {one.lower(): beside(one, at=[40, 100 + 40 * row]) for row, one in enumerate(ROWS)}
    places = {one: (40.0, 100.0 + 40 * row) for row, one in enumerate(order)}
    values = {f"{one}V": (125.0, 100.0 + 40 * row) for row, one in enumerate(order)}
    return case([leaf(1, HEAD | places | values)], layout(fields))


def test_labels_that_changed_places_are_said() -> None:
    found = printed(("Partner", "Name", "Rent", "Moved", "Bank", "Notes")).values
    assert {name for name, one in found.items() if one.why} == {"name", "partner"}
    assert not any(one.why for one in printed(ROWS).values.values())


# ---- dates in another order -----------------------------------------------------------------
def spot(form: str, left: float, width: float, longest: int, tip: str = "") -> Spot:
    return Spot(page=1, kind=TEXT, box=Box(left, 90, left + width, 108), form=form, longest=longest, tip=tip)


def test_a_date_that_begins_with_its_month_is_joined_with_the_day_first() -> None:
    row = [spot("a_mm", 100, 30, 2), spot("a_dd", 140, 30, 2), spot("a_yyyy", 180, 50, 4)]
    [group] = groups_of(row)
    assert [one.form for one in group] == ["a_dd", "a_mm", "a_yyyy"]


def test_a_row_that_is_in_another_order_is_no_date_by_its_sizes() -> None:
    row = [spot("a_month", 100, 30, 2), spot("b", 140, 30, 2), spot("c", 180, 50, 4)]
    assert len(list(groups_of(row))) == 3


@pytest.mark.parametrize(
    ("tip", "kind"), [("Date (mm/dd/yyyy)", field.TEXT), ("Date (dd/mm/yyyy)", field.DATE)]
)
def test_a_date_with_the_month_first_is_no_uk_date(tip: str, kind: str) -> None:
    page = Page(number=1, width=595, height=842, words=words({"Form": (40, 40)}), fields=[], pictures=False)
    one = spot("f1", 200, 100, 0, tip)
    [drafted] = drafted_fields([([one], Around(page, [one.box]))])
    assert drafted.kind == kind
