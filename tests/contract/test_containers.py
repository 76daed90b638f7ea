"""Documents inside of zips, winmail.dat and e-mails: each is a case of its own, or is refused by name."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pytest

from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.core.summary import Verdict
from bots.engine.documents.kinds.beginning import OLE_MARK, Begins, begins
from bots.engine.documents.mail.part import ENCRYPTED, LOCKED
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.intake.mail import check_any
from bots.processes.benefit_changes.record import BenefitChange
from bots.processes.registry import find
from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_file import BenefitFile
from fixtures.council.samples.benefit_inbox import files_of_one_paper

BENEFITS = find("benefit-changes")


def forms(count: int, paper: Paper = Paper.FILLED) -> list[BenefitFile]:
    """Whole ones, each of another household."""
    found = (one for one in files_of_one_paper(paper, 30, seed=8) if not one.cases[0][1].exception)
    return [next(found) for _ in range(count)]


def zipped(*members: tuple[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def locked(content: bytes) -> bytes:
    """As if a password were needed: the flags of each member say so."""
    made = bytearray(content)
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = made.find(mark)
        while place >= 0:
            made[place + at] |= 1
            place = made.find(mark, place + 4)
    return bytes(made)


def tnef(*attached: tuple[str, bytes]) -> bytes:
    def attribute(kind: int, data: bytes) -> bytes:
        return struct.pack("<BHHI", 2, kind, 6, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)

    made = struct.pack("<IH", 0x223E9F78, 1)
    for name, content in attached:
        made += (
            attribute(0x9002, b"\0" * 14)
            + attribute(0x8010, name.encode() + b"\0")
            + attribute(0x800F, content)
        )
    return made


def mail(name: str, content: bytes, kind: str = "octet-stream") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "asha@example.org", "desk@example.org", "Form"
    made.set_content("Enclosed.")
    made.add_attachment(content, maintype="application", subtype=kind, filename=name)
    return made.as_bytes()


@pytest.fixture
def two() -> list[BenefitFile]:
    return forms(2)


HOLDERS: dict[str, Callable[[bytes, bytes], bytes]] = {
    "a zip": lambda one, other: zipped(("a.pdf", one), ("deep/b.pdf", other), ("__MACOSX/._a.pdf", b"x")),
    "winmail.dat": lambda one, other: tnef(("a.pdf", one), ("b.pdf", other)),
    "a zip in an e-mail": lambda one, other: mail("forms.zip", zipped(("a.pdf", one), ("b.pdf", other))),
    "winmail.dat in an e-mail": lambda one, other: mail(
        "winmail.dat", tnef(("a", one), ("b", other)), "ms-tnef"
    ),
    "a zip in a zip": lambda one, other: zipped(("a.zip", zipped(("a.pdf", one))), ("b.pdf", other)),
}


@pytest.mark.parametrize("hold", HOLDERS.values(), ids=HOLDERS)
async def test_every_form_becomes_a_case(
    hold: Callable[[bytes, bytes], bytes], two: list[BenefitFile], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(hold(two[0].content, two[1].content))
    async with Sandbox() as sandbox:
        found = await sandbox.unpack(tmp_path / "file", tmp_path / "out", "h-1")
        assert found is not None
        contents = [(tmp_path / "out" / one.file).read_bytes() for one in found]
    assert contents == [two[0].content, two[1].content], "each by itself, and nothing of the other"
    assert all(one.file.endswith(".pdf") for one in found)


async def test_a_workbook_is_no_package(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(zipped(("xl/workbook.xml", b"<workbook/>"), ("a.pdf", b"%PDF-1.7")))
    async with Sandbox() as sandbox:
        assert await sandbox.unpack(tmp_path / "a.xlsx", tmp_path / "out", "h-1") is None


BY_NAME: list[tuple[str, Callable[[], bytes], str, str]] = [
    ("a locked zip", lambda: locked(zipped(("a.pdf", b"%PDF-1.7"))), "password", "protected by a password"),
    ("S/MIME", lambda: mail("smime.p7m", b"0\x82", "pkcs7-mime"), "encrypted-email", ENCRYPTED),
    ("an empty zip", lambda: zipped(("Thumbs.db", b"x")), "empty-package", "no document"),
    ("a torn winmail.dat", lambda: tnef(("a.pdf", b"%PDF-1.7 " * 9))[:-5], "damaged-package", "damaged"),
    ("a large zip", lambda: zipped(("a.pdf", bytes(101_000_000))), "unpacks-too-large", "unpacks to far"),
    ("many", lambda: zipped(*((f"{n}.pdf", b"x") for n in range(51))), "too-many-attachments", "51 doc"),
    ("Outlook's", lambda: OLE_MARK + b"\0" * 2000, "office-file", ".msg"),
    ("HEIC", lambda: b"\0\0\0\x18ftypheic" + b"\0" * 99, "heic-photograph", "JPEG"),
    ("a torn picture", lambda: b"\xff\xd8\xff\xe0" + b"\0" * 99, "damaged-document", "picture is damaged"),
    ("glued", lambda: b"".join(one.content for one in forms(2)), "several-documents", "several PDFs"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "said"), [case[1:] for case in BY_NAME], ids=[c[0] for c in BY_NAME]
)
async def test_what_is_not_opened_is_refused_by_name(
    content: Callable[[], bytes], code: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content())
    async with Sandbox() as sandbox:
        found = await check_any(BENEFITS, tmp_path / "file", sandbox, 5)
    assert (found.verdict, found.code) == (Verdict.REFUSED, code)
    assert said in " ".join((found.sentence or "", *found.said))


async def test_one_locked_file_in_a_zip_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    [form] = forms(1)
    both = zipped(("a.zip", locked(zipped(("x.pdf", b"%PDF-1.7")))), ("b.pdf", form.content))
    (tmp_path / "file").write_bytes(both)
    async with Sandbox() as sandbox:
        found = await check_any(BENEFITS, tmp_path / "file", sandbox, 5)
    assert (found.verdict, found.records, list(found.said)) == (Verdict.PARTLY, 1, [f"Document 1: {LOCKED}"])


# ---- pictures -------------------------------------------------------------------------------
def pictures(form: BenefitFile) -> Iterator[tuple[str, bytes]]:
    """A printed form as a camera, a screen and a scanner give it."""
    page = pypdfium2.PdfDocument(form.content)[0].render(scale=200 / 72).to_pil().convert("RGB")
    exif = page.getexif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    for name, picture, options in (
        ("turned.jpg", page.rotate(90, expand=True), {"exif": exif}),
        ("fax.tif", page.convert("1"), {"compression": "group4", "dpi": (200, 200)}),
    ):
        file = io.BytesIO()
        picture.save(file, {"jpg": "JPEG", "tif": "TIFF"}[name[-3:]], **options)
        yield name, file.getvalue()


async def test_pictures_are_read_as_scans(tmp_path: Path) -> None:
    [form] = forms(1, Paper.PRINTED)
    claim = form.cases[0][1].claim.number
    async with Sandbox() as sandbox:
        for name, content in pictures(form):
            (tmp_path / name).write_bytes(content)
            [item] = await items_of(sandbox, tmp_path / name, tmp_path / "kept")
            assert (item.data["claim"], item.origin["scanned"]) == (claim, True), name
            assert (tmp_path / "kept" / item.data["document"]).read_bytes().startswith(b"%PDF")


async def items_of(sandbox: Sandbox, path: Path, keep: Path) -> list[NewItem]:
    reading = await sandbox.read(path, BenefitChange, None, Papers(), keep)
    return [one async for some in reading.items for one in some]


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7", Begins.PDF),
        (b"\n\n%PDF-1.7", Begins.PDF),
        (b"PK\x03\x04 %PDF-1.7", Begins.ZIP),
        (b"<html>%PDF-1.7", Begins.OTHER),
        (OLE_MARK + b"%PDF-1.7", Begins.OLE),
        (b"\x89PNG\r\n\x1a\n%PDF-1.7", Begins.PNG),
        (b"x" * 2000 + b"%PDF-1.7", Begins.OTHER),
        (b"From: a\nTo: b\nSubject: %PDF-1.7\n\n", Begins.MAIL),
    ],
)
def test_a_file_is_what_it_begins_as(head: bytes, kind: Begins) -> None:
    assert begins(head) is kind
