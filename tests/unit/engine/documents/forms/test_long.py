"""Layouts over several pages, values of several parts, fields of a form alone: what is never a blank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from bots.engine.documents.forms.cases import MOVED, OTHER_PAGE, Case, cases_of
from bots.engine.documents.forms.layout import Layout
from bots.engine.documents.forms.taken import PART_BLANK, Taken, joined
from bots.engine.documents.forms.taking import FORM_ALONE, Taking, marked
from bots.engine.documents.pages.page import Box, FormField, Page, Word
from bots.engine.documents.pdf.filled import TWICE, UNKNOWN
from bots.engine.documents.scans.ink import Ink
from bots.engine.documents.scans.leaf import Again, Leaf
from bots.engine.documents.scans.voting import letters

Places = dict[str, tuple[float, float]]


def words(places: Places) -> list[Word]:
    found = []
    for text, (x, y) in places.items():
        left = x
        for part in text.split():
            width = 5.0 * len(part)
            found.append(Word(part, Box(left, y - 4, left + width, y + 4)))
            left += width + 2.5
    return found


def leaf(number: int, places: Places, *fields: FormField, again: Again | None = None) -> Leaf:
    page = Page(
        number=number,
        width=595,
        height=842,
        words=words(places),
        fields=fields,
        pictures=False,
        scanned=again is not None,
    )
    return Leaf(page=page, ink=Ink(lambda box: None), draw=undrawn, again=again)


def undrawn(scale: float) -> Image.Image:
    raise AssertionError("nobody looks at the whole page")


def text(name: str, value: str) -> FormField:
    return FormField(name, "text", value, Box(120, 90, 300, 110))


def button(name: str, choice: str, *, on: bool) -> FormField:
    return FormField(name, "choice", choice if on else "", Box(120, 90, 130, 100), choice=choice)


def tick(name: str, *, on: bool, choice: str = "Yes") -> FormField:
    return FormField(name, "tick", "Yes" if on else "No", Box(120, 90, 130, 100), choice=choice)


def layout(fields: dict[str, Any], **more: Any) -> Layout:
    said = {"layout": "a", "says": ["v1"], "begins": ["Form A"], "fields": fields}
    return Layout.model_validate(said | more)


def beside(label: str, **more: Any) -> dict[str, Any]:
    return {"caption": label, "label": [label], "box": [80, -10, 250, 10]} | more


def case(leaves: Sequence[Leaf], described: Layout) -> Case:
    [found] = cases_of(leaves, [described])
    return found


FIRST: Places = {"Form A": (40, 40), "v1": (500, 40), "Name": (40, 100), "Iris": (125, 100)}
THIRD: Places = {"Page 3 of 3": (500, 800), "School": (40, 100), "Elm": (125, 100)}
SECOND: Places = {"Page 2 of 3": (500, 800)}
OF_THREE = layout(
    {"name": beside("Name"), "school": beside("School", page=3)},
    pages={2: ["Page 2 of 3"], 3: ["Page 3 of 3"]},
)


# ---- pages ----------------------------------------------------------------------------------
def test_a_value_is_taken_from_its_page() -> None:
    found = case([leaf(4, FIRST), leaf(5, SECOND), leaf(6, THIRD)], OF_THREE)
    assert (found.first, found.last, found.page_of("school")) == (4, 6, 6)
    assert {name: (taken.text, taken.page) for name, taken in found.values.items()} == {
        "name": ("Iris", None),
        "school": ("Elm", 6),
    }
    assert not list(marked(found.values, 0.9))


def test_a_page_that_is_not_there_is_said() -> None:
    found = case([leaf(1, FIRST), leaf(2, SECOND)], OF_THREE)
    assert found.values["school"].why == "is on page 3 of the form, which is not there"
    assert list(marked(found.values, 0.9)) == ["school"]


def test_a_page_with_the_labels_of_another_is_said() -> None:
    """The third page has the label, and a value beside it, and is not the form's third page."""
    other = {**THIRD, "Page 3 of 3": (9000.0, 9000.0)} | {"Page 9 of 9": (500.0, 800.0)}
    del other["Page 3 of 3"]
    found = case([leaf(1, FIRST), leaf(2, SECOND), leaf(3, other)], OF_THREE)
    assert (found.values["school"].text, found.values["school"].why) == ("Elm", OTHER_PAGE)


