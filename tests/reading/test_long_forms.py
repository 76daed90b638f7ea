"""Forms of several pages: drafted from a blank one, and every value of every page read or a person's."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.core.record import Record
from bots.engine.documents.draft.drafting import draft
from bots.engine.documents.forms.layout import Layout, load_layouts
from bots.engine.documents.forms.paper_reader import PaperReader
from tests.reading.long_form import PAGES, form, places, values

SEEDS = 50
PRINTED = 50


@dataclass(frozen=True, kw_only=True)
class Drafted:
    """What a newcomer has after one command, with nothing completed."""

    record: type[Record]
    layouts: tuple[Layout, ...]
    folder: Path

    @property
    def layout(self) -> Layout:
        return self.layouts[0]

    def items(self, content: bytes, keep: Path | None = None) -> list[NewItem]:
        path = self.folder / "case.pdf"
        path.write_bytes(content)
        return list(PaperReader(self.record, Papers(), self.layouts, keep).items(path))

    def item(self, content: bytes) -> NewItem:
        [item] = self.items(content)
        return item


def drafted_from(path: Path, folder: Path) -> Drafted:
    found = draft(path, "hh4", "Household", "the form HH4")
    (folder / "layouts").mkdir()
    (folder / "layouts" / "hh4.yaml").write_text(found["layout"], encoding="utf-8")
    (folder / "record.py").write_text(found["record"], encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"drafted_{folder.name}", folder / "record.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as an import does: the annotations are looked up there
    spec.loader.exec_module(module)
    record: type[Record] = module.Household
    return Drafted(record=record, layouts=load_layouts(folder / "layouts"), folder=folder)


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> Drafted:
    folder = tmp_path_factory.mktemp("hh4")
    (folder / "blank.pdf").write_bytes(form())
    return drafted_from(folder / "blank.pdf", folder)


def expected(layout: Layout, record: type[Record], filled: dict[str, str]) -> dict[str, Any]:
    """What the record must hold, of what was written: by the names that the draft gave."""
    found = {}
    for name, field in layout.fields.items():
        if field.one_of:
            on = [choice for choice, mark in field.one_of.items() if filled[mark.form or ""]]
            text = on[0] if on else ""
        elif field.ticked:
            text = "Yes" if filled[field.ticked.form or ""] else "No"
        else:
            parts = [filled[spot.form] for spot in field.spots() if spot.form]
            text = field.joint.join(part for part in parts if part)
        found[name] = record.value(name, text) if text else record.model_fields[name].default
    return found


# ---- every value of every page ---------------------------------------------------------------
def test_the_draft_knows_every_place(drafted: Drafted) -> None:
    forms = {spot.form for field in drafted.layout.fields.values() for spot in field.spots() if spot.form}
    written = {f"{place.name}={place.choice}" if place.choice else place.name for place in places()}
    assert forms == written
    assert {field.page for field in drafted.layout.fields.values()} == set(range(1, PAGES + 1))


@pytest.mark.parametrize("kind", ["filled", "printed"])
def test_nothing_is_wrong_in_silence(drafted: Drafted, kind: str) -> None:
    """Of filled forms none goes to a person, either."""
    asked = 0
    for seed in range(SEEDS if kind == "filled" else PRINTED):
        filled = values(seed)
        item = drafted.item(form(filled, fillable=kind == "filled"))
        asked += bool(item.code)
        wanted = expected(drafted.layout, drafted.record, filled)
        told = item.detail.get("fields", {})
        wrong = {name for name, value in wanted.items() if item.data.get(name) != value and name not in told}
        assert not wrong, f"seed {seed}: {wrong}"
    assert asked == 0


def test_a_filled_form_drafts_alike_and_gives_nothing_away(drafted: Drafted, tmp_path: Path) -> None:
    filled = values(3)
    (tmp_path / "filled.pdf").write_bytes(form(filled))
    found = draft(tmp_path / "filled.pdf", "hh4", "Household", "the form HH4")
    assert found["layout"] == (drafted.folder / "layouts" / "hh4.yaml").read_text(encoding="utf-8")
    written = [text for name, text in filled.items() if len(text) > 3 and name != "speaks"]
    assert not [text for text in written if text in found["layout"] + found["record"]]


# ---- pages that are not where they should be -------------------------------------------------
@pytest.mark.parametrize("fillable", [True, False], ids=["filled", "printed"])
def test_a_missing_page_is_said(drafted: Drafted, fillable: bool) -> None:
    item = drafted.item(form(values(1), fillable=fillable, order=(1, 2, 3)))
    assert item.code == "value-to-check"
    assert item.detail["fields"]["signed_name"] == "is on page 4 of the form, which is not there"
    assert "Page 4: " in item.sentence


@pytest.mark.parametrize("fillable", [True, False], ids=["filled", "printed"])
@pytest.mark.parametrize("order", [(1, 3, 2, 4), (1, 2, 4, 3), (1, 2, 2, 3, 4), (1, 2, 4)])
def test_pages_in_another_order_are_said(drafted: Drafted, order: tuple[int, ...], fillable: bool) -> None:
    """Every value of a page that is not in its place is a person's, also one that is blank."""
    item = drafted.item(form(values(2), fillable=fillable, order=order))
    assert item.code == "value-to-check"
    moved = {page for page in range(1, PAGES + 1) if order[page - 1 : page] != (page,)}
    fields = {name for name, field in drafted.layout.fields.items() if field.page in moved}
    assert fields <= set(item.detail["fields"])


