"""Workbooks to rows: which sheet, which header, what a cell reads as, and what is refused."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest
from openpyxl import Workbook, load_workbook
from pydantic import AfterValidator

from bots.engine.core.column import Column, Sheets, columns_of, required_of
from bots.engine.core.errors import BusinessException
from bots.engine.core.record import PersonName, Postcode, Record
from bots.engine.documents.biff import xls_marks
from bots.engine.documents.kind import kind_of
from bots.engine.documents.records import xlsb_marks
from bots.engine.documents.sheet import WHOLE_ROW, SheetReading, SheetRow, read_workbook
from bots.engine.settings import ROOT

SHARED = ROOT.parent / "shared" / "data" / "spreadsheets"
SHORT = Annotated[str, AfterValidator(str.strip)]


class Move(Record):
    account: Annotated[SHORT, Column("Account no", "A/c number")]
    name: Annotated[PersonName, Column("Tenant's name", "Name")]
    postcode: Annotated[Postcode | None, Column("Post code")] = None
    moved_on: Annotated[SHORT | None, Column("Moved on", "Date of move")] = None
    source: str = "workbook"


HEADINGS = ("Account no", "Tenant's name", "Post code", "Moved on")
ROW = ("412345", "Asha Testerton", "ZZ1 4AB", date(2026, 2, 5))
DATA = {"account": "412345", "name": "Asha Testerton", "postcode": "ZZ1 4AB", "moved_on": "2026-02-05"}
Sheet = Sequence[Sequence[Any]]


def workbook(path: Path, **sheets: Sheet) -> Path:
    """A workbook with these sheets, each row by row."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    book = load_workbook(path)
    change(book)
    book.save(path)
    return path


