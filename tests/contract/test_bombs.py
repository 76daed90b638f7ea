"""Files that were made to do harm: small ones that unpack to gigabytes, run in circles, or want to act."""

from __future__ import annotations

import struct
import time
import zipfile
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from io import BytesIO
from pathlib import Path

import psutil
import pytest

from bots.engine.core.column import Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.documents.kinds.unpacking import MOST_PARTS, has_too_many_parts
from bots.engine.documents.pdf.pdf import LETTERS
from bots.engine.documents.sandbox.arrival import settled
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from tests.contract.test_sandbox import Sample
from tests.unit.engine.documents.tables.test_refused import ODS, ods_cell

MEGABYTE = 1 << 20
LAUGHS = (
    "<!DOCTYPE a [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n + 1} '{f'&a{n};' * 10}'>" for n in range(12))
    + "]>"
)
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADINGS = "".join(
    f"<c r='{place}' t='inlineStr'><is><t>{word}</t></is></c>"
    for place, word in (("A1", "Number"), ("B1", "Word"))
)
ROWS = f"<row r='1'>{HEADINGS}</row><row r='2'><c r='A2'><v>7</v></c><c r='B2'><v>8</v></c></row>"
PARTS = {
    "[Content_Types].xml": "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'/>",
    "_rels/.rels": f"<Relationships xmlns='{RELATIONS}'><Relationship Id='r' Type='{OFFICE}/officeDocument' "
    "Target='xl/workbook.xml'/></Relationships>",
    "xl/workbook.xml": f"<workbook xmlns='{SPREADSHEET}' xmlns:r='{OFFICE}'><sheets>"
    "<sheet name='S' sheetId='1' r:id='r1'/></sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{RELATIONS}'><Relationship Id='r1' "
    f"Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
    "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{SPREADSHEET}'><sheetData>{ROWS}</sheetData></worksheet>",
}
BOOK, SHEET, LINKS = "xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"


def package(changes: Mapping[str, str | bytes] | None = None) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**PARTS, **(changes or {})}.items():
            archive.writestr(name, content)
    return target.getvalue()


def within(part: str, before: str, more: str) -> bytes:
    """A workbook of which one part has more before its closing tag, or wherever `before` stands."""
    return package({part: PARTS[part].replace(before, more + before, 1)})


def said(content: bytes, name: str, size: int) -> bytes:
    """A part that says another size of itself than it has, at its beginning and in the table of contents."""
    found = bytearray(content)
    for mark, place, length in ((b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)):
        at = found.index(mark)
        while found[at + length : at + length + len(name)] != name.encode():
            at = found.index(mark, at + 1)
        struct.pack_into("<I", found, at + place, size)
    return bytes(found)


def laughing(part: str) -> bytes:
    end = PARTS[part].rindex("</")
    return package({part: LAUGHS + PARTS[part][:end] + "<x>&a12;</x>" + PARTS[part][end:]})


def ods(rows: str, head: str = "") -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", head + ODS.format(rows=rows))
    return target.getvalue()


DEEP = "<x>" * 200_000 + "</x>" * 200_000
OUTSIDE = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
ROW = f"<table:table-row>{ods_cell('Number')}</table:table-row>"

WORKBOOKS: list[tuple[str, Callable[[], bytes], set[str]]] = [
    ("a part that is a thousand times as large", lambda: within(SHEET, "</sheetData>", giant()),
     {"unpacks-too-large"}),
    ("all its texts", lambda: package({"xl/sharedStrings.xml": giant()}), {"unpacks-too-large"}),
    ("more than any file in all", lambda: said(package(), SHEET, 3 << 30), {"unpacks-too-large"}),
    ("a part that lies", lambda: said(within(SHEET, "</sheetData>", giant()), SHEET, 900),
     {"damaged-workbook"}),
    ("many parts", lambda: package({f"xl/{n}.xml": "" for n in range(MOST_PARTS)}), {"too-many-parts"}),
    ("a zip inside of a zip", lambda: zipped(package()), {"not-a-workbook"}),
    ("laughs in its list of sheets", lambda: laughing(BOOK), {"damaged-workbook"}),
    ("laughs in its links", lambda: laughing(LINKS), {"damaged-workbook"}),
    ("laughs in its sheet", lambda: laughing(SHEET), {"damaged-workbook", "read"}),
    ("laughs in OpenDocument", lambda: ods(ROW.replace("Number", "&a12;"), LAUGHS), {"damaged-workbook"}),
    ("deep in its list of sheets", lambda: within(BOOK, "</workbook>", DEEP), {"nested-too-deeply"}),
    ("deep in its links", lambda: within(LINKS, "</Relationships>", DEEP), {"nested-too-deeply"}),
    ("deep in its sheet", lambda: within(SHEET, "</worksheet>", DEEP), {"read"}),
    ("deep in OpenDocument", lambda: ods(ROW.replace("Number", DEEP)), {"no-header", "damaged-workbook"}),
    ("rows without end", lambda: ods(ROW.replace("row>", 'row table:number-rows-repeated="900000000">', 1)),
     {"damaged-workbook", "empty-workbook", "no-header", "doubled-column", "several-tables"}),
]  # fmt: skip


