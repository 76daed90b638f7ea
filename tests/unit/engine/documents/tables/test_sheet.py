"""Workbooks to rows: which sheet, which header, and what a cell reads as."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest

from bots.engine.core.column import Column, Sheets, columns_of, required_of
from bots.engine.documents.tables.sheet import WHOLE_ROW, SheetRow, read_workbook
from tests.unit.moves_workbook import (
    DATA,
    HEADINGS,
    ROW,
    Move,
    Sheet,
    changed,
    read,
    refusal,
    workbook,
    xml_changed,
)


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
    (123456789012345, "123456789012345"),
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
    (timedelta(hours=30), "30:00"),
    (timedelta(hours=36, minutes=5, seconds=9), "36:05:09"),
    (0.1 + 0.2, "0.3"),
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


def test_cells_without_addresses_stand_beside_the_one_before(tmp_path: Path) -> None:
    rows = [HEADINGS, ["1", "Asha", None, "=A9"], ["2", "Ben", None, "=A9"]]
    path = workbook(tmp_path / "a.xlsx", Moves=rows)
    cells = [(f' r="{letter}3"', "") for letter in "ABD"]
    _, found = read(xml_changed(path, (' r="D2"', ' r="C2"'), *cells, (' r="3"', "")))
    assert [(row.row, dict(row.problems)) for row in found] == [
        (2, {"postcode": UNSAVED}),
        (3, {"postcode": UNSAVED}),
    ]


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