def test_pages_that_changed_places_are_said() -> None:
    found = case([leaf(1, FIRST), leaf(2, THIRD), leaf(3, SECOND)], OF_THREE)
    assert found.values["school"].why == MOVED
    assert found.values["name"].why == MOVED, "no value is on the other page: the case itself is in doubt"


def test_a_page_that_is_there_twice_is_said() -> None:
    leaves = [leaf(1, FIRST), leaf(2, SECOND), leaf(3, THIRD), leaf(4, THIRD)]
    assert case(leaves, OF_THREE).values["school"].why == MOVED


def test_what_lies_behind_the_form_belongs_to_it() -> None:
    """One word of another page may be in anybody's letter."""
    known = layout(
        {"name": beside("Name"), "school": beside("School", page=2)},
        pages={2: ["Page 2 of 2", "Your children"]},
    )
    second = {"Page 2 of 2": (500.0, 800.0), "Your children": (40.0, 60.0), "School": (40.0, 100.0)}
    letter = {"About Your children and you": (40.0, 100.0)}
    found = case([leaf(1, FIRST), leaf(2, second), leaf(3, letter)], known)
    assert (found.last, list(marked(found.values, 0.9))) == (3, [])


def test_a_field_that_is_on_another_page_is_not_blank() -> None:
    """It has a label, and nothing stands beside it: what was filled in is in the field."""
    known = layout(
        {"name": beside("Name"), "school": beside("School", page=2, form="school")},
        pages={2: ["Page 2 of 3"], 3: ["Page 3 of 3"]},
    )
    blank = {"Page 2 of 3": (500.0, 800.0), "School": (40.0, 100.0)}
    found = case([leaf(1, FIRST), leaf(2, blank), leaf(3, THIRD, text("school", "Elm"))], known)
    assert found.values["school"].why == "is on page 3 of the file, and should be on page 2"


def test_a_second_case_begins_a_new_count() -> None:
    leaves = [leaf(1, FIRST), leaf(2, SECOND), leaf(3, THIRD), leaf(4, FIRST), leaf(5, SECOND)]
    one, other = cases_of(leaves, [OF_THREE])
    assert (one.last, other.first, one.values["school"].text) == (3, 4, "Elm")
    assert other.values["school"].why == "is on page 3 of the form, which is not there"


@pytest.mark.parametrize(
    ("fields", "more", "said"),
    [
        ({"a": beside("A", page=2)}, {}, "pages says no words for page 2"),
        ({"a": {"caption": "A", "form": "a", "page": 0}}, {}, "greater than or equal to 1"),
        ({"a": {"caption": "A", "form": "a", "page": 2}}, {"whose": {"a": "[0-9]"}}, "not on the first page"),
        ({"a": {"caption": "A"}}, {}, "or form alone"),
        ({"a": {"caption": "A", "ticked": {"at": [1, 1]}}}, {}, "give form, or label and box"),
        ({"a": {"caption": "A", "joined": [{"form": "a"}]}}, {}, "at least 2"),
        (
            {"a": {"caption": "A", "page": 2, "near": {"kind": "date", "labels": ["Date"]}}},
            {},
            "near looks at every page",
        ),
    ],
)
def test_a_layout_that_says_too_little_is_refused(
    fields: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValidationError, match=said):
        layout(fields, **more)


# ---- a form's field alone ---------------------------------------------------------------------
ALONE = layout(
    {
        "name": {"caption": "Name", "form": "who"},
        "agrees": {"caption": "Agrees", "ticked": {"form": "agrees"}},
        "paid": {"caption": "Paid", "one_of": {"W": {"form": "paid=week"}, "M": {"form": "paid=month"}}},
    }
)


def test_fields_alone_are_read_from_the_form() -> None:
    page = leaf(
        1,
        {},
        text("who", "Iris"),
        tick("agrees", on=True),
        button("paid", "week", on=False),
        button("paid", "month", on=True),
    )
    taken = Taking(page, ALONE).values()
    assert {name: each.text for name, each in taken.items()} == {"name": "Iris", "agrees": "Yes", "paid": "M"}
    assert not list(marked(taken, 0.9))


