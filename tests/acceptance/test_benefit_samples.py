"""The benefit forms as files, read again by plain PDF readers, and the answers beside them."""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageStat
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from fixtures.council.benefit_entries import CHANGES, NOTES_KEPT
from fixtures.council.home import read_json
from fixtures.council.samples import benefit_inbox
from fixtures.council.samples.benefit_answers import ANY, answers_of
from fixtures.council.samples.benefit_change import BenefitChange, Paper
from fixtures.council.samples.benefit_changes import BenefitChanges
from fixtures.council.samples.benefit_file import BenefitFile, Sheet, make_file
from fixtures.council.samples.benefit_form import LAYOUTS
from fixtures.council.samples.benefit_inbox import benefit_changes, files_of_one_paper, write_inbox
from fixtures.council.samples.benefit_layout import Place
from fixtures.council.samples.benefit_record import AMOUNTS, text_of, ticked
from fixtures.council.samples.benefit_scan import SCALE, scanned
from fixtures.council.samples.benefit_writing import amount, nino

A4 = (595, 842)


@pytest.fixture(scope="module")
def changes() -> BenefitChanges:
    return benefit_changes(60, 7)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inbox")


@pytest.fixture(scope="module")
def told(changes: BenefitChanges, folder: Path) -> dict[str, Any]:
    return write_inbox(changes, folder)


def only(file: BenefitFile) -> BenefitChange:
    [(page, change)] = file.cases
    assert page == 1
    return change


def document_of(file: BenefitFile | Path) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(file.content if isinstance(file, BenefitFile) else file)


def text_on(page: pypdfium2.PdfPage) -> str:
    """With single spaces: lines are broken where the boxes end."""
    return " ".join(page.get_textpage().get_text_range().split())


def images_on(page: pypdfium2.PdfPage) -> int:
    return sum(1 for _ in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))


