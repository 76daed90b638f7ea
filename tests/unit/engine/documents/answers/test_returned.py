"""The workbook that goes back: the sender's own, answered row by row, and readable again."""

from __future__ import annotations

import zipfile
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.dimensions import ColumnDimension
from PIL import Image as PillowImage

from bots.engine.core.column import Sheets
from bots.engine.documents.answers.answer import Answer
from bots.engine.documents.answers.returned import HEADINGS as OURS
from bots.engine.documents.answers.returned import write_return
from bots.engine.documents.tables.opened import open_book
from bots.engine.documents.tables.sheet import SheetReading, read_workbook
from tests.unit.moves_workbook import HEADINGS, ROW, SHARED, Move, changed, read, workbook, xml_changed

WHEN = datetime(2026, 2, 6, 14, 30)


def answer(row: int, **more: Any) -> Answer:
    given: dict[str, Any] = {
        "sheet": "Moves",
        "row": row,
        "outcome": "Done",
        "reference": f"CT-{row}",
        "reason": "",
        "when": WHEN,
        "item": f"item-{row}",
    }
    return Answer(**{**given, **more})


def dressed(path: Path) -> Path:
    """What a careful clerk makes of a workbook."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Moves"
    sheet["A1"] = "Moves of the week"
    sheet.merge_cells("A1:D1")
    sheet["A1"].font = Font(size=16, bold=True, color="FF1D70B8")
    thin = Side(style="thin", color="FF888888")
    for column, heading in enumerate([*HEADINGS, "Amount"], start=1):
        cell = sheet.cell(3, column, heading)
        cell.font, cell.fill = Font(bold=True, color="FFFFFFFF"), PatternFill("solid", start_color="FF003078")
    for row in range(4, 9):
        for column, value in enumerate([*ROW, f"=LEN(A{row})*0.1"], start=1):
            cell = sheet.cell(row, column, value)
            cell.border = Border(bottom=thin)
            cell.alignment = Alignment(vertical="center")
        sheet.cell(row, 4).number_format = "dd/mm/yyyy"
        sheet.cell(row, 5).number_format = "#,##0.00"
    sheet["B5"] = CellRichText(
        "Ben ", TextBlock(InlineFont(b=True), "Sample"), TextBlock(InlineFont(), " "), "jr"
    )
    sheet["B6"].comment = Comment("rang twice", "clerk")
    sheet.row_dimensions[7].height = 40
    sheet.column_dimensions["B"].width = 33
    sheet.column_dimensions["F"] = ColumnDimension(sheet, index="F", min=6, max=16384, hidden=True, width=9)
    sheet.freeze_panes = "B4"
    sheet.auto_filter.ref = "A3:E8"
    sheet.print_title_rows, sheet.print_area = "3:3", "A1:E8"
    sheet.page_setup.orientation = "landscape"
    choice = DataValidation(type="list", formula1='"ZZ1 4AB,ZZ2 4AB"')
    choice.add("C4:C8")
    sheet.add_data_validation(choice)
    red = PatternFill("solid", end_color="FFFFC7CE")
    sheet.conditional_formatting.add("E4:E8", CellIsRule(operator="greaterThan", formula=["5"], fill=red))
    secret = book.create_sheet("Lists")
    secret["A1"] = "=Moves!A4"
    secret.sheet_state = "hidden"
    book.calculation.fullCalcOnLoad = False  # as Excel leaves it
    book.save(path)
    swaps = [
        (f"<f>LEN(A{row})*0.1</f><v />", f"<f>LEN(A{row})*0.1</f><v>{value}</v>")
        for row, value in zip(range(4, 9), ("0.6", "0.30000000000000004", "0.6", "1E-3", "7"), strict=True)
    ]
    swaps.append(('<c r="E8" s="', '<c r="E8" t="e" s="'))
    swaps.append(("<v>7</v>", "<v>#DIV/0!</v>"))
    swaps.append(("<t> </t>", '<t xml:space="preserve"> </t>'))
    xml_changed(path, *swaps)
    stored = ('<c r="A1"><f>Moves!A4</f><v />', '<c r="A1" t="str"><f>Moves!A4</f><v>a &amp; b </v>')
    return xml_changed(path, stored, part="xl/worksheets/sheet2.xml")


ANSWERS = [
    answer(4),
    answer(5, outcome="Needs a person", reason="The account is not known. " * 4, when=None),
    answer(6, outcome="Same as row 4", reference="=1+1", reason="+44", item="@item"),
    answer(7, outcome="Waiting"),
]


def grids(path: Path) -> dict[str, tuple[list[list[Any]], Any]]:
    """Every value and every mark of a workbook, hidden sheets as well."""
    with open_book(path) as book:
        found = [book.grid(name) for name in book.visible + book.hidden]
        return {grid.name: (list(grid.rows()), grid.marks().problems) for grid in found}


@pytest.fixture
def original(tmp_path: Path) -> Path:
    return dressed(tmp_path / "moves.xlsx")


@pytest.fixture
def returned(original: Path, tmp_path: Path) -> Path:
    return write_return(original, tmp_path / "out" / "back.xlsx", {"Moves": 3}, ANSWERS)


def test_the_answers_stand_behind_the_last_heading(returned: Path) -> None:
    sheet = load_workbook(returned)["Moves"]
    assert tuple(cell.value for cell in sheet["F3:J3"][0]) == OURS
    assert [cell.value for cell in sheet["F4:J4"][0]] == ["Done", "CT-4", None, WHEN, "item-4"]
    assert sheet["I4"].number_format == "dd/mm/yyyy hh:mm"
    assert sheet["H5"].alignment.wrap_text
    assert sheet["F8"].value is None
    assert [sheet.row_dimensions[row].height for row in (4, 5, 7)] == [None, 45, 40]


def test_the_sender_finds_the_workbook_as_it_was(original: Path, returned: Path) -> None:
    before, after = load_workbook(original, rich_text=True), load_workbook(returned, rich_text=True)
    assert after.sheetnames == before.sheetnames
    assert after["Lists"].sheet_state == "hidden"
    old, new = before["Moves"], after["Moves"]
    for row in old.iter_rows(max_col=5):
        for cell in row:
            same = new[cell.coordinate]
            assert str(same.value) == str(cell.value)
            for part in ("font", "fill", "border", "alignment", "number_format", "protection"):
                assert repr(getattr(same, part)) == repr(getattr(cell, part)), (cell.coordinate, part)
    assert new.merged_cells.ranges == old.merged_cells.ranges
    assert new.column_dimensions["B"].width == 33
    assert new.row_dimensions[7].height == 40
    assert new.freeze_panes == "B4"
    assert new.print_title_rows == old.print_title_rows
    assert (old.print_area, new.print_area) == ("'Moves'!$A$1:$E$8", "'Moves'!$A$1:$J$8")
    assert new.page_setup.orientation == "landscape"
    assert new.data_validations.dataValidation[0].formula1 == '"ZZ1 4AB,ZZ2 4AB"'
    assert [str(one.sqref) for one in new.conditional_formatting] == ["E4:E8"]
    assert new["B6"].comment.text == "rang twice"


def test_stored_values_and_errors_are_the_same_to_every_reader(original: Path, returned: Path) -> None:
    before, after = grids(original), grids(returned)
    assert after["Lists"] == before["Lists"]
    old, new = before["Moves"], after["Moves"]
    assert [row[:5] for row in new[0]] == old[0]
    assert new[1] == old[1] == {8: {4: "holds the error #DIV/0!"}}
    assert new[0][4][4] == 0.30000000000000004


def test_our_columns_can_be_seen(returned: Path) -> None:
    sheet = load_workbook(returned)["Moves"]
    assert [sheet.column_dimensions[letter].hidden for letter in "FGHIJ"] == [False] * 5
    assert sheet.column_dimensions["K"].hidden
    assert (sheet.column_dimensions["K"].min, sheet.column_dimensions["K"].max) == (11, 16384)
    assert sheet.auto_filter.ref == "A3:J8"
    assert sheet["F3"].font.color.rgb == "FFFFFFFF"
    assert sheet["F3"].fill.start_color.rgb == "FF003078"
    assert sheet["G4"].border.bottom.style == "thin"
    assert len({sheet[f"F{row}"].fill.start_color.rgb for row in (4, 5, 6, 7)}) == 4


def test_what_looks_like_a_formula_is_text(returned: Path) -> None:
    sheet = load_workbook(returned)["Moves"]
    for place, text in (("G6", "=1+1"), ("H6", "+44"), ("J6", "@item")):
        assert (sheet[place].value, sheet[place].data_type, sheet[place].quotePrefix) == (text, "s", True)
    with zipfile.ZipFile(returned) as archive:
        assert b"<f>1+1</f>" not in archive.read("xl/worksheets/sheet1.xml")


UGLY = ["=cmd|' /C calc'!A0", "-1", "\tx", "\rx", "#N/A", "a\x00b\x07c", "x" * 40_000, "two\nlines", ""]


@pytest.mark.parametrize("text", UGLY, ids=[repr(text[:8]) for text in UGLY])
def test_ugly_texts_are_written_as_text(text: str, original: Path, tmp_path: Path) -> None:
    path = write_return(original, tmp_path / "back.xlsx", {"Moves": 3}, [answer(4, reason=text)])
    cell = load_workbook(path)["Moves"]["H4"]
    assert cell.data_type != "f"
    assert grids(path)["Moves"][1] == {8: {4: "holds the error #DIV/0!"}}


def rows_of(reading: SheetReading) -> list[tuple[int, dict[str, str | None]]]:
    return [(row.row, dict(row.data)) for row in reading.rows]


def test_a_returned_workbook_reads_the_same_and_knows_its_items(original: Path, returned: Path) -> None:
    before = read_workbook(original, Move, Sheets(ignored=("Amount",)))
    after, rows = read(returned, ignored=["Amount"])
    assert [(row.row, row.data) for row in rows] == rows_of(before)
    assert [row.item for row in rows] == ["item-4", "item-5", "@item", "item-7", None]
    assert not after.warnings


def test_answered_again_the_same_columns_are_used(returned: Path, tmp_path: Path) -> None:
    again = write_return(returned, tmp_path / "again.xlsx", {"Moves": 3}, [answer(5, reference="CT-9")])
    sheet = load_workbook(again)["Moves"]
    assert sheet.max_column == 10
    assert [sheet["F5"].value, sheet["G5"].value, sheet["H5"].value] == ["Done", "CT-9", None]
    assert sheet["G4"].value == "CT-4"


def test_nothing_that_stands_without_a_heading_is_written_over(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, [*ROW, None, None, "see file"]])
    changed(path, lambda book: book["Moves"].merge_cells("I2:J2"))
    sheet = load_workbook(write_return(path, tmp_path / "b.xlsx", {"Moves": 1}, [answer(2)]))["Moves"]
    assert sheet["G2"].value == "see file"
    assert sheet["K1"].value == "Outcome"
    assert sheet["K2"].value == "Done"


def test_times_are_written_as_they_are_in_london(original: Path, tmp_path: Path) -> None:
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    path = write_return(original, tmp_path / "b.xlsx", {"Moves": 3}, [answer(4, when=summer)])
    assert load_workbook(path)["Moves"]["I4"].value == datetime(2026, 7, 1, 13, 0)


def test_a_number_outside_of_all_dates_stays_a_number(tmp_path: Path) -> None:
    def as_date(book: Any) -> None:
        book["Moves"]["A2"].number_format = "dd/mm/yyyy"

    path = changed(workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, (99_999_999, *ROW[1:])]), as_date)
    path = write_return(path, tmp_path / "b.xlsx", {"Moves": 1}, [answer(2)])
    with zipfile.ZipFile(path) as archive:
        assert b"<v>99999999</v>" in archive.read("xl/worksheets/sheet1.xml")


def test_pictures_are_kept(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Moves"
    for row in (HEADINGS, ROW):
        book.active.append(row)
    PillowImage.new("RGB", (40, 20), "navy").save(tmp_path / "logo.png")
    book.active.add_image(Image(tmp_path / "logo.png"), "H2")
    book.save(tmp_path / "a.xlsx")
    back = write_return(tmp_path / "a.xlsx", tmp_path / "b.xlsx", {"Moves": 1}, [answer(2)])
    [kept] = load_workbook(back)["Moves"]._images
    assert (kept.anchor._from.col, kept.anchor._from.row) == (7, 1)
    with zipfile.ZipFile(back) as archive:
        assert archive.read("xl/media/image1.png") == (tmp_path / "logo.png").read_bytes()


def test_macros_are_kept_and_the_name_says_so(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW])
    plain = "openxmlformats-officedocument.spreadsheetml.sheet.main"
    xml_changed(path, (f"vnd.{plain}", "vnd.ms-excel.sheet.macroEnabled.main"), part="[Content_Types].xml")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")
    back = write_return(path, tmp_path / "b.xlsx", {"Moves": 1}, [answer(2)])
    assert back.name == "b.xlsm"
    with zipfile.ZipFile(back) as archive:
        assert archive.read("xl/vbaProject.bin") == b"macros"
        assert b"macroEnabled" in archive.read("[Content_Types].xml")


def test_what_openpyxl_cannot_read_comes_back_as_values(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", Moves=[HEADINGS, ROW])
    xml_changed(path, ("<fonts", "<fonts><nonsense/></fonts><fonts"), part="xl/styles.xml")
    back = write_return(path, tmp_path / "b.xlsx", {"Moves": 1}, [answer(2)])
    assert [(row.data, row.item) for row in read(back)[1]] == [(read(path)[1][0].data, "item-2")]


def test_an_answer_needs_its_sheet(original: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="without a header row"):
        write_return(original, tmp_path / "b.xlsx", {"Moves": 3}, [answer(4, sheet="Other")])


def test_a_failure_leaves_nothing_behind(
    original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("bots.engine.documents.answers.returned.put_back", fail)
    target = tmp_path / "out" / "back.xlsx"
    with pytest.raises(OSError, match="full"):
        write_return(original, target, {"Moves": 3}, ANSWERS)
    assert not list(target.parent.iterdir())


OLD_KINDS = [("merged_range.xls", 1), ("date.xlsb", 1), ("merged_cells.ods", 1), ("errors.xlsx", 1)]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
@pytest.mark.parametrize(("name", "row"), OLD_KINDS)
def test_other_kinds_come_back_as_xlsx_with_the_same_values(name: str, row: int, tmp_path: Path) -> None:
    before = {sheet: found for sheet, found in grids(SHARED / name).items() if found[0]}
    header = dict.fromkeys(before, row)
    given = [answer(row + 1, sheet=sheet) for sheet in header]
    back = write_return(SHARED / name, tmp_path / name, header, given)
    assert back.suffix == ".xlsx"
    for sheet, (rows, problems) in grids(back).items():
        if sheet in before:
            width = len(before[sheet][0][0])
            assert [cells[:width] for cells in rows] == before[sheet][0]
            assert problems == before[sheet][1]
            assert rows[row][-1] == f"item-{row + 1}"


def test_a_copied_style_is_not_shared_with_the_sender(original: Path, returned: Path) -> None:
    """The answers' fills must not reach the cells that their style was taken from."""
    sheet = load_workbook(returned)["Moves"]
    assert copy(sheet["E4"].fill).fill_type is None
    assert sheet["F4"].fill.fill_type == "solid"