def test_a_printed_copy_is_not_a_blank_one() -> None:
    taken = Taking(leaf(1, FIRST), ALONE).values()
    assert {name: each.why for name, each in taken.items()} == dict.fromkeys(ALONE.fields, FORM_ALONE)
    assert list(marked(taken, 0.9)) == list(ALONE.fields)


def test_a_choice_that_the_layout_does_not_know_is_said() -> None:
    buttons = [button("paid", one, on=one == "year") for one in ("week", "month", "year")]
    taken = Taking(leaf(1, {}, text("who", ""), tick("agrees", on=False), *buttons), ALONE).values()
    assert (taken["paid"].text, taken["paid"].why) == ("", UNKNOWN)


def test_of_round_buttons_by_their_name_the_one_that_is_on_counts() -> None:
    known = layout({"paid": {"caption": "Paid", "form": "paid"}})
    marks = [button("paid", one, on=one == "week")._replace(shows="mark") for one in ("week", "month")]
    assert Taking(leaf(1, {}, *marks), known).values()["paid"].text == "week"
    both = [button("paid", one, on=True)._replace(shows="mark") for one in ("week", "month")]
    assert Taking(leaf(1, {}, *both), known).values()["paid"].why == TWICE


def test_ticks_of_one_name_are_told_apart() -> None:
    known = layout({"a": {"caption": "A", "one_of": {"E": {"form": "by=email"}, "P": {"form": "by=post"}}}})
    ticks = [tick("by", on=one == "post", choice=one) for one in ("email", "post")]
    assert Taking(leaf(1, {}, *ticks), known).values()["a"].text == "P"


def test_a_name_may_hold_an_equals_sign() -> None:
    known = layout({"a": {"caption": "A", "ticked": {"form": "1=yes"}}})
    assert Taking(leaf(1, {}, tick("1=yes", on=True)), known).values()["a"].text == "Yes"


@pytest.mark.parametrize("aside", [0, 6, -6])
@pytest.mark.parametrize(
    ("frame", "tick", "text", "sure"),
    [(True, True, "Yes", True), (True, False, "No", True), (False, False, "No", False)],
    ids=["ticked", "empty", "no box"],
)
def test_on_a_scan_the_box_of_a_tick_is_looked_for(
    frame: bool, tick: bool, text: str, sure: bool, aside: int
) -> None:
    """It may stand a little aside of where it should be."""
    picture = Image.new("L", (1200, 1700), 245)
    pen = ImageDraw.Draw(picture)
    if frame:
        pen.rectangle((200 + aside, 190, 224 + aside, 214), outline=20, width=2)
    if tick:
        pen.line((206 + aside, 196, 218 + aside, 208), fill=20, width=4)
    known = layout({"a": {"caption": "A", "ticked": {"label": ["Agree"], "box": [-17.3, -4.7, -10.7, 1.9]}}})
    page = leaf(1, {"Agree": (120, 103)}, again=lambda box: [])
    page = replace(page, ink=Ink(lambda box: picture.crop(tuple(round(side * 2) for side in box))))
    taken = Taking(page, known).values()["a"]
    assert (taken.text, taken.sure >= 0.9) == (text, sure)


ODD = {
    "too far aside": [(211, 190, 235, 190), (211, 214, 235, 214), (211, 190, 211, 214), (235, 190, 235, 214)],
    "open at the top": [
        (200, 185, 224, 185),
        (200, 214, 224, 214),
        (200, 191, 200, 214),
        (224, 191, 224, 214),
    ],
    "with a line through it": [
        *((200, 190, 224, 190), (200, 214, 224, 214), (200, 190, 200, 214), (224, 190, 224, 214)),
        (200, 202, 224, 202),
    ],
}


@pytest.mark.parametrize("lines", ODD.values(), ids=ODD.keys())
def test_a_box_that_may_be_another_one_is_a_persons(lines: Sequence[tuple[int, int, int, int]]) -> None:
    picture = Image.new("L", (1200, 1700), 245)
    pen = ImageDraw.Draw(picture)
    for line in lines:
        pen.line(line, fill=20, width=2)
    known = layout({"a": {"caption": "A", "ticked": {"label": ["Agree"], "box": [-17.3, -4.7, -10.7, 1.9]}}})
    page = leaf(1, {"Agree": (120, 103)}, again=lambda box: [])
    page = replace(page, ink=Ink(lambda box: picture.crop(tuple(round(side * 2) for side in box))))
    assert list(marked(Taking(page, known).values(), 0.9)) == ["a"]