def giant() -> str:
    return "<row r='3'><c r='A3' t='inlineStr'><is><t>" + "x" * (64 * MEGABYTE) + "</t></is></c></row>"


def zipped(content: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("inner.xlsx", content)
    return target.getvalue()


def stream(content: bytes, more: str = "") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more.encode(), content)


def pdf(*objects: str | bytes) -> bytes:
    """The first is the catalogue; the second its pages."""
    content, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, one.encode() if isinstance(one, str) else one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(content))
    return content + head + table + tail


CATALOGUE, PAGES = "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = (
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 "
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
)
WORDS = b"BT /F1 12 Tf 72 700 Td (Good morning) Tj ET "
FLATE = "/Filter /FlateDecode"


def page(content: bytes, how: str = "", more: str = "") -> bytes:
    return pdf(CATALOGUE, PAGES, PAGE.replace("/Type /Page ", f"/Type /Page {more} "), stream(content, how))


def blanks(megabytes: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join([packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)]) + packer.flush()


def objects_packed() -> bytes:
    """All its objects in a stream that unpacks to half a gigabyte."""
    inside = [CATALOGUE, PAGES, PAGE]
    places = [sum(len(one) + 1 for one in inside[:number]) for number in range(3)]
    head = "".join(f"{number} {place} " for number, place in enumerate(places, start=1))
    packer = zlib.compressobj(1)
    packed = packer.compress((head + " ".join(inside)).encode())
    packed += b"".join([packer.compress(b" " * MEGABYTE) for _ in range(500)]) + packer.flush()
    body = stream(packed, f"{FLATE} /Type /ObjStm /N 3 /First {len(head)}")
    content = b"%PDF-1.7\n4 0 obj\n" + stream(WORDS) + b"\nendobj\n5 0 obj\n"
    at = len(content) - len("5 0 obj\n")
    content += body + b"\nendobj\n"
    rows = [
        (0, 0, 255),
        *((2, 5, number) for number in range(3)),
        (1, 9, 0),
        (1, at, 0),
        (1, len(content), 0),
    ]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    index = stream(table, "/Type /XRef /Size 7 /W [1 4 1] /Root 1 0 R")
    return content + b"6 0 obj\n" + index + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(content)


def branching() -> bytes:
    """Thirty levels, each of which names the next one three times."""
    levels = [
        f"<< /Type /Pages /Kids [{f'{n + 1} 0 R ' * 3}] /Count {3 ** (32 - n)} >>" for n in range(2, 32)
    ]
    return pdf(CATALOGUE, *levels, PAGE)


