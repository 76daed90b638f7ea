"""PDFs to words and form fields, each with its place on the page as it is shown."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, RectangleObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bots.engine.core.errors import BusinessException
from bots.engine.documents.pages.page import Box, FormField, Page, Word, lines
from bots.engine.documents.pages.splitting import part_of
from bots.engine.documents.pdf.page_picture import keep_picture
from bots.engine.documents.pdf.pdf import PAGES, leaves_of, pages_of
from bots.engine.settings import ROOT

SHARED = ROOT.parent / "shared" / "data"
REFUSED = {"empty.pdf": "damaged-document", "password-example.pdf": "password"}
WIDTH, HEIGHT = A4


def letter(path: Path) -> Path:
    """Two lines of words; the second has a column far to the right."""
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, HEIGHT - 100, "National insurance number: QQ 12 34 56 C")
    canvas.drawString(72, HEIGHT - 130, "Rent")
    canvas.drawString(300, HEIGHT - 130, "£612.50")
    canvas.showPage()
    canvas.drawString(72, 72, "last page")
    canvas.save()
    return path


def changed(path: Path, turn: int = 0, crop: tuple[float, ...] = (), password: str = "") -> Path:
    writer = PdfWriter(clone_from=path)
    for page in writer.pages:
        page.rotate(turn)
        if crop:
            page.cropbox = RectangleObject(crop)
    if password:
        writer.encrypt(password)
    writer.write(path)
    return path


def form(path: Path) -> Path:
    canvas = Canvas(str(path), pagesize=A4)
    fields = canvas.acroForm
    fields.textfield(name="claimant.name", x=100, y=700, width=200, height=20)
    fields.textfield(name="notes", x=100, y=600, width=200, height=60, fieldFlags="multiline")
    fields.checkbox(name="partner", x=100, y=560, size=14)
    fields.checkbox(name="pension", x=100, y=530, size=14, checked=True)
    for number, value in enumerate(("weekly", "monthly")):
        fields.radio(name="paid", value=value, x=100 + 40 * number, y=500, size=14, selected=False)
    fields.choice(name="tenure", value="Council", options=["Council", "Private"], x=100, y=460)
    fields.listbox(name="benefits", value="HB", options=[("Housing", "HB"), ("Tax", "CTR")], x=100, y=360)
    canvas.showPage()
    canvas.save()
    return path


def filled(path: Path, values: Mapping[str, str]) -> Path:
    writer = PdfWriter(clone_from=path)
    writer.update_page_form_field_values(writer.pages[0], dict(values), auto_regenerate=False)
    writer.write(path)
    return path


def only(path: Path) -> Page:
    [page] = pages_of(path)
    return page


def values(fields: list[FormField]) -> dict[str, str]:
    return {field.name: field.value for field in fields}


def word(page: Page, text: str) -> Word:
    return next(word for word in page.words if word.text == text)


def refusal(path: Path) -> str:
    with pytest.raises(BusinessException) as caught:
        list(pages_of(path))
    assert caught.value.sentence.endswith(".")
    return caught.value.code


def test_words_and_their_places(tmp_path: Path) -> None:
    first, last = pages_of(letter(tmp_path / "a.pdf"))
    assert (first.number, last.number) == (1, 2)
    assert (round(first.width), round(first.height)) == (595, 842)
    assert [" ".join(word.text for word in line) for line in lines(first.words)] == [
        "National insurance number: QQ 12 34 56 C",
        "Rent £612.50",
    ]
    box = word(first, "£612.50").box
    assert box.left == pytest.approx(300, abs=2)
    assert 115 < box.top < box.bottom < 134, "counted from the top"
    assert not first.pictures


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_page_that_was_turned_is_read_the_way_up_of_its_words(tmp_path: Path, turn: int) -> None:
    """Whatever the file says of how it is shown: a reader would turn it, too."""
    plain = [page.words for page in pages_of(letter(tmp_path / "a.pdf"))]
    path = changed(letter(tmp_path / "b.pdf"), turn)
    assert [page.words for page in pages_of(path)] == plain
    leaves = leaves_of(path)
    first = next(leaves)
    assert (first.page.width, first.page.height) == pytest.approx((WIDTH, HEIGHT), abs=0.1)
    box = word(first.page, "£612.50").box
    assert first.ink.share(box) > 0.1, "drawn as it is read"
    assert first.ink.share(box.moved(0, 100)) == 0.0


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_words_that_run_up_or_down_a_page_are_read_upright(tmp_path: Path, turn: int) -> None:
    path = tmp_path / "a.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    canvas.rotate(turn)
    across, down = {0: (0, 0), 90: (0, -WIDTH), 180: (-WIDTH, -HEIGHT), 270: (-HEIGHT, 0)}[turn]
    canvas.translate(across, down)
    canvas.drawString(100, 300, "Rent £612.50")
    canvas.save()
    page = only(path)
    assert [found.text for found in page.words] == ["Rent", "£612.50"]
    wide = WIDTH if turn in (0, 180) else HEIGHT
    assert page.width == pytest.approx(wide, abs=0.1)
    assert page.words[0].box.left == pytest.approx(100, abs=2)
    assert page.words[0].box.bottom == pytest.approx(page.height - 300, abs=3)


def test_a_page_that_was_cut_to_size(tmp_path: Path) -> None:
    first, _ = pages_of(changed(letter(tmp_path / "a.pdf"), crop=(50, 400, WIDTH, HEIGHT - 40)))
    assert first.width == pytest.approx(WIDTH - 50)
    box = word(first, "£612.50").box
    assert box.left == pytest.approx(250, abs=2)
    assert box.bottom == pytest.approx(130 - 40, abs=5)


def test_a_page_that_is_cropped_to_more_than_there_is_of_it(tmp_path: Path) -> None:
    """Only what there is, is drawn: the words stand where they would without the crop."""
    plain = [page.words for page in pages_of(letter(tmp_path / "a.pdf"))]
    found = list(pages_of(changed(letter(tmp_path / "b.pdf"), crop=(-90, -200, WIDTH + 300, HEIGHT + 70))))
    assert [page.words for page in found] == plain
    assert (found[0].width, found[0].height) == pytest.approx((WIDTH, HEIGHT), abs=0.1)


def test_a_size_that_stands_above_the_pages_counts(tmp_path: Path) -> None:
    """Also where the page has fields, which are made a part of it."""
    for path in (letter(tmp_path / "a.pdf"), form(tmp_path / "b.pdf")):
        wanted = [(page.words, page.fields, page.height) for page in pages_of(path)]
        writer = PdfWriter(clone_from=path)
        for page in writer.pages:
            page["/Parent"].get_object()[NameObject("/MediaBox")] = page.pop("/MediaBox")
        writer.write(path)
        assert [(page.words, page.fields, page.height) for page in pages_of(path)] == wanted


def test_a_page_that_is_measured_in_pixels_is_no_larger_than_a3(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(3024, 4032))
    canvas.setFont("Helvetica", 60)
    canvas.drawString(300, 2000, "Rent")
    canvas.save()
    leaves = leaves_of(tmp_path / "a.pdf")
    leaf = next(leaves)
    assert leaf.page.width * leaf.page.height < 1.1 * 842 * 1191
    assert leaf.page.width / leaf.page.height == pytest.approx(3024 / 4032)
    [found] = leaf.page.words
    assert found.box.left / leaf.page.width == pytest.approx(304 / 3024, abs=0.01)
    assert leaf.ink.share(found.box) > 0.1, "drawn where it was read"
    assert leaf.draw(1.0).width == pytest.approx(leaf.page.width, abs=1)


def test_bold_type_that_is_written_twice_is_read_once(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for left in (100, 100.4):
        canvas.drawString(left, 700, "£612.50")
    canvas.save()
    assert [found.text for found in only(tmp_path / "a.pdf").words] == ["£612.50"]


def test_a_page_whose_corners_stand_in_another_order(tmp_path: Path) -> None:
    plain = [page.words for page in pages_of(letter(tmp_path / "a.pdf"))]
    writer = PdfWriter(clone_from=letter(tmp_path / "b.pdf"))
    for page in writer.pages:
        page.mediabox = RectangleObject((WIDTH, HEIGHT, 0, 0))
    writer.write(tmp_path / "b.pdf")
    assert [page.words for page in pages_of(tmp_path / "b.pdf")] == plain


def test_a_page_that_is_drawn_in_another_size_than_it_says(tmp_path: Path) -> None:
    """PDFium takes its own size for a page that has none: what is ticked would be looked for elsewhere."""
    writer = PdfWriter(clone_from=letter(tmp_path / "a.pdf"))
    for page in writer.pages:
        page.mediabox = RectangleObject((0, 0, WIDTH, 0))
    writer.write(tmp_path / "a.pdf")
    with pytest.raises(BusinessException) as caught:
        list(pages_of(tmp_path / "a.pdf"))
    assert caught.value.code == "damaged-document"


def test_columns_without_a_space_between_are_two_words(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for column in range(3):
        canvas.drawString(72 + 24 * column, 700, str(column))
    canvas.save()
    assert [word.text for word in only(tmp_path / "a.pdf").words] == ["0", "1", "2"]


def test_every_kind_of_field(tmp_path: Path) -> None:
    page = only(form(tmp_path / "a.pdf"))
    kinds = {field.name: field.kind for field in page.fields}
    assert kinds == {
        "claimant.name": "text",
        "notes": "text",
        "partner": "tick",
        "pension": "tick",
        "paid": "choice",
        "tenure": "choice",
        "benefits": "list",
    }
    assert values(list(page.fields)) == {
        "claimant.name": "",
        "notes": "",
        "partner": "No",
        "pension": "Yes",
        "paid": "",
        "tenure": "Council",
        "benefits": "Housing",
    }
    assert next(f.options for f in page.fields if f.name == "tenure") == ["Council", "Private"]
    name = page.fields[0].box
    assert (name.left, name.bottom) == (pytest.approx(100, abs=1), pytest.approx(HEIGHT - 700, abs=1))


def test_what_was_filled_in(tmp_path: Path) -> None:
    path = filled(
        form(tmp_path / "a.pdf"),
        {"claimant.name": "Siân Testerton", "partner": "/Yes", "paid": "/monthly", "tenure": "Private"},
    )
    found = only(path)
    assert values(list(found.fields)) | {"notes": "", "benefits": ""} == {
        "claimant.name": "Siân Testerton",
        "notes": "",
        "partner": "Yes",
        "pension": "Yes",
        "paid": "monthly",
        "tenure": "Private",
        "benefits": "",
    }
    assert [field.value for field in found.fields if field.name == "paid"] == ["", "monthly"]


def test_groups_that_lead_in_a_circle(tmp_path: Path) -> None:
    path = form(tmp_path / "a.pdf")
    writer = PdfWriter(clone_from=path)
    note = writer.pages[0]["/Annots"][0].get_object()
    note[NameObject("/Parent")] = note.indirect_reference
    writer.write(path)
    assert len(only(path).fields) == 8


def test_a_password(tmp_path: Path) -> None:
    assert refusal(changed(letter(tmp_path / "a.pdf"), password="secret")) == "password"


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"])
def test_a_torn_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(content)
    assert refusal(tmp_path / "a.pdf") == "damaged-document"


def test_more_pages_than_one_case_has(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for _ in range(PAGES + 1):
        canvas.showPage()
    canvas.save()
    assert refusal(tmp_path / "a.pdf") == "too-many-pages"


def test_a_scan_is_a_picture_without_words(tmp_path: Path) -> None:
    Image.new("RGB", (80, 80), "grey").save(tmp_path / "scan.png")
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    canvas.drawImage(str(tmp_path / "scan.png"), 0, 0, WIDTH, HEIGHT)
    canvas.save()
    page = only(tmp_path / "a.pdf")
    assert (page.pictures, page.words) == (True, [])


def test_a_picture_with_boxes(tmp_path: Path) -> None:
    path = form(tmp_path / "a.pdf")
    for leaf in leaves_of(path):
        assert keep_picture(leaf, tmp_path / "pictures") == "page-1.png"
    page = only(path)
    with Image.open(tmp_path / "pictures" / "page-1.png") as picture:
        assert picture.size == (round(WIDTH * 2), round(HEIGHT * 2))
        box = page.fields[0].box
        assert picture.getpixel((round(box.left * 2) + 1, round(box.top * 2) + 1)) == (212, 53, 28)


def test_lines_of_words() -> None:
    words = [Word("b", Box(50, 11, 60, 21)), Word("a", Box(10, 10, 20, 20)), Word("c", Box(10, 30, 20, 40))]
    assert [[word.text for word in line] for line in lines(words)] == [["a", "b"], ["c"]]


def test_pages_that_are_kept_twice_are_one_file_of_today(tmp_path: Path) -> None:
    """Erasing removes old files that no record names, and this one's record is to come."""
    path, keep = letter(tmp_path / "a.pdf"), tmp_path / "kept"
    name = part_of(path, (2, 2), keep)
    content = (keep / name).read_bytes()
    os.utime(keep / name, (0, 0))
    assert part_of(path, (2, 2), keep) == name
    assert (keep / name).stat().st_mtime > path.stat().st_mtime - 1
    assert [(file.name, file.read_bytes()) for file in keep.iterdir()] == [(name, content)]
    assert part_of(path, None, None) != name


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
@pytest.mark.parametrize("folder", ["pdf-misc", "pdf-forms", "pdf-invoices"])
def test_real_documents_are_read_or_refused(folder: str) -> None:
    for path in sorted((SHARED / folder).glob("*.pdf")):
        if path.name in REFUSED:
            assert refusal(path) == REFUSED[path.name]
            continue
        pages = list(pages_of(path, scans=False))
        assert len(pages) == len(PdfReader(path).pages), path.name
        for page in pages:
            for found in page.words:
                assert found.text.strip(), path.name