@pytest.mark.parametrize("own", [True, False], ids=["its own", "none"])
def test_the_box_of_another_tick_is_not_taken(own: bool) -> None:
    """Ticked boxes stand close above and below; ours is empty, or is not drawn at all."""
    picture = Image.new("L", (1200, 1700), 245)
    pen = ImageDraw.Draw(picture)
    for top in (160, 220):
        pen.rectangle((200, top, 224, top + 24), outline=20, width=2)
        pen.line((204, top + 4, 220, top + 20), fill=20, width=5)
    if own:
        pen.rectangle((196, 187, 226, 217), outline=90)  # what a program draws around its field
        pen.rectangle((200, 190, 224, 214), outline=20, width=2)
    known = layout({"a": {"caption": "A", "ticked": {"label": ["Agree"], "box": [-17.3, -4.7, -10.7, 1.9]}}})
    page = leaf(1, {"Agree": (120, 103)}, again=lambda box: [])
    page = replace(page, ink=Ink(lambda box: picture.crop(tuple(round(side * 2) for side in box))))
    taken = Taking(page, known).values()["a"]
    assert (taken.text, taken.sure >= 0.9) == ("No", own)


# ---- joined -----------------------------------------------------------------------------------
def part(value: str, sure: float = 1.0, why: str = "", left: float = 0.0) -> Taken:
    return Taken(text=value, sure=sure, why=why, box=Box(left, 0.0, left + 10.0, 10.0))


@pytest.mark.parametrize(
    ("texts", "joint", "text", "why"),
    [
        (("3", "4", "2026"), "/", "3/4/2026", ""),
        (("3", "", "2026"), "/", "3/2026", PART_BLANK),
        (("3", "", "2026"), "", "32026", PART_BLANK),
        (("", "", ""), "/", "", ""),
        (("0 3", "0 4", "2 0 2 6"), "/", "03/04/2026", ""),
        (("12 34", "A 1"), " ", "12 34 A 1", ""),
        (("1 Elm Road", "", "Teststead"), ", ", "1 Elm Road, Teststead", ""),
        (("Flat A", "1 2", "Teststead"), ", ", "Flat A, 1 2, Teststead", ""),
        (("1 Elm Road", " ", "Teststead"), "\n", "1 Elm Road\nTeststead", ""),
    ],
)
def test_parts_make_one_value(texts: Sequence[str], joint: str, text: str, why: str) -> None:
    found = joined([part(one) for one in texts], joint)
    assert (found.text, found.why) == (text, why)
    assert (found.sure < 0.9) is bool(why)


def test_the_least_sure_part_decides() -> None:
    found = joined([part("3"), part("4", sure=0.3, left=20.0), part("2026", left=40.0)], "/")
    assert (found.sure, found.box) == (0.3, Box(0.0, 0.0, 50.0, 10.0))
    assert joined([part("3"), part("", why=FORM_ALONE, sure=0.0)], " ").why == FORM_ALONE


def test_parts_are_found_as_texts_are() -> None:
    parts = [{"form": "day"}, {"label": ["Month"], "box": [80, -10, 250, 10]}]
    known = layout({"a": {"caption": "A", "joined": parts, "with": "/"}})
    page = leaf(1, {"Month": (40, 100), "04": (125, 100)}, text("day", "03"))
    assert Taking(page, known).values()["a"].text == "03/04"


@pytest.mark.parametrize(("again", "sure"), [("04", True), ("64", False)])
def test_of_a_scan_each_part_is_voted_by_its_letters(again: str, sure: bool) -> None:
    """A part is no value of the whole field's type: a month is no date."""
    parts = [{"label": [one], "box": [80, -10, 250, 10]} for one in ("Day", "Month")]
    known = layout({"a": {"caption": "A", "joined": parts, "with": "/"}})
    places = {"Day": (40.0, 60.0), "03": (125.0, 60.0), "Month": (40.0, 100.0), "04": (125.0, 100.0)}

    def read(box: Box) -> list[tuple[str, float]]:
        return [("03" if box.top < 70 else again, 1.0)] * 2

    page = leaf(1, places, again=read)
    taken = Taking(page, known, lambda name, said: None if name == "a" else letters(name, said)).values()["a"]
    assert (taken.text, taken.sure >= 0.9) == ("03/04", sure)