def bytes_in(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def good(changes: BenefitChanges) -> list[BenefitChange]:
    return [one for one in changes.changes if not one.exception]


def ink(picture: Image.Image, place: Place, scale: float) -> float:
    """0: blank paper; 255: black."""
    left, top, width, height = (side * scale for side in place.inside(4))
    return 255 - ImageStat.Stat(picture.crop((left, top, left + width, top + height))).mean[0]


# --- The answers --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    told = [write_inbox(benefit_changes(7, 3), tmp_path / name) for name in ("one", "other")]
    assert told[0] == told[1]
    assert bytes_in(tmp_path / "one") == bytes_in(tmp_path / "other")
    assert benefit_changes(7, 4).changes != benefit_changes(7, 3).changes


def test_sixty_forms_show_every_kind(changes: BenefitChanges, told: dict[str, Any]) -> None:
    became = Counter(answer.get("code", "done") for answer in told["changes"].values())
    assert became == {
        "done": 46,
        "not-signed": 1,
        "unknown-form-version": 1,
        "total-does-not-add-up": 1,
        "claim-not-found": 1,
        "claimant-differs": 2,
        "claim-closed": 1,
        "changed-in-the-future": 1,
        "invalid-record": 4,
        "value-to-check": 1,
        "too-long": 1,
    }
    assert set(told["refused"].values()) == {"password", "damaged-document"}
    assert len(told["same"]) == 1
    met = {(one.paper, one.version, one.welsh) for one in changes.changes}
    versions = [version for version in LAYOUTS if "2027" not in version]
    assert met >= {
        (paper, version, welsh) for paper in Paper for version in versions for welsh in (True, False)
    }
    assert {one.code for one in good(changes)} == set(CHANGES)


def test_among_many_one_in_ten_is_wrong() -> None:
    changes = benefit_changes(400, 1).changes
    assert sum(bool(one.exception) for one in changes) == 40
    assert len({(one.claim.number, one.code, one.changed_on) for one in changes}) == 400


@pytest.mark.parametrize("seed", range(3))
def test_what_should_be_keyed_can_be_keyed(seed: int) -> None:
    changes = benefit_changes(200, seed)
    claims = {one.number: one for one in changes.claims}
    assert len({one.nino for one in changes.claims}) == len(claims)
    for one in good(changes):
        assert claims[one.claim.number] == one.claim
        assert one.claim.open
        assert one.changed_on <= one.signed_on
        assert len(one.notes) <= NOTES_KEPT
        assert bool(one.person) == (one.code in ("MVIN", "MOUT"))
        assert bool(one.period) == (one.total is not None) == (not one.person)
        if one.code in ("INCM", "WORK"):
            assert sum(part or 0 for part in (one.earnings, one.pensions, one.other_income)) == one.total
    assert sum(not one.open for one in changes.claims) > 1


def test_what_is_wrong_is_wrong() -> None:
    changes = benefit_changes(150, 2)
    claims = {one.number: one for one in changes.claims}
    by_code: dict[str, list[BenefitChange]] = {}
    for one in changes.changes:
        by_code.setdefault(one.exception, []).append(one)
    assert all(one.claim.number not in claims for one in by_code["claim-not-found"])
    assert all(not claims[one.claim.number].open for one in by_code["claim-closed"])
    assert all(one.changed_on.year == 2062 for one in by_code["changed-in-the-future"])
    assert all(len(one.notes) > NOTES_KEPT for one in by_code["too-long"])
    assert all(one.paper is Paper.SCANNED for one in by_code["value-to-check"])
    for one in by_code["claimant-differs"]:
        [(name, value)] = one.stands.items()
        theirs = {getattr(claim, name) for claim in changes.claims if claim.number != one.claim.number}
        assert value in {str(other) for other in theirs}
    for one in by_code["total-does-not-add-up"]:
        assert sum(part or 0 for part in (one.earnings, one.pensions, one.other_income)) != one.total


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_any_number_of_forms(count: int, tmp_path: Path) -> None:
    told = write_inbox(benefit_changes(count, 1), tmp_path)
    assert len(told["changes"]) == count


def test_answers_are_plain_json_and_hold_the_digest_of_their_file(told: dict[str, Any]) -> None:
    assert json.loads(json.dumps(told)) == told
    for key, answer in told["changes"].items():
        assert key == key.upper() or key == answer["place"]
        if answer["becomes"] == "done":
            values, written = answer["values"], answer["written"]
            assert key == f"{values['claim']}/{values['code']}/{values['changed_on']}"
            assert (values["amount"], values["form_dated"]) == (written["total"], written["signed_on"])
            assert values["document"] == ANY or len(values["document"]) == 64


# --- The files ----------------------------------------------------------------------------------


def test_every_form_stands_on_its_page(changes: BenefitChanges, told: dict[str, Any], folder: Path) -> None:
    for answer in told["changes"].values():
        with document_of(folder / answer["file"]) as document:
            page = document[answer["page"] - 1]
            if answer["paper"] == Paper.SCANNED:
                assert (text_on(page), images_on(page)) == ("", 1)
            else:
                text = text_on(page)
                assert answer["version"] in text
                assert ("Dywedwch wrthym am newid" in text) == answer["welsh"]


def test_files_hold_what_people_put_into_them(told: dict[str, Any], folder: Path) -> None:
    forms = Counter(answer["file"] for answer in told["changes"].values())
    assert {1, 2} <= set(forms.values()) <= {1, 2, 3}
    pages, mixed = {}, 0
    for name in forms:
        with document_of(folder / name) as document:
            pages[name] = len(document)
            mixed += len({bool(text_on(page)) for page in document}) > 1
    assert mixed > 1
    assert any(pages[name] > count for name, count in forms.items()), "a payslip"
    assert sum(count == 1 for count in pages.values()) > len(pages) / 2
    [(copy, first)] = told["same"].items()
    assert (folder / copy).read_bytes() == (folder / first).read_bytes()
    names = {one.name for one in folder.iterdir()}
    assert names == {*forms, *told["refused"], copy}
    assert len({name.lower() for name in names}) == len(names)


def test_refused_files_cannot_be_opened(told: dict[str, Any], folder: Path) -> None:
    for name, code in told["refused"].items():
        with pytest.raises(pypdfium2.PdfiumError) as caught:
            document_of(folder / name)
        assert (caught.value.err_code == pypdfium2.raw.FPDF_ERR_PASSWORD) == (code == "password")
        with pytest.raises(PyPdfError):
            len(PdfReader(folder / name).pages)


@pytest.mark.parametrize("seed", [5, 6])
def test_fields_of_a_filled_form_hold_the_answers(seed: int) -> None:
    for file in files_of_one_paper(Paper.FILLED, 20, seed):
        change = only(file)
        layout = LAYOUTS[change.version]
        fields = PdfReader(BytesIO(file.content)).get_fields() or {}
        assert fields.keys() == set(layout.names.values())
        values = {name: fields[field].get("/V") for name, field in layout.names.items()}
        for name in layout.boxes.keys() - {"notes", "period", "signature"}:
            assert values[name] == text_of(change, name)
        assert (values["notes"] or "").replace("\r", "\n") == change.notes
        [written] = [answer["written"] for answer in answers_of(file).values()]
        assert [code for code in CHANGES if values[f"change {code}"] == "/Yes"] == sorted(
            ticked(change), key=list(CHANGES).index
        )
        assert str(values["period"] or "").strip("/") == layout.exports.get(written["period"], "")
        assert values["nino"].replace(" ", "") == written["nino"]
        for name in AMOUNTS:
            plain = values[name].strip("£").replace(",", "")
            assert (Decimal(plain) if plain else None) == (written[name] and Decimal(written[name]))


@pytest.mark.parametrize("seed", [5, 6])
def test_the_text_of_a_printed_form_holds_the_answers(seed: int) -> None:
    for file in files_of_one_paper(Paper.PRINTED, 20, seed):
        change = only(file)
        assert not PdfReader(BytesIO(file.content)).get_fields()
        with document_of(file) as document:
            [page] = document
            text = text_on(page)
        layout = LAYOUTS[change.version]
        for name in layout.boxes.keys() - {"signature", "period"}:
            assert " ".join(text_of(change, name).split()) in text
        if change.period:
            assert layout.words(change.welsh)[f"period {change.period}"] in text


def test_a_scanned_form_is_one_picture_and_no_text() -> None:
    shapes = set()
    for file in files_of_one_paper(Paper.SCANNED, 6, 5):
        with document_of(file) as document:
            [page] = document
            assert (text_on(page), images_on(page)) == ("", 1)
            shapes.add(tuple(round(side) for side in page.get_size()))
    assert shapes <= {A4, A4[::-1]}
    assert A4 in shapes


def test_forms_of_one_paper_have_wrong_ones_too() -> None:
    files = [only(file) for file in files_of_one_paper(Paper.FILLED, 60, 7)]
    assert {one.paper for one in files} == {Paper.FILLED}
    assert sum(bool(one.exception) for one in files) == 13, "all kinds but that of a stain"


# --- What is drawn ------------------------------------------------------------------------------


@pytest.mark.parametrize("paper", [Paper.FILLED, Paper.PRINTED])
def test_only_a_signed_form_has_ink_in_the_box(changes: BenefitChanges, paper: Paper) -> None:
    for change in changes.changes[:8]:
        found = []
        for signed in (True, False):
            sheet = Sheet.form(replace(change, paper=paper, signed=signed))
            with document_of(make_file("a.pdf", [sheet])) as document:
                picture = document[0].render(scale=SCALE, grayscale=True).to_pil()
            found.append(ink(picture, LAYOUTS[change.version].boxes["signature"], SCALE))
        assert found[0] > 1
        assert found[1] == 0


def test_only_ticked_boxes_are_marked(changes: BenefitChanges) -> None:
    ticks = [one for one in changes.changes if "change" in one.stands]
    for change in (*ticks, *changes.changes[:6]):
        sheet = Sheet.form(replace(change, paper=Paper.PRINTED))
        with document_of(make_file("a.pdf", [sheet])) as document:
            picture = document[0].render(scale=SCALE, grayscale=True).to_pil()
        boxes = LAYOUTS[change.version].ticks
        marked = {code for code, place in boxes.items() if ink(picture, place, SCALE) > 20}
        assert marked == set(ticked(change))


def test_a_stain_hides_the_number(changes: BenefitChanges) -> None:
    [change] = [one for one in changes.changes if one.stained]
    box = LAYOUTS[change.version].boxes["nino"]
    number = Place(box.left + 5, box.top, 80, box.height)
    darkest = {}
    for stained in ("nino", ""):
        # Several, because some lie on their side or on their head.
        looks = [replace(change, stained=stained, look=look) for look in range(3)]
        pictures = [Image.open(BytesIO(scanned(one))) for one in looks]
        darkest[stained] = max(ink(picture, number, SCALE) for picture in pictures)
    assert darkest["nino"] > 120
    assert darkest[""] < 80


def test_people_write_numbers_and_amounts_in_several_ways() -> None:
    chance = random.Random(1)
    assert {amount(chance, "1234.50") for _ in range(60)} == {
        "1234.50", "£1,234.50", "1,234.50", "1234.5", "£1234.5",
    }  # fmt: skip
    assert {amount(chance, "95.00") for _ in range(60)} == {"95.00", "£95.00", "95", "£95"}
    assert {nino(chance, "QQ123456C") for _ in range(60)} == {"QQ123456C", "QQ 12 34 56 C", "QQ 123456 C"}


def test_dates_are_written_in_several_ways_and_in_welsh() -> None:
    changes = good(benefit_changes(300, 1))
    english = {one.written["changed_on"] for one in changes if not one.welsh}
    welsh = {one.written["changed_on"] for one in changes if one.welsh}
    for mark in ("/2026", "/26", "-", ".", "th ", "August 2026", "Aug 2026"):
        assert any(mark in one for one in english), mark
    assert any("Awst 2026" in one for one in welsh)
    assert not any("August" in one for one in welsh)
    assert all(one.claim.nino.startswith("QQ") for one in changes)


def test_the_command_writes_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.argv", ["benefit_inbox", "--count", "4", "--paper", "printed", "--out", str(tmp_path)]
    )
    benefit_inbox.main()
    assert {one.name for one in tmp_path.iterdir()} == {"inbox", "claims.json", "answers.json"}
    assert len(read_json(tmp_path / "answers.json")["changes"]) == 4
    assert {"number", "nino", "name", "born", "address", "postcode", "open"} == set(
        read_json(tmp_path / "claims.json")[0]
    )
