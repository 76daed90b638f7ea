"""What people see is what is taken: a value whose place shows something else is a person's."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.engine.core.item import NewItem
from bots.engine.documents.forms.layout import load_layouts
from bots.engine.documents.forms.paper_reader import PaperReader
from bots.engine.documents.pdf.pdf import leaves_of
from bots.engine.settings import ROOT
from bots.processes.benefit_changes.process import PROCESS
from bots.processes.benefit_changes.record import BenefitChange as Record
from fixtures.council.samples.benefit_change import BenefitChange, Paper
from fixtures.council.samples.benefit_inbox import benefit_changes
from fixtures.council.samples.benefit_noted import FIELDS, lying, noted, refilled
from fixtures.council.samples.benefit_tampered import DRAWN, Tampered, layered, overlaid, plain

LAYOUTS = load_layouts(ROOT / "bots" / "processes" / "benefit_changes" / "layouts")
NOTES = {"/FreeText": "notes", "/Ink": "person", "/StrikeOut": "total", "/Stamp": "claim"}


def good(paper: Paper) -> list[BenefitChange]:
    """One form of each version, on which nobody moved and nothing is noted."""
    made = [one for one in benefit_changes(40, 3, (paper,)).changes if not one.exception]
    bare = [one for one in made if not one.notes and not one.person and one.total and one.code != "RENT"]
    return list({one.version: one for one in bare}.values())


PRINTED, FILLED = good(Paper.PRINTED), good(Paper.FILLED)


def read(folder: Path, content: bytes) -> NewItem:
    path = folder / "file.pdf"
    path.write_bytes(content)
    assert PROCESS.papers is not None
    [item] = PaperReader(Record, PROCESS.papers, LAYOUTS, None).items(path)
    return item


def asked(folder: Path, form: Tampered) -> bool:
    """About its field, and about no other."""
    fields = read(folder, form.content).detail.get("fields", {})
    assert set(fields) <= {form.field}
    return form.field in fields


@pytest.mark.parametrize("change", [*PRINTED, *FILLED], ids=lambda one: f"{one.paper} {one.version[-5:-1]}")
def test_a_good_form_is_taken(change: BenefitChange, tmp_path: Path) -> None:
    assert read(tmp_path, plain(change)).code is None


@pytest.mark.parametrize("kind", DRAWN)
def test_what_is_drawn_over_a_printed_value_is_seen(kind: str, tmp_path: Path) -> None:
    assert [asked(tmp_path, overlaid(change, kind)) for change in PRINTED] == [True, True]


@pytest.mark.parametrize("kind", ["a white box", "a stroke", "a scribble", "a picture"])
def test_what_is_drawn_under_a_field_is_not_over_it(kind: str, tmp_path: Path) -> None:
    """Fields are drawn last, on paper of their own."""
    assert [asked(tmp_path, overlaid(change, kind)) for change in FILLED] == [False, False]


@pytest.mark.parametrize("subtype", NOTES)
@pytest.mark.parametrize("paper", [Paper.PRINTED, Paper.FILLED])
def test_a_note_over_a_value_is_seen(subtype: str, paper: Paper, tmp_path: Path) -> None:
    changes = PRINTED if paper is Paper.PRINTED else FILLED
    assert [asked(tmp_path, noted(change, subtype, NOTES[subtype])) for change in changes] == [True, True]


@pytest.mark.parametrize("kind", FIELDS)
def test_a_field_that_shows_something_else_is_seen(kind: str, tmp_path: Path) -> None:
    assert [asked(tmp_path, refilled(change, kind)) for change in FILLED] == [True, True]


def test_letters_that_are_drawn_as_others_are_seen(tmp_path: Path) -> None:
    """In a font of its own the form's typed values are told otherwise than they are drawn."""
    typed = next(one for one in benefit_changes(80, 4, (Paper.PRINTED,)).changes if _in_courier(one))
    item = read(tmp_path, lying(typed).content)
    assert item.detail["fields"]["name"] == "is drawn in letters that say something else"


def _in_courier(change: BenefitChange) -> bool:
    return not change.exception and b"/Courier" in plain(change)


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_a_scan_is_read_whatever_layer_lies_on_it(
    share: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = []
    monkeypatch.setattr(
        "bots.engine.documents.scans.scan.read_scan", lambda drawing, page: scans.append(page.number)
    )
    path = tmp_path / "file.pdf"
    path.write_bytes(layered(PRINTED[0], share))
    list(leaves_of(path))
    assert scans == [1]