def test_a_version_on_every_page_begins_no_case() -> None:
    marked_so = [{**places, "v1": (500.0, 40.0)} for places in (FIRST, SECOND, THIRD)]
    found = case([leaf(number, places) for number, places in enumerate(marked_so, start=1)], OF_THREE)
    assert (found.last, found.values["school"].text) == (3, "Elm")


# ---- blank pages between cases ------------------------------------------------------------------
DIVIDED = layout({"name": beside("Name")}, between="blank")


def blank(number: int, ink: int = 255) -> Leaf:
    """`ink`: how dark a stroke on it is."""
    page = Image.new("L", (600, 850), 255)
    page.paste(ink, (100, 100, 400, 110))
    return replace(leaf(number, {}), ink=Ink(lambda box: page))


def test_a_blank_page_ends_a_case_and_is_no_part_of_it() -> None:
    letter: Places = {"Dear Sir": (40.0, 100.0)}
    leaves = [blank(1), leaf(2, FIRST), leaf(3, letter), blank(4), leaf(5, letter), leaf(6, FIRST), blank(7)]
    found = [(one.first, one.last, one.code, one.whole) for one in cases_of(leaves, [DIVIDED])]
    assert found == [(2, 3, "", False), (5, 5, "unknown-document", False), (6, 6, "", False)]


def test_a_page_with_a_stroke_is_not_blank() -> None:
    assert case([leaf(1, FIRST), blank(2, ink=0)], DIVIDED).last == 2
    assert case([leaf(1, FIRST), blank(2)], layout({"name": beside("Name")})).last == 2, "nobody asked for it"


def test_a_document_of_blank_pages_is_one_for_people() -> None:
    [found] = cases_of([blank(1), blank(2)], [DIVIDED])
    assert (found.first, found.last, found.code, found.whole) == (1, 2, "unknown-document", True)


# ---- rows ---------------------------------------------------------------------------------------
TABLE = {
    "count": 3,
    "down": 20,
    "fields": {
        "child{n}_name": {"caption": "Name of child {n}", "label": ["Name"], "box": [0, 10, 90, 30]},
        "child{n}_here": {"caption": "Here", "ticked": {"form": "here{n}"}},
        "child{n}_born": {
            "caption": "Born",
            "with": "/",
            "joined": [{"form": "d{n}"}, {"label": ["Month"], "box": [0, 10, 40, 30]}],
        },
    },
}


def test_rows_are_told_once() -> None:
    places: Places = {"Name": (40, 100), "Month": (200, 100)}
    places |= {name: (45.0, 100.0 + 20 * row) for row, name in enumerate(("Elm", "Ash", "Iris"), start=1)}
    places |= {month: (205.0, 100.0 + 20 * row) for row, month in enumerate(("01", "02", "03"), start=1)}
    fields = [tick(f"here{row}", on=row == 2) for row in (1, 2, 3)]
    fields += [text(f"d{row}", f"1{row}") for row in (1, 2, 3)]
    taken = Taking(leaf(1, places, *fields), layout({}, rows=[TABLE])).values()
    assert {name: each.text for name, each in taken.items()} == {
        "child1_name": "Elm",
        "child1_here": "No",
        "child1_born": "11/01",
        "child2_name": "Ash",
        "child2_here": "Yes",
        "child2_born": "12/02",
        "child3_name": "Iris",
        "child3_here": "No",
        "child3_born": "13/03",
    }
    assert not list(marked(taken, 0.9))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (TABLE | {"fields": {"name": {"caption": "N", "form": "n"}}}, "must hold {n}"),
        (TABLE | {"count": 1}, "greater than or equal to 2"),
        (TABLE | {"up": 1}, "Extra inputs"),
        (TABLE | {"fields": {"child{n}_name": {"caption": "N"}}}, "or form alone"),
    ],
)
def test_rows_that_say_too_little_are_refused(rows: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        layout({}, rows=[rows])


def test_a_row_never_takes_the_place_of_a_field() -> None:
    with pytest.raises(ValidationError, match="there is a field child2_name already"):
        layout({"child2_name": beside("Name")}, rows=[TABLE])
