"""Workbooks that are refused, in sentences that help; and other kinds than Excel's own."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Annotated

import pytest

from bots.engine.core.column import Column, Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.core.record import Record
from bots.engine.documents.cells.biff import xls_marks, xls_rows
from bots.engine.documents.cells.xlsb import xlsb_marks
from bots.engine.documents.formats.recognised import format_of
from bots.engine.documents.tables.sheet import WHOLE_ROW, read_workbook
from tests.unit.moves_workbook import DATA, HEADINGS, ROW, SHARED, Sheet, read, refusal, workbook, xml_changed

REFUSED: list[tuple[str, dict[str, Sheet], str, str]] = [
    ("nothing", {"Moves": []}, "empty-workbook", "There is nothing in the workbook."),
    (
        "no rows",
        {"Moves": [HEADINGS, [], [" "]]},
        "empty-workbook",
        "Sheet Moves has no row below its headings in row 1.",
    ),
    (
        "no header",
        {"Moves": [["a", "b"], ["c", "d"]]},
        "no-header",
        "No row has the headings that are needed: 'Account no' and 'Tenant's name'.",
    ),
    (
        "half a header",
        {"Moves": [["Moves"], ["Name", "Post code"], ["Asha", "ZZ1 4AB"]]},
        "no-header",
        "Sheet Moves, row 2 is the most like a row of headings, but 'Account no' is not there.",
    ),
    (
        "twice",
        {"Moves": [[*HEADINGS, "A/c number"], [*ROW, "412346"]]},
        "doubled-column",
        "Sheet Moves: the cells A1 and E1 are both headings for 'Account no'; "
        "keep one of these columns, or rename the other.",
    ),
    (
        "two sheets",
        {"Moves": [HEADINGS, ROW], "More": [HEADINGS, ROW]},
        "several-sheets",
        "The sheets 'Moves' and 'More' all have the headings; hand in a workbook with one of them.",
    ),
]


@pytest.mark.parametrize(("name", "sheets", "code", "sentence"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(name: str, sheets: dict[str, Sheet], code: str, sentence: str, tmp_path: Path) -> None:
    error = refusal(workbook(tmp_path / "a.xlsx", **sheets))
    assert (error.code, error.sentence) == (code, sentence)


def test_another_sheet_was_asked_for(tmp_path: Path) -> None:
    error = refusal(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW]), "Lettings", "Sheet1")
    assert error.code == "wrong-sheet"
    assert error.sentence == (
        "The workbook has no visible sheet named 'Lettings' or 'Sheet1'; its visible sheets are 'Moves'."
    )


def test_a_header_too_far_down_is_not_found(tmp_path: Path) -> None:
    rows: Sheet = [*([["x"]] * 200), HEADINGS, ROW]
    assert refusal(workbook(tmp_path / "a.xlsx", Moves=rows)).code == "no-header"


FILES: list[tuple[str, bytes, str, str]] = [
    ("a PDF", b"%PDF-1.7\n...", "not-a-workbook", "a PDF"),
    ("a web page", b"\xef\xbb\xbf <html><table>", "not-a-workbook", "a web page"),
    ("XML", b'<?xml version="1.0"?><Workbook>', "not-a-workbook", "XML"),
    ("JSON", b'[{"Account no": 1}]', "not-a-workbook", "JSON"),
    ("JSON over several lines", b'[\n  {"Account no": 1}\n]', "not-a-workbook", "JSON"),
    ("a letter", b"{\\rtf1\\ansi Dear Sir", "not-a-workbook", "RTF"),
    ("plain text", b"Dear Sir, please find enclosed", "no-header", "headings"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "not-a-workbook", "a picture (PNG)"),
    ("nothing", b"", "empty-workbook", "no content"),
    ("half a zip", b"PK\x03\x04" + b"\x00" * 200, "damaged-workbook", "damaged"),
    ("a torn OLE file", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 90, "damaged-workbook", "damaged"),
]


@pytest.mark.parametrize(("name", "content", "code", "word"), FILES, ids=[f[0] for f in FILES])
def test_a_file_is_judged_by_its_content(
    name: str, content: bytes, code: str, word: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    error = refusal(path)
    assert error.code == code
    assert word in error.sentence
    assert "a.xlsx" not in error.sentence


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "a.xlsx").code == "no-such-file"
    assert refusal(tmp_path).code == "not-a-workbook"


def test_a_workbook_under_another_name(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW]).rename(tmp_path / "a.xls")
    assert read(path)[1][0].data == DATA


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    assert "a Word document" in refusal(tmp_path / "a.xlsx").sentence


def test_a_torn_sheet_is_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW, ROW])
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    assert refusal(xml_changed(path, (text, text[: text.index("</row>") + 6]))).code == "damaged-workbook"


def test_a_part_that_cannot_be_unpacked_is_damaged(tmp_path: Path) -> None:
    """The first part that tells what kind of file it is: packed, and its first bytes are no code."""
    with zipfile.ZipFile(tmp_path / "a.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet" * 9)
    content = bytearray((tmp_path / "a.ods").read_bytes())
    start = 30 + len("mimetype")
    content[start : start + 8] = b"\xff" * 8
    (tmp_path / "a.ods").write_bytes(content)
    with pytest.raises(BusinessException) as refused:
        format_of(tmp_path / "a.ods")
    assert refused.value.code == "damaged-workbook"


def test_a_workbook_with_a_flipped_byte_is_damaged(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, *([ROW] * 50)])
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    content = bytearray(path.read_bytes())
    content[member.header_offset + 200] ^= 0xFF
    path.write_bytes(content)
    assert refusal(path).code == "damaged-workbook"


ODS = """<office:document-content
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:calcext="urn:x">
<office:body><office:spreadsheet><table:table table:name="Moves">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""


