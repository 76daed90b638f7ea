"""A real form of nine pages (ET3): every field on every page, drafted from the blank one and read from a
filled one. The form is Crown copyright and is not part of the project."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter

from bots.engine.core.papers import Papers
from bots.engine.documents.draft.drafting import draft
from bots.engine.documents.forms.cases import cases_of
from bots.engine.documents.forms.layout import Layout, load_layouts
from bots.engine.documents.forms.taking import marked
from bots.engine.documents.pdf.pdf import leaves_of
from bots.engine.documents.scans.shown import STRUCK
from bots.engine.settings import ROOT

FORM = ROOT.parent / "shared" / "data" / "pdf-forms" / "ET3_0224.pdf"
FIELDS = 94
_LINES = 1 << 12

pytestmark = pytest.mark.skipif(not FORM.exists(), reason="the shared data is not here")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    folder = tmp_path_factory.mktemp("et3") / "layouts"
    folder.mkdir()
    text = draft(FORM, "et3", "Response", "the form ET3")["layout"]
    (folder / "et3.yaml").write_text(text, encoding="utf-8")
    return load_layouts(folder)[0]


def filled(path: Path, seed: int) -> dict[str, str]:
    """Made-up values in every field, and what each of them should read as."""
    chance, writer, wanted = random.Random(f"et3/{seed}"), PdfWriter(FORM), dict[str, str]()
    for page in writer.pages:
        values = {}
        for name, kind, flags, longest, on in _fields(page):
            if kind == "/Btn":
                values[name] = on if chance.random() < 0.5 else "/Off"
                wanted[name] = "No" if values[name] == "/Off" else "Yes"
                continue
            text = f"{chance.randint(1, 9999):04d}"[:longest] if longest else f"Ash {chance.randint(1, 999)}"
            values[name] = wanted[name] = f"{text}\nand Elm" if flags & _LINES else text
        if values:
            writer.update_page_form_field_values(page, values, auto_regenerate=False)
    writer.write(path)
    return wanted


def _fields(page: Any) -> Iterator[tuple[str, str, int, int, str]]:
    for note in (one.get_object() for one in page.get("/Annots") or ()):
        if note.get("/Subtype") != "/Widget":
            continue
        chain = [note]
        while "/Parent" in chain[-1]:
            chain.append(chain[-1]["/Parent"].get_object())
        said = {key: one[key] for one in reversed(chain) for key in ("/FT", "/Ff", "/MaxLen") if key in one}
        looks = note["/AP"]["/N"] if said["/FT"] == "/Btn" else {}
        on = next((look for look in looks if look != "/Off"), "")
        name = ".".join(str(one["/T"]) for one in reversed(chain) if "/T" in one)
        yield name, said["/FT"], int(said.get("/Ff", 0)), int(said.get("/MaxLen", 0)), on


def test_the_draft_has_every_field_on_its_page(layout: Layout) -> None:
    drafted = [
        (spot.form, field.page) for field in layout.fields.values() for spot in field.spots() if spot.form
    ]
    pages = enumerate(PdfWriter(FORM).pages, start=1)
    assert sorted(drafted) == sorted((name, number) for number, page in pages for name, *_ in _fields(page))
    assert len(drafted) == FIELDS


@pytest.mark.parametrize("seed", [1, 2])
def test_every_field_of_every_page_is_read(layout: Layout, seed: int, tmp_path: Path) -> None:
    """The library that fills it in writes the first line of four large fields across the rule that is printed
    there: of these a person is told."""
    wanted = filled(tmp_path / "filled.pdf", seed)
    [case] = cases_of(leaves_of(tmp_path / "filled.pdf"), [layout])
    told = {name: case.values[name].why for name in marked(case.values, Papers().sure)}
    assert set(told.values()) <= {STRUCK}
    assert len(told) <= 4
    read = {
        name: (case.values[name].text.replace("\r", "\n"), field.joint.join(wanted[form] for form in forms))
        for name, field in layout.fields.items()
        if name not in told and (forms := [spot.form for spot in field.spots() if spot.form])
    }
    assert {name: pair for name, pair in read.items() if pair[0] != pair[1]} == {}
    assert (case.first, case.last, len(read) + len(told)) == (1, 9, len(layout.fields))