def test_each_case_of_a_file_has_its_own_pages(drafted: Drafted) -> None:
    writer = PdfWriter()
    for seed in (4, 5):
        path = drafted.folder / f"{seed}.pdf"
        path.write_bytes(form(values(seed), fillable=False))
        writer.append(PdfReader(path))
    writer.write(drafted.folder / "both.pdf")
    items = drafted.items((drafted.folder / "both.pdf").read_bytes())
    assert [item.origin["pages"] for item in items] == [[1, 4], [5, 8]]
    assert [item.reference for item in items] == [values(seed)["case_ref"] for seed in (4, 5)]
    assert items[1].origin["places"]["signed_name"]["page"] == 8


def test_a_blank_page_ends_a_case(drafted: Drafted) -> None:
    """A layout may say so; a blank page is no part of either case then."""
    writer = PdfWriter()
    for seed in (4, 5):
        path = drafted.folder / f"{seed}.pdf"
        path.write_bytes(form(values(seed), fillable=False))
        writer.append(PdfReader(path))
        writer.add_blank_page()
    writer.write(drafted.folder / "both.pdf")
    divided = drafted.layout.model_copy(update={"between": "blank", "whole": True})
    found = PaperReader(drafted.record, Papers(), [divided], None).items(drafted.folder / "both.pdf")
    assert [(item.code, item.origin["pages"]) for item in found] == [(None, [1, 4]), (None, [6, 9])]


# ---- a form without fields -------------------------------------------------------------------
def test_a_printed_form_is_drafted_from_its_boxes(tmp_path: Path) -> None:
    (tmp_path / "blank.pdf").write_bytes(form(fillable=False))
    drafted = drafted_from(tmp_path / "blank.pdf", tmp_path)
    assert len(drafted.layout.fields) >= 28
    filled = values(7)
    item = drafted.item(form(filled, fillable=False))
    assert item.data["our_reference_ein_cyfeirnod"] == filled["case_ref"]
    text = " ".join(map(str, item.data.values()))
    written = [one.replace(",", "").split()[0] for one in filled.values() if len(one) > 4]
    missing = [one for one in written if one not in text]
    assert not missing


def test_what_is_typed_into_a_printed_form_is_not_in_its_draft(tmp_path: Path) -> None:
    filled = values(7)
    (tmp_path / "filled.pdf").write_bytes(form(filled, fillable=False))
    found = draft(tmp_path / "filled.pdf", "hh4", "Household", "the form HH4")
    lines = [line for text in filled.values() if len(text) > 4 for line in text.split("\n")]
    assert not [line for line in lines if line in found["layout"] + found["record"]]