def xml_changed(path: Path, *swaps: tuple[str, str], part: str = "xl/worksheets/sheet1.xml") -> Path:
    """Another program's way of writing the same sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    for old, new in swaps:
        assert old in text, f"{old} is not in {text}"
        text = text.replace(old, new)
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def read(path: Path, *named: str, ignored: Sequence[str] = ()) -> tuple[SheetReading, list[SheetRow]]:
    reading = read_workbook(path, Move, Sheets(named=named, ignored=tuple(ignored)))
    return reading, list(reading.rows)


def refusal(path: Path, *named: str) -> BusinessException:
    with pytest.raises(BusinessException) as caught:
        read(path, *named)
    return caught.value


def test_columns_are_read_from_the_annotations() -> None:
    assert columns_of(Move)["account"].names == ("Account no", "A/c number")
    assert list(columns_of(Move)) == ["account", "name", "postcode", "moved_on"]
    assert required_of(Move) == ("account", "name")
    assert "name" in Move.sensitive()


def test_a_plain_workbook(tmp_path: Path) -> None:
    reading, rows = read(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW]))
    assert (reading.sheet, reading.header_row, reading.warnings) == ("Moves", 1, ())
    assert reading.columns == {"account": "A", "name": "B", "postcode": "C", "moved_on": "D"}
    assert rows == [SheetRow(row=2, data=DATA, item=None, problems={})]
    assert Move.model_validate(rows[0].data).account == "412345"


HEADERS: list[tuple[str, Sheet]] = [
    ("upper case", [[h.upper() for h in HEADINGS], ROW]),
    ("line breaks and spaces", [["Account\nno.", " Tenants  name: ", "Post\r\ncode?", "Moved*  on"], ROW]),
    ("synonyms", [["A/C NUMBER", "Name", "postcode", "Date of move"], ROW]),
    ("a curly apostrophe", [["Account no", "Tenant’s name", "Post code", "Moved on"], ROW]),
    ("a title above", [["Moves in February"], [], ["Name", "of the team"], HEADINGS, ROW]),
    ("columns to the left", [[None, None, *HEADINGS], [None, None, *ROW]]),
    ("another order", [[*HEADINGS[::-1]], [*ROW[::-1]]]),
    ("blank rows", [HEADINGS, [], [" ", None, ""], ROW, [], []]),
]


@pytest.mark.parametrize(("name", "rows"), HEADERS, ids=[name for name, _ in HEADERS])
def test_a_header_is_found_however_it_is_written(name: str, rows: Sheet, tmp_path: Path) -> None:
    reading, found = read(workbook(tmp_path / "a.xlsx", Moves=rows))
    assert [row.data for row in found] == [DATA]
    assert found[0].row == len([*rows]) - (2 if name == "blank rows" else 0)
    assert not reading.warnings


def test_optional_columns_may_be_absent(tmp_path: Path) -> None:
    _, rows = read(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS[:2], ROW[:2]]))
    assert rows[0].data == {"account": "412345", "name": "Asha Testerton"}


def test_a_thousand_formatted_blank_rows_are_no_rows(tmp_path: Path) -> None:
    def dress(book: Any) -> None:
        for row in range(3, 1003):
            for column in range(1, 5):
                book["Moves"].cell(row, column).number_format = "@"

    path = changed(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW]), dress)
    assert [row.row for row in read(path)[1]] == [2]


CELLS: list[tuple[Any, str | None]] = [
    ("  padded\t", "padded"),
    ("0412345", "0412345"),
    (412345, "412345"),
    (412345.0, "412345"),
    (-0.0, "0"),
    (1234567890123456, "1234567890123456"),
    (1e21, "1000000000000000000000"),
    (0.1, "0.1"),
    (1234.5, "1234.5"),
    (1e-7, "0.0000001"),
    (True, "Yes"),
    (False, "No"),
    (date(2026, 2, 5), "2026-02-05"),
    (datetime(2026, 2, 5), "2026-02-05"),
    (datetime(2026, 2, 5, 8, 20), "2026-02-05T08:20:00"),
    (datetime(2026, 2, 5, 23, 59, 59, 999_600), "2026-02-06"),
    (time(9, 30), "09:30:00"),
    (timedelta(hours=30), "1 day, 6:00:00"),
    ("05/02/2026", "05/02/2026"),
    ("two\nlines", "two\nlines"),
    ("\u00a0", None),
    ("   ", None),
    (None, None),
]


@pytest.mark.parametrize(("cell", "text"), CELLS)
def test_a_cell_reads_as_a_person_would(cell: Any, text: str | None, tmp_path: Path) -> None:
    _, rows = read(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", None, cell]]))
    assert rows[0].data["moved_on"] == text


def test_an_error_is_a_problem_and_never_data(tmp_path: Path) -> None:
    rows = [HEADINGS, ["1", "Asha", "#N/A", None], ["2", "#REF!", None, None]]
    _, found = read(workbook(tmp_path / "a.xlsx", Moves=rows))
    assert [row.problems for row in found] == [
        {"postcode": "holds the error #N/A"},
        {"name": "holds the error #REF!"},
    ]
    assert found[1].data == {"account": "2", "name": None, "postcode": None, "moved_on": None}


def test_an_error_typed_as_text_is_the_same(tmp_path: Path) -> None:
    def as_text(book: Any) -> None:
        book["Moves"]["C2"].data_type = "s"

    path = changed(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", "#N/A", None]]), as_text)
    assert read(path)[1][0].problems == {"postcode": "holds the error #N/A"}


UNSAVED = "is a formula without a stored value; open the workbook in Excel, save it, and hand it in again"
FORMULAS: list[tuple[str, str, str | None, str | None]] = [
    ("never calculated", "<f>A2&amp;B2</f><v />", None, UNSAVED),
    ("without a value at all", "<f>A2&amp;B2</f>", None, UNSAVED),
    ("shared", '<f t="shared" si="0"/>', None, UNSAVED),
    ("calculated", "<f>A2&amp;B2</f><v>12.5</v>", "12.5", None),
    ("on two lines", "\n <f>A2</f>\n <v>12.5</v>\n", "12.5", None),
]


@pytest.mark.parametrize(("name", "inside", "text", "problem"), FORMULAS, ids=[f[0] for f in FORMULAS])
def test_a_formula_without_a_stored_value_is_a_problem(
    name: str, inside: str, text: str | None, problem: str | None, tmp_path: Path
) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", None, "=A2&B2"]])
    _, rows = read(xml_changed(path, ("<f>A2&amp;B2</f><v />", inside)))
    assert rows[0].data["moved_on"] == text
    assert rows[0].problems == ({"moved_on": problem} if problem else {})


def test_a_formula_that_gave_an_empty_text_is_blank(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", None, "=A9"]])
    xml_changed(path, ('<c r="D2"><f>A9</f><v />', '<c r="D2" t="str"><f>A9</f><v></v>'))
    row = read(path)[1][0]
    assert (row.data["moved_on"], row.problems) == (None, {})


def test_letters_in_a_formula_are_no_error_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", None, "=A9"]])
    xml_changed(path, ("<f>A9</f><v />", '<f>IF(A1= t="e",1,2)</f><v>7</v>'))
    row = read(path)[1][0]
    assert (row.data["moved_on"], row.problems) == ("7", {})


def test_another_program_writes_a_prefix_before_every_tag(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", "#N/A", "=A9"]])
    with zipfile.ZipFile(path) as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    prefixed = text.replace("</", "</\0").replace("<", "<x:").replace("<x:/\0", "</x:")
    prefixed = prefixed.replace("<x:?xml", "<?xml").replace('xmlns="', 'xmlns:x="')
    row = read(xml_changed(path, (text, prefixed)))[1][0]
    assert row.problems == {"postcode": "holds the error #N/A", "moved_on": UNSAVED}


def test_cells_without_addresses_are_refused_where_they_are_needed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ["1", "Asha", None, "=A9"]])
    assert refusal(xml_changed(path, (' r="D2"', ""))).code == "damaged-workbook"


def test_merged_cells_read_as_their_first(tmp_path: Path) -> None:
    def merge(book: Any) -> None:
        sheet = book["Moves"]
        sheet.merge_cells("A1:D1")
        sheet.merge_cells("C3:C5")
        sheet.merge_cells("A6:B6")

    rows = [["Moves"], HEADINGS, ROW, ROW, [None], ["2", None, None, "x"]]
    path = changed(workbook(tmp_path / "a.xlsx", Moves=rows), merge)
    _, found = read(path)
    assert [(row.row, row.data["postcode"]) for row in found] == [(3, "ZZ1 4AB"), (4, "ZZ1 4AB"), (6, None)]
    assert found[2].data["name"] == "2"


def test_a_merged_error_is_a_problem_of_every_row_under_it(tmp_path: Path) -> None:
    rows = [HEADINGS, ["1", "Asha", "#N/A", None], ["2", "Ben", None, None]]
    path = workbook(tmp_path / "a.xlsx", Moves=rows)
    changed(path, lambda book: book["Moves"].merge_cells("C2:C3"))
    assert [row.problems for row in read(path)[1]] == [{"postcode": "holds the error #N/A"}] * 2


def test_unknown_headings_are_told_and_ignored_ones_are_not(tmp_path: Path) -> None:
    rows = [["Moves"], [*HEADINGS, "Colour", "Days between"], [*ROW, "red", 3]]
    reading, _ = read(workbook(tmp_path / "a.xlsx", Moves=rows), ignored=["days between"])
    assert reading.warnings == (
        "Sheet Moves, row 2, column E: the heading 'Colour' is not known and was not read.",
    )


def test_hidden_rows_are_a_question_for_their_sender(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        for row in (3, 7):
            book["Moves"].row_dimensions[row].hidden = True

    rows = [HEADINGS, *[[str(n), "Asha", None, None] for n in range(5)], []]
    _, found = read(changed(workbook(tmp_path / "a.xlsx", Moves=rows), hide))
    assert [(row.row, WHOLE_ROW in row.problems) for row in found] == [
        (2, False),
        (3, True),
        (4, False),
        (5, False),
        (6, False),
    ]


OURS = ("Outcome", "Reference", "Reason", "When", "Item")


def test_our_own_columns_are_known_by_standing_together(tmp_path: Path) -> None:
    class Referred(Move):
        reference_no: Annotated[str | None, Column("Reference")] = None

    rows = [[*HEADINGS, "Reference", *OURS], [*ROW, "R1", "Done", "CT-1", "", None, "item-7"], [None] * 10]
    reading = read_workbook(workbook(tmp_path / "a.xlsx", Moves=rows), Referred, Sheets())
    (row,) = reading.rows
    assert (row.data["reference_no"], row.item) == ("R1", "item-7")
    assert reading.columns["reference_no"] == "E"
    assert not reading.warnings


def test_a_row_that_lost_its_data_but_not_its_item_is_a_row(tmp_path: Path) -> None:
    rows = [[*HEADINGS, *OURS], [*ROW, "", "", "", "", "i1"], [None] * 4 + ["Done", "", "", "", "i2"]]
    _, found = read(workbook(tmp_path / "a.xlsx", Moves=rows))
    assert [(row.item, row.data["account"]) for row in found] == [("i1", "412345"), ("i2", None)]


def test_a_lone_item_column_is_not_ours(tmp_path: Path) -> None:
    reading, rows = read(workbook(tmp_path / "a.xlsx", Moves=[[*HEADINGS, "Item"], [*ROW, "x"]]))
    assert rows[0].item is None
    assert "'Item' is not known" in reading.warnings[0]


def test_a_second_sheet_or_table_is_never_passed_over(tmp_path: Path) -> None:
    sheets = {"Notes": [["Name", "x"]], "Moves": [HEADINGS, ROW], "Old": [HEADINGS[:3], ROW[:3]]}
    path = workbook(tmp_path / "a.xlsx", **sheets)
    assert refusal(path).code == "several-sheets"
    assert read(path, "old")[0].sheet == "Old"
    two = [HEADINGS[:3], ROW[:3], [], ["October"], HEADINGS, ROW]
    error = refusal(workbook(tmp_path / "b.xlsx", Moves=two))
    assert error.code == "several-tables"
    assert "the rows 1 and 5" in error.sentence


def test_a_hidden_sheet_is_never_read(tmp_path: Path) -> None:
    def hide(book: Any) -> None:
        book["Old"].sheet_state = "veryHidden"

    path = changed(workbook(tmp_path / "a.xlsx", Old=[HEADINGS, ROW], Moves=[HEADINGS, ROW]), hide)
    assert read(path)[0].warnings == ("The hidden sheet Old has the headings as well and was not read.",)
    assert refusal(path, "Old").code == "wrong-sheet"


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
    ("a letter", b"{\\rtf1\\ansi Dear Sir", "not-a-workbook", "RTF"),
    ("plain text", b"Dear Sir, please find enclosed", "no-header", "headings"),
    ("a picture", b"\x89PNG\r\n\x1a\n\x00\x00", "not-a-workbook", "not known"),
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
    assert kind_of(SHARED / name) == name.rpartition(".")[2].replace("xlsm", "xlsx")
