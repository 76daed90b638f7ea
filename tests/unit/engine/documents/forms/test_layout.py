"""Layouts: where a form's values stand, however it lies on the page, and what is not guessed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.papers import Papers
from bots.engine.documents.forms.alignment import lying
from bots.engine.documents.forms.labels import Labels
from bots.engine.documents.forms.layout import Layout, load_layouts
from bots.engine.documents.forms.paper_reader import PaperReader
from bots.engine.documents.forms.taking import Taking, marked
from bots.engine.documents.pages.page import Box, FormField, Page, Word
from bots.engine.documents.scans.deskew import straightened
from bots.engine.documents.scans.ink import Ink
from bots.engine.documents.scans.leaf import Again, Leaf
from bots.engine.settings import ROOT
from bots.processes.benefit_changes.record import BenefitChange

LAYOUTS = load_layouts(ROOT / "bots" / "processes" / "benefit_changes" / "layouts")
PLACES = {"Claim number": (40.0, 100.0), "Name": (40.0, 130.0), "Rent has changed": (60.0, 160.0)}
MORE = {"Date": (40.0, 190.0), "Amount": (300.0, 190.0), "Notes": (40.0, 220.0)}


def words(places: dict[str, tuple[float, float]], scale: float = 1.0, move: float = 0.0) -> list[Word]:
    """Labels whose left middles are where they should be, but for a scale and a move."""
    found = []
    for text, (x, y) in places.items():
        left = x * scale + move
        for part in text.split():
            width = 5.0 * len(part)
            found.append(Word(part, Box(left, y * scale + move - 4, left + width, y * scale + move + 4)))
            left += width + 2.5
    return found


def leaf(found: list[Word], *, scanned: bool = False, again: Again | None = None, **more: Any) -> Leaf:
    page = Page(
        number=1, width=595, height=842, words=found, fields=[], pictures=False, scanned=scanned, **more
    )
    return Leaf(page=page, ink=Ink(lambda box: None), draw=undrawn, again=again)


def undrawn(scale: float) -> Image.Image:
    raise AssertionError("nobody looks at the whole page")


def layout(**fields: Any) -> Layout:
    return Layout.model_validate({"layout": "a", "says": ["v1"], "begins": ["Form"], "fields": fields})


def text_field(label: str, **more: Any) -> dict[str, Any]:
    return {"caption": label, "label": [label], "box": [80, -10, 250, 10]} | more


# ---- labels ---------------------------------------------------------------------------------
def test_a_label_is_not_a_part_of_a_longer_one() -> None:
    found = words({"Date": (40, 100), "Date of birth": (40, 130), "The Date": (40, 160)})
    assert [box.middle[1] for box in Labels(leaf(found).page).find(["Date"])] == [100.0]


@pytest.mark.parametrize(("scanned", "count"), [(True, 1), (False, 0)])
def test_only_of_a_scan_a_letter_may_be_misread(scanned: bool, count: int) -> None:
    found = words({"Claim nurnber": (40, 100)})
    assert len(Labels(leaf(found, scanned=scanned).page).find(["Claim number"])) == count


def test_a_version_is_known_letter_by_letter() -> None:
    labels = Labels(leaf(words({"BC1 (04/2025)": (40, 800)}), scanned=True).page)
    assert labels.says(["BC1 (04/2025)"])
    assert not labels.says(["BC1 (04/2026)"])


# ---- how a page lies ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("scale", "move"), [(1.0, 0.0), (0.97, 12.0), (1.03, -8.0), (0.7, 60.0), (1.41, 0.0)]
)
def test_a_page_may_be_moved_and_of_another_size(scale: float, move: float) -> None:
    wanted = PLACES | MORE
    found = {name: (x * scale + move, y * scale + move) for name, (x, y) in wanted.items()}
    found["Name"] = (2.0, 700.0)  # one that was taken for another place does no harm
    page = lying(wanted, found)
    assert page is not None
    assert page.place((200.0, 500.0)) == pytest.approx((200 * scale + move, 500 * scale + move), abs=0.5)
    offsets = (10.0, -5.0, 100.0, 5.0)
    assert page.offsets(offsets) == pytest.approx([side * scale for side in offsets], abs=0.5)


def test_labels_in_one_column_do_not_tell_how_wide_a_page_is() -> None:
    """Labels beside boxes were found where their boxes begin; the column at the left tells nothing."""
    column = {f"Row {row}": (40.0, 100.0 + 30 * row) for row in range(8)}
    beside = {f"Box {place}": (150.0 + 40 * place, 200.0) for place in range(5)}
    wanted = column | beside | {"Right": (420.0, 260.0), "Last": (480.0, 320.0)}
    found = wanted | {name: (x - 14.0, y) for name, (x, y) in beside.items()}
    page = lying(wanted, found)
    assert page is not None
    assert page.place((390.0, 200.0)) == pytest.approx((390.0, 200.0), abs=1.5)


@pytest.mark.parametrize("scale", [0.9, 1.1])
def test_a_page_is_as_wide_as_it_is_high(scale: float) -> None:
    """Labels in one column alone: the other way is taken to be of the same size."""
    wanted = {f"Row {row}": (40.0, 100.0 + 60 * row) for row in range(8)}
    found = {name: (x * scale, y * scale) for name, (x, y) in wanted.items()}
    page = lying(wanted, found)
    assert page is not None
    assert page.place((500.0, 300.0)) == pytest.approx((500 * scale, 300 * scale), abs=0.5)


def test_of_another_page_nothing_is_said() -> None:
    wanted = PLACES | MORE
    elsewhere = {name: (y, x * 3) for name, (x, y) in wanted.items()}
    assert lying(wanted, elsewhere) is None
    assert lying(wanted, dict(list(wanted.items())[:3])) is None


# ---- values ---------------------------------------------------------------------------------
def test_a_value_stands_beside_its_label() -> None:
    found = [*words({"Name": (40, 100)}), *words({"Iris Sample": (125, 101)})]
    taken = Taking(leaf(found), layout(name=text_field("Name"))).values()["name"]
    assert (taken.text, taken.sure, taken.why) == ("Iris Sample", 1.0, "")


def test_a_label_that_is_there_twice_is_nobodys() -> None:
    found = words({"Name": (40, 100)}) + words({"Name": (40, 300)})
    taken = Taking(leaf(found), layout(name=text_field("Name"))).values()
    assert taken["name"].why == "could be in several places"
    assert list(marked(taken, 0.9)) == ["name"]


def test_a_value_that_runs_out_of_its_box_is_for_a_person() -> None:
    found = [*words({"Name": (40, 100)}), *words({"A-name-that-is-much-too-long-for-its-box": (125, 100)})]
    taken = Taking(leaf(found), layout(name=text_field("Name"))).values()
    assert taken["name"].why == "runs out of its box"
    assert list(marked(taken, 0.9)) == ["name"]


@pytest.mark.parametrize(("second", "sure"), [("12O", False), ("120", True)])
def test_two_readings_of_a_scan_must_agree(second: str, sure: bool) -> None:
    value = [word._replace(sure=0.8) for word in words({"120": (125, 100)})]
    page = leaf([*words({"Amount": (40, 100)}), *value], scanned=True, again=lambda box: [(second, 0.8)])
    taken = Taking(page, layout(amount=text_field("Amount"))).values()
    assert taken["amount"].text == "120"
    assert (list(marked(taken, 0.9)) == []) is sure


def test_fields_of_a_form_come_before_its_words() -> None:
    page = leaf(words({"Name": (40, 100)}))
    field = FormField("who", "text", "Iris Sample", Box(120, 90, 300, 110))
    page = replace(page, page=replace(page.page, fields=[field]))
    taken = Taking(page, layout(name=text_field("Name", form="who"))).values()
    assert taken["name"].text == "Iris Sample"


def test_ink_beside_the_words_of_a_scan_is_a_question() -> None:
    """The reader found one word of two: what is left of the value is not the value."""
    picture = Image.new("L", (800, 400), 240)
    ImageDraw.Draw(picture).rectangle((250, 190, 300, 206), fill=20)  # "£1," as far as it was found
    found = [*words({"Amount": (40, 100)}), Word("£1,", Box(125, 95, 150, 104))]

    def read(ink: Image.Image) -> list[str]:
        page = leaf(found, scanned=True, again=lambda box: [("£1,", 1.0)])
        drawn = Ink(lambda box: ink.crop(tuple(round(side * 2) for side in box)))
        return list(
            marked(Taking(replace(page, ink=drawn), layout(amount=text_field("Amount"))).values(), 0.9)
        )

    assert read(picture) == []
    ImageDraw.Draw(picture).rectangle((320, 190, 380, 206), fill=20)  # "234.50"
    assert read(picture) == ["amount"]


# ---- what is drawn --------------------------------------------------------------------------
def ticked(*boxes: tuple[int, int]) -> Ink:
    """A page with two tick boxes; those that are named have a cross."""
    picture = Image.new("L", (400, 400), 245)
    pen = ImageDraw.Draw(picture)
    for box in ((100, 100), (100, 200)):
        x, y = box
        pen.rectangle((x, y, x + 24, y + 24), outline=30, width=2)
        if box in boxes:
            pen.line((x + 4, y + 4, x + 20, y + 20), fill=30, width=4)
            pen.line((x + 20, y + 4, x + 4, y + 20), fill=30, width=4)

    def part(box: Box) -> Image.Image:
        return picture.crop(tuple(round(side * 2) for side in box))

    return Ink(part)


CHOICES = {
    "A": {"label": ["Rent has changed"], "box": [-18, -4, -10, 4]},
    "B": {"label": ["Someone moved in"], "box": [-18, -4, -10, 4]},
}
TICKS = words({"Rent has changed": (70, 56), "Someone moved in": (70, 106)})


@pytest.mark.parametrize(
    ("boxes", "text", "why"),
    [
        (((100, 100),), "A", ""),
        (((100, 200),), "B", ""),
        ((), "", ""),
        (((100, 100), (100, 200)), "", "is ticked more than once"),
    ],
)
def test_one_box_is_ticked_or_nothing_is_taken(boxes: Any, text: str, why: str) -> None:
    page = replace(leaf(TICKS), ink=ticked(*boxes))
    taken = Taking(page, layout(change={"caption": "Change", "one_of": CHOICES})).values()["change"]
    assert (taken.text, taken.why) == (text, why)


@pytest.mark.parametrize("angle", [-2.0, 1.3])
def test_a_skewed_page_is_straightened(angle: float) -> None:
    page = Image.new("L", (800, 1100), 240)
    pen = ImageDraw.Draw(page)
    for line in range(100, 1000, 30):
        pen.line((80, line, 700, line), fill=20, width=6)
    straight = straightened(page.rotate(angle, fillcolor=240))
    part = straight.crop((100, 200, 600, 900))
    darkest = min(part.resize((1, part.height), Image.Resampling.BOX).tobytes())
    assert darkest < 60, "a line lies in one row of pixels again"


@pytest.mark.parametrize("heading", ["Tell us about a change", ""], ids=["a heading", "none to be read"])
def test_a_second_form_is_never_an_attachment(heading: str, tmp_path: Path) -> None:
    """Without its heading and its version it is still a form, and a person is told."""
    places = {label[0]: at for label, at in LAYOUTS[0].places()}
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for title in ("Tell us about a change", heading):
        canvas.setFont("Helvetica", 7.5)
        for label, (x, y) in places.items():
            canvas.drawString(x, A4[1] - y - 2.7, label)
        canvas.drawString(40, A4[1] - 60, title)
        canvas.showPage()
    canvas.drawString(40, 700, "Payslip of somebody")
    canvas.save()
    items = list(PaperReader(BenefitChange, Papers(), LAYOUTS, None).items(tmp_path / "a.pdf"))
    assert [item.code for item in items] == ["unknown-form-version"] * 2
    assert [item.origin["pages"] for item in items] == [[1, 1], [2, 3]]


# ---- files ----------------------------------------------------------------------------------
BAD = {
    "no YAML": ("says: [", "is no YAML"),
    "an unknown key": ("layout: x\nsays: [a]\nbegins: [b]\nfields: {}\ncolour: red", "colour"),
    "two ways": (
        "layout: x\nsays: [a]\nbegins: [b]\nfields: {n: {caption: N, label: [N], box: [0, 0, 1, 1],"
        " drawn: {label: [N], box: [0, 0, 1, 1]}}}",
        "one of box, one_of, ticked, drawn, joined or near, or form alone",
    ),
    "another name": ("layout: y\nsays: [a]\nbegins: [b]\nfields: {}", "says that it is y"),
}


@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD.keys())
def test_a_mistake_in_a_layout_names_its_place(content: str, said: str, tmp_path: Path) -> None:
    folder = tmp_path / "process" / "layouts"
    folder.mkdir(parents=True)
    (folder / "x.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"process/layouts/x.yaml") as refused:
        load_layouts(folder)
    assert said in refused.value.sentence


def test_a_folder_without_layouts_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no layout"):
        load_layouts(tmp_path)
