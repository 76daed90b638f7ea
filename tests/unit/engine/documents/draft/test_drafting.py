"""A draft of a form: names, captions and types of its fields, and files that are never written over."""

from __future__ import annotations

import ast
import keyword
import subprocess
import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bots.engine.core.errors import BusinessException, ConfigurationError
from bots.engine.documents.draft.drafting import draft
from bots.engine.documents.draft.names import Names, plain, python_name, spoken
from bots.engine.documents.forms.cases import cases_of
from bots.engine.documents.forms.layout import load_layout
from bots.engine.documents.forms.taking import marked
from bots.engine.documents.pdf.pdf import leaves_of
from bots.engine.settings import ROOT
from bots.scaffold.draft_files import draft_files, layout_name, write_draft

HEIGHT = A4[1]


def a_form(path: Path, *fields: dict[str, Any], words: Sequence[tuple[str, float, float]] = ()) -> Path:
    """One page with text fields, ticks and round buttons, and words at their places."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 9)
    for text, left, base in (("Apply for a permit", 40, 60), ("P1 (04/2026)", 40, 800), *words):
        canvas.drawString(left, HEIGHT - base, text)
    for number, field in enumerate(fields):
        kind = field.pop("kind", "textfield")
        where = {"x": 200, "y": HEIGHT - 100 - 30 * number} | field
        if kind == "textfield":
            where |= {"width": where.get("width", 200), "height": where.get("height", 18)}
        getattr(canvas.acroForm, kind)(**where)
    canvas.save()
    path.write_bytes(file.getvalue())
    return path


def drafted(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    found = draft(path, "p1", "Permit", "the form P1")
    described: dict[str, Any] = yaml.safe_load(found["layout"])
    return found, described["fields"]


# ---- names and captions ---------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Claimant's name", "claimants_name"),
        ("2.3 Enw'r person", "enwr_person"),
        ("Ffôn symudol", "ffon_symudol"),
        ("4.1b date", "date"),
        ("£ / %", ""),
        ("A" * 80, "a" * 50),
    ],
)
def test_a_name_is_made_of_words(text: str, name: str) -> None:
    assert python_name(text) == name


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("topmostSubform[0].Page1[0].FirstName[0]", "First Name"),
        ("date_received", "date received"),
        ("Text12", ""),
        ("Check Box3", ""),
        ("2.10", ""),
        ("undefined_4", ""),
    ],
)
def test_a_name_that_a_program_gave_says_nothing(form: str, said: str) -> None:
    assert spoken(form) == said


def test_names_are_given_once_and_never_mean_something_else() -> None:
    names = Names()
    given = [names.give(one) for one in ("name", "name", "class", "str", "no", "document", "", "7th", "copy")]
    assert len(set(given)) == len(given)
    assert all(one.isidentifier() and not keyword.iskeyword(one) for one in given)
    assert given[:5] == ["name", "name_2", "form_class", "form_str", "form_no"]
    assert not {"document", "str", "no"} & set(given)


def test_a_caption_is_short_and_plain() -> None:
    assert plain('Say "why"\n and\\or how: ') == "Say 'why' and/or how"
    assert len(plain("word " * 60)) <= 84


# ---- fields ---------------------------------------------------------------------------------
def test_what_the_form_says_of_a_field_is_its_caption(tmp_path: Path) -> None:
    path = a_form(
        tmp_path / "a.pdf",
        {"name": "Text1", "tooltip": "Your full name"},
        {"name": "Text2"},
        {"name": "permit_ref"},
        words=[("Postcode", 40, 125), ("Something", 40, 155)],
    )
    found, fields = drafted(path)
    assert {name: field["caption"] for name, field in fields.items()} == {
        "your_full_name": "Your full name",
        "postcode": "Postcode",
        "permit_ref": "Something",
    }
    assert found["key"] == "permit_ref"
    assert 'known_by = (("permit_ref",),)' in found["record"]
    assert "postcode: Annotated[Postcode | None, Sensitive] = None" in found["record"]


def test_round_buttons_are_one_value_and_a_button_is_none(tmp_path: Path) -> None:
    radio = {"kind": "radio", "name": "pay", "size": 12, "shape": "square"}
    path = a_form(
        tmp_path / "a.pdf",
        radio | {"value": "w"},
        radio | {"value": "m"},
        {"kind": "checkbox", "name": "agree", "size": 12},
        {"name": "case_ref"},
        words=[("Weekly", 218, 96), ("Monthly", 218, 126), ("I agree", 218, 156)],
    )
    _, fields = drafted(path)
    assert {choice: mark["form"] for choice, mark in fields["pay"]["one_of"].items()} == {
        "Weekly": "pay=w",
        "Monthly": "pay=m",
    }
    assert fields["agree"]["ticked"]["form"] == "agree"
    assert list(fields) == ["pay", "agree", "case_ref"]


@pytest.mark.parametrize(
    ("names", "joint"),
    [
        (("born_day", "born_month", "born_year"), "/"),
        (("Text1", "Text2", "Text3"), "/"),
        (("Address 1", "Address 2", "Address 3"), ", "),
        (("one", "two", "three"), None),
    ],
)
def test_parts_of_one_value_are_joined(names: Sequence[str], joint: str | None, tmp_path: Path) -> None:
    across = joint == "/"
    fields: list[dict[str, Any]] = [
        {"name": name, "maxlen": (2, 2, 4)[number] if across else 100}
        | ({"x": 200 + 50 * number, "y": HEIGHT - 100, "width": 40} if across else {})
        for number, name in enumerate(names)
    ]
    _, found = drafted(a_form(tmp_path / "a.pdf", *fields, words=[("Date of birth", 40, 95)]))
    assert [field.get("with") for field in found.values()] == ([joint] if joint else [None] * 3)


def test_the_files_load_and_are_formatted(tmp_path: Path) -> None:
    """Also where a form has quotes, long words and letters that mean something in Python or YAML."""
    odd = ['He said "yes": #1 {a}', "back\\slash", "Enw'r person " * 9, "null", "class", "ŵ – …", "x" * 90]
    path = a_form(tmp_path / "a.pdf", *[{"name": f"f{n}", "tooltip": one} for n, one in enumerate(odd)])
    found = draft(path, "p1", "Permit", "the form P1")
    files = draft_files(tmp_path / "draft", "p1")
    write_draft(files, found)
    assert len(load_layout(files["layout"]).fields) == len(odd)
    ast.parse(files["record"].read_text(encoding="utf-8"))
    for check in (["format", "--check"], ["check"]):
        words = [sys.executable, "-m", "ruff", *check, "--config", str(ROOT / "pyproject.toml")]
        said = subprocess.run([*words, str(files["record"])], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout


def test_what_was_filled_in_is_not_in_the_draft(tmp_path: Path) -> None:
    blank = a_form(tmp_path / "a.pdf", {"name": "who"}, {"name": "ref_no"}, words=[("Who", 40, 95)])
    told = a_form(
        tmp_path / "b.pdf",
        {"name": "who", "value": "Iris Sample"},
        {"name": "ref_no", "value": "ZZ123"},
        words=[("Who", 40, 95)],
    )
    assert draft(blank, "p1", "Permit", "P1") == draft(told, "p1", "Permit", "P1")


def test_a_field_with_several_places_is_one_and_a_hidden_one_is_none(tmp_path: Path) -> None:
    hidden = {"name": "script", "annotationFlags": "hidden"}
    fields = [{"name": "ref_no"}, {"name": "ref_no"}, hidden, {"name": "who"}]
    _, found = drafted(a_form(tmp_path / "a.pdf", *fields))
    assert list(found) == ["ref_no", "who"]


def on_lines(path: Path, *written: str) -> Path:
    canvas = Canvas(str(path), pagesize=A4, invariant=1)
    canvas.setFont("Helvetica", 10)
    for text, base in (("Request for a parking permit", 80), ("P7 (03/2026)", 800)):
        canvas.drawString(60, HEIGHT - base, text)
    canvas.line(60, HEIGHT - 85, 300, HEIGHT - 85)  # a heading is underlined
    for number, label in enumerate(("Our number:", "Full name:", "Address:", "Postcode:", "Remark:")):
        low = HEIGHT - 140 - 30 * number
        canvas.drawString(60, low, label)
        canvas.line(150, low - 2, 400, low - 2)
        if written:
            canvas.drawString(155, low + 1, written[number])
    canvas.save()
    return path


def test_lines_that_are_written_on_are_places(tmp_path: Path) -> None:
    written = ("R-1234567", "Iris Sample", "1 Elm Road", "ZZ1 4AB", "none")
    found, fields = drafted(on_lines(tmp_path / "blank.pdf"))
    assert list(fields) == ["our_number", "full_name", "address", "postcode", "remark"]
    (tmp_path / "p1.yaml").write_text(found["layout"], encoding="utf-8")
    [case] = cases_of(leaves_of(on_lines(tmp_path / "a.pdf", *written)), [load_layout(tmp_path / "p1.yaml")])
    assert tuple(taken.text for taken in case.values.values()) == written
    assert not list(marked(case.values, 0.9))
    assert drafted(tmp_path / "a.pdf")[0]["layout"] == found["layout"], "nothing of it is taken for a label"


def test_a_letter_is_no_form(tmp_path: Path) -> None:
    with pytest.raises(BusinessException) as refused:
        draft(a_form(tmp_path / "a.pdf", words=[("Dear Sir or Madam", 40, 200)]), "p1", "Permit", "P1")
    assert refused.value.code == "nothing-to-draft"


# ---- files ----------------------------------------------------------------------------------
@pytest.mark.parametrize("there", ["record.py", "layouts/p1.yaml"])
def test_nothing_is_written_over(there: str, tmp_path: Path) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="already"):
        draft_files(tmp_path, "p1")


def test_both_files_are_written_or_neither(tmp_path: Path) -> None:
    files = draft_files(tmp_path / "draft", "p1")
    (tmp_path / "draft").mkdir()
    (tmp_path / "draft" / "layouts").write_text("in the way", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="Nothing was written"):
        write_draft(files, {"record": "a", "layout": "b"})
    assert not files["record"].exists()


def test_a_layout_is_called_after_its_file() -> None:
    assert layout_name("", Path("BC1 (04.2026).pdf")) == "bc1-04-2026"
    for wanted in ("../x", "BC1", "a b"):
        with pytest.raises(ConfigurationError, match="cannot be the name of a layout"):
            layout_name(wanted, Path("a.pdf"))