def ods_cell(text: str, more: str = "", kind: str = "string") -> str:
    attributes = f'office:value-type="string" calcext:value-type="{kind}" {more}'
    return f"<table:table-cell {attributes}><text:p>{text}</text:p></table:table-cell>"


def test_an_opendocument_workbook(tmp_path: Path) -> None:
    line = "<table:table-row{}>{}</table:table-row>"
    error = ods_cell("#N/A", 'office:string-value=""', "error")
    tall, under = ods_cell("ZZ1 4AB", 'table:number-rows-spanned="2"'), "<table:covered-table-cell/>"
    rows = [
        line.format("", "".join(map(ods_cell, HEADINGS))),
        line.format("", ods_cell("1") + ods_cell("Asha") + tall + error),
        line.format("", ods_cell("2") + ods_cell("Ben") + under),
        line.format(' table:visibility="filter"', ods_cell("3") + ods_cell("Cy")),
    ]
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.format(rows="".join(rows)))
    _, found = read(tmp_path / "a.ods")
    assert [row.problems for row in found[:2]] == [{"moved_on": "holds the error #N/A"}, {}]
    assert [row.data["postcode"] for row in found[:2]] == ["ZZ1 4AB", "ZZ1 4AB"]
    assert list(found[2].problems) == [WHOLE_ROW]


def test_the_marks_of_a_binary_xls() -> None:
    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    begin, end = record(0x0809, b"\x00\x06\x05\x00"), record(0x000A, b"")
    sheet = begin + record(0x0208, struct.pack("<HHHHHHHH", 4, 0, 4, 0, 0, 0, 0x20, 0))
    sheet += record(0x0205, struct.pack("<HHHBB", 2, 3, 0, 0x2A, 1))
    sheet += record(0x0205, struct.pack("<HHHBB", 2, 4, 0, 1, 0))
    sheet += record(0x0006, struct.pack("<HHH8sH", 6, 1, 0, b"\x02\x00\x07\x00\x00\x00\xff\xff", 0)) + end
    place = len(begin + record(0x0085, b"\x00" * 8) + end)
    marks = xls_marks(begin + record(0x0085, struct.pack("<II", place, 0)) + end + sheet, 0)
    assert marks.problems == {3: {3: "holds the error #N/A"}, 7: {1: "holds the error #DIV/0!"}}
    assert marks.hidden == {5}


def test_the_rows_of_a_binary_xls() -> None:
    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    begin, end = record(0x0809, b"\x00\x06\x05\x00"), record(0x000A, b"")
    newer = begin + record(0x0200, struct.pack("<IIHHH", 2, 70_000, 0, 3, 0)) + end
    older = begin + record(0x0200, struct.pack("<HHHHH", 1, 9, 0, 3, 0)) + end
    place = len(begin + 2 * record(0x0085, b"\x00" * 8) + end)
    sheets = record(0x0085, struct.pack("<II", place, 0)) + record(
        0x0085, struct.pack("<II", place + len(newer), 0)
    )
    assert list(xls_rows(begin + sheets + end + newer + older)) == [(2, 70_000), (1, 9)]


def test_the_marks_of_a_binary_xlsb() -> None:
    row = struct.pack("<IIHBBB", 4, 0, 300, 0, 0x10, 0)
    error = struct.pack("<II", 3, 0) + b"\x2a"
    merge = struct.pack("<IIII", 1, 2, 5, 6)
    data = bytes([0, len(row)]) + row + bytes([3, len(error)]) + error + b"\xb0\x01\x10" + merge
    marks = xlsb_marks(data)
    assert (marks.problems, marks.hidden) == ({5: {3: "holds the error #N/A"}}, {5})
    assert marks.merges == [((1, 5), (2, 6))]


PASSWORDS = ("pass_protected.xlsx", "pass_protected.xlsb", "pass_protected.ods", "issue_385.xls")


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
@pytest.mark.parametrize("name", PASSWORDS)
def test_a_password_is_named(name: str) -> None:
    assert refusal(SHARED / name).code == "password"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
def test_strange_workbooks_are_read_or_refused_with_a_sentence() -> None:
    class Anything(Record):
        name: Annotated[str | None, Column("Name")] = None
        item: Annotated[str | None, Column("A", "Sample", "1")] = None

    refused: list[BusinessException] = []
    for path in sorted(SHARED.iterdir()):
        try:
            list(read_workbook(path, Anything, Sheets()).rows)
        except BusinessException as error:
            refused.append(error)
    assert all(error.sentence.endswith(".") for error in refused)
    codes = {error.code for error in refused}
    assert codes >= {"no-header", "damaged-workbook", "password", "empty-workbook"}


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
@pytest.mark.parametrize("name", ["date.xls", "date.xlsb", "date.ods", "date.xlsx", "issue281.xlsm"])
def test_the_kind_is_known(name: str) -> None:
    assert format_of(SHARED / name).name == name.rpartition(".")[2].replace("xlsm", "xlsx")