DOCUMENTS: list[tuple[str, Callable[[], bytes], set[str]]] = [
    ("pages in a circle", lambda: pdf(CATALOGUE, "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
     {"damaged-document"}),
    ("pages in a wider circle", lambda: pdf(
        CATALOGUE,
        "<< /Type /Pages /Kids [3 0 R] /Count 2 >>",
        "<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 2 >>",
    ), {"damaged-document"}),
    ("more pages than atoms", branching, {"damaged-document", "too-many-pages"}),
    ("deep pages", lambda: pdf(
        CATALOGUE,
        *(f"<< /Type /Pages /Kids [{n} 0 R] /Count 1 >>" for n in range(3, 3000)),
        PAGE,
    ), {"damaged-document", "nested-too-deeply"}),
    ("deep lists", lambda: page(WORDS, more=f"/Annots {'[' * 50_000}{']' * 50_000}"),
     {"nested-too-deeply", "damaged-document"}),
    ("a page that unpacks to half a gigabyte", lambda: page(blanks(500), FLATE), {"too-large"}),
    ("packed twice", lambda: page(zlib.compress(blanks(500)), "/Filter [/FlateDecode /FlateDecode]"),
     {"too-large"}),
    ("objects that unpack to half a gigabyte", objects_packed, {"too-large", "damaged-document"}),
    ("a page full of letters",
     lambda: page(b"BT /F1 1 Tf " + b"(%s) Tj " % (b"a" * 999) * (LETTERS // 999 + 1)),
     {"unpacks-too-large"}),
]  # fmt: skip


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(Limits(seconds=60.0, megabytes=300)) as sandbox:
        yield sandbox


async def verdict(sandbox: Sandbox, path: Path, *, look: bool = False) -> str:
    try:
        if look:
            return "read" if [each async for each in sandbox.look(path)] else "nothing"
        reading = await sandbox.read(path, Sample, Sheets())
        return "read" if [item async for items in reading.items for item in items] else "nothing"
    except BusinessException as refusal:
        return refusal.code


@pytest.mark.parametrize(("name", "made", "codes"), WORKBOOKS, ids=[one[0] for one in WORKBOOKS])
async def test_workbooks(
    sandbox: Sandbox, tmp_path: Path, name: str, made: Callable[[], bytes], codes: set[str]
) -> None:
    (tmp_path / "a").write_bytes(made())
    began = time.process_time()
    assert await verdict(sandbox, tmp_path / "a") in codes
    assert sandbox.megabytes < 300
    assert time.process_time() - began < 2, "our own process does nothing of it"


@pytest.mark.parametrize(("name", "made", "codes"), DOCUMENTS, ids=[one[0] for one in DOCUMENTS])
async def test_documents(
    sandbox: Sandbox, tmp_path: Path, name: str, made: Callable[[], bytes], codes: set[str]
) -> None:
    (tmp_path / "a").write_bytes(made())
    assert await verdict(sandbox, tmp_path / "a", look=True) in codes
    (tmp_path / "good").write_bytes(page(WORDS))
    assert await verdict(sandbox, tmp_path / "good", look=True) == "read", "and the next one is read"


async def test_what_stands_outside_is_not_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    for part in (BOOK, LINKS, SHEET):
        end = PARTS[part].rindex("</")
        outside = OUTSIDE + PARTS[part][:end] + "<x>&x;</x>" + PARTS[part][end:]
        (tmp_path / "a").write_bytes(package({part: outside}))
        assert await verdict(sandbox, tmp_path / "a") in ("damaged-workbook", "read")


async def test_a_document_that_wants_to_act_is_only_read(sandbox: Sandbox, tmp_path: Path) -> None:
    """Scripts, programs to start, files inside of it and addresses: none is followed."""
    mark = tmp_path / "started"
    acts = (
        "/OpenAction << /S /JavaScript /JS (while \\(true\\) {}) >> /AA << /WC << /S /Launch "
        f"/F (/usr/bin/touch) /Unix << /F (touch {mark}) >> >> >> /Names << /EmbeddedFiles << /Names [(a) "
        f"<< /Type /Filespec /F ({mark}) /EF << /F 5 0 R >> >>] >> /JavaScript << /Names [(b) "
        "<< /S /JavaScript /JS (app.launchURL\\(\"http://127.0.0.1:9\"\\)) >>] >> >> "
        "/AcroForm << /Fields [] /XFA 5 0 R >>"
    )  # fmt: skip
    opened = f"/AA << /O << /S /Launch /F ({mark}) >> >>"
    content = pdf(
        CATALOGUE.replace("/Pages", f"{acts} /Pages"),
        PAGES,
        PAGE.replace("/Parent", f"{opened} /Parent"),
        stream(WORDS),
        stream(b"harm", "/Type /EmbeddedFile"),
    )
    (tmp_path / "a").write_bytes(content)
    before = set(tmp_path.iterdir())
    [found] = [each["page"] async for each in sandbox.look(tmp_path / "a")]
    assert [line["text"] for line in found["lines"]] == ["Good morning"]
    assert set(tmp_path.iterdir()) == before
    assert not [child for reader in _readers() for child in reader.children()]


async def test_a_table_of_contents_is_not_read_by_whoever_waits_for_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(package({f"xl/{number:0200}.xml": "" for number in range(20_000)}))
    with path.open("rb") as file:
        assert has_too_many_parts(file)
    await settled(path, 5)
    path.write_bytes(package())
    with path.open("rb") as file:
        assert not has_too_many_parts(file)


def _readers() -> list[psutil.Process]:
    """Of this test process, which may have browsers as well."""
    mine = psutil.Process().children()
    return [child for child in mine if "bots.engine.documents.sandbox.reader" in child.cmdline()]
