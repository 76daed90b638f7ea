"""The agent's workbook of moves, read again as spreadsheets are read, and the answers beside it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.workbook import Workbook
from python_calamine import CalamineWorkbook

from fixtures.council.home import read_json
from fixtures.council.make_samples import Samples, make_samples, write_samples
from fixtures.council.samples.big_workbook import big_workbook
from fixtures.council.samples.moves import MoveRow
from fixtures.council.samples.moves_columns import COLUMNS
from fixtures.council.samples.moves_workbook import FIRST_EDITION, SECOND_EDITION, write_workbooks
from fixtures.council.town import open_town

LETTERS = {column.field: "ABCDEFGHIJKL"[place] for place, column in enumerate(COLUMNS)}


@pytest.fixture(scope="module")
def samples() -> Samples:
    return make_samples(items=60, seed=7)


@pytest.fixture(scope="module")
def folder(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handed-in")
    write_workbooks(samples.moves, folder)
    return folder


@pytest.fixture(scope="module")
def values(folder: Path) -> Workbook:
    return openpyxl.load_workbook(folder / FIRST_EDITION, data_only=True)


@pytest.fixture(scope="module")
def formulas(folder: Path) -> Workbook:
    return openpyxl.load_workbook(folder / FIRST_EDITION)


def cells(workbook: Workbook, sheet: str = "Moves") -> dict[str, Any]:
    rows = workbook[sheet].iter_rows()
    return {cell.coordinate: cell.value for row in rows for cell in row if cell.value is not None}


def row_of(samples: Samples, **typed: Any) -> MoveRow:
    """The row in which exactly these cells were typed."""
    return next(one for one in samples.moves.rows if typed.items() <= one.move.cells.items())


# --- The answers --------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_answers_and_the_same_cells(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write_samples(make_samples(items=60, seed=7), tmp_path / name)
    one, other = tmp_path / "one", tmp_path / "other"
    for file in ("answers.json", "tax-accounts.json"):
        assert (one / file).read_bytes() == (other / file).read_bytes()
    for file in (FIRST_EDITION, SECOND_EDITION):
        read = [cells(openpyxl.load_workbook(folder / "handed-in" / file)) for folder in (one, other)]
        assert read[0] == read[1]
    assert make_samples(items=60, seed=8).moves.answers != make_samples(items=60, seed=7).moves.answers


def test_the_moves_leave_the_reports_as_they_are() -> None:
    assert make_samples(seed=7, moves=10).answers == make_samples(seed=7, moves=40).answers


def test_a_hundred_rows_show_every_kind() -> None:
    moves = make_samples(moves=100).moves
    became = Counter(answer.get("code", "done") for answer in moves.answers.values())
    assert became == {
        "done": 90,
        "account-not-found": 1,
        "account-ambiguous": 1,
        "invalid-record": 2,
        "dates-overlap": 1,
        "too-long": 1,
        "already-in-target": 1,
        "account-mismatch": 1,
        "moved-in-before-out": 1,
        "property-not-found": 1,
    }
    for answer in moves.answers.values():
        parts = {"done": {"close", "open"}, "dates-overlap": {"close"}}
        wanted = parts.get(answer.get("code", answer["becomes"]), set())
        assert answer.keys() & {"close", "open"} == wanted
    assert sum("adopts_close" in answer for answer in moves.answers.values()) == 2
    assert len(moves.accounts) > 200
    assert len({account.number for account in moves.accounts}) == len(moves.accounts)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8, 13, 400])
def test_any_number_of_rows(count: int, tmp_path: Path) -> None:
    moves = make_samples(moves=count).moves
    assert len(moves.rows) == count
    write_workbooks(moves, tmp_path)
    assert (tmp_path / SECOND_EDITION).exists() == (count > 0)


@pytest.mark.parametrize("seed", range(4))
def test_what_should_be_keyed_can_be_keyed(seed: int) -> None:
    """One open account of that name, a free property, and nothing longer than revenues keeps."""
    samples = make_samples(seed=seed, moves=120)
    answers = {one["key"]: one for one in samples.moves.answers.values()}
    good = [one for one in answers.values() if one["becomes"] == "done"]
    accounts = {one.number: one for one in samples.tax_accounts}
    for answer in good:
        close, opened = answer["close"], answer["open"]
        account = accounts[close["account"]]
        assert account.name == opened["name"]
        assert account.start < date.fromisoformat(close["end_date"]) < date(2026, 11, 1)
        assert (account.end is not None) == ("adopts_close" in answer)
        there = [one.end for one in accounts.values() if one.property_ref == opened["property_ref"]]
        assert all(end and end.isoformat() <= opened["start_date"] for end in there)
        assert 0 <= _days(close["end_date"], opened["start_date"]) <= 10
        assert len(close["forwarding"]) <= 60
        assert len(opened["name"]) <= 35
        assert len(opened["notes"]) <= 120
    assert len({one["close"]["account"] for one in good}) == len(good)
    for name in ("property_ref", "name"):
        assert len({one["open"][name] for one in good}) == len(good)


def _days(first: str, last: str) -> int:
    return (date.fromisoformat(last) - date.fromisoformat(first)).days


# --- The workbook -------------------------------------------------------------------------------


def test_it_looks_as_an_agent_would_send_it(values: Workbook, samples: Samples) -> None:
    assert values.sheetnames == ["Lists", "Moves", "Read me"]
    assert [sheet.sheet_state for sheet in values] == ["hidden", "visible", "visible"]
    sheet = values["Moves"]
    assert values.active == sheet
    first, last = samples.moves.shared
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert merged == {"A1:L1", "A4:L4", f"D{first}:D{last}", f"E{first}:E{last}"}
    assert last == first + 1
    assert sheet.freeze_panes == "A6"
    assert sheet.auto_filter.ref == "A5:L46"
    assert sheet.print_title_rows == "$5:$5"
    assert sheet["E5"].value == "Leaving\npostcode"
    assert sheet["A250"].border.left.style == "thin"
    assert len(sheet.data_validations.dataValidation) == 1
    assert len(sheet.conditional_formatting) == 1


def test_one_row_in_the_middle_is_blank(values: Workbook) -> None:
    filled = [row[1].row for row in values["Moves"].iter_rows(min_row=6) if row[1].value]
    assert filled == [row for row in range(6, 47) if row != 26]


def test_formulas_have_their_values(values: Workbook, formulas: Workbook, samples: Samples) -> None:
    impossible = row_of(samples, moved_out="31/02/2026").row
    for one in samples.moves.rows:
        assert formulas["Moves"][f"L{one.row}"].value == f"=I{one.row}-F{one.row}"
        shown = values["Moves"][f"L{one.row}"].value
        days = (one.move.moved_in - one.move.moved_out).days
        assert shown == ("#VALUE!" if one.row == impossible else days)
    next_day = row_of(samples, moved_in="=F{row}+1")
    shown = values["Moves"][f"I{next_day.row}"].value
    assert isinstance(shown, datetime)
    assert shown.date() == next_day.move.moved_in


def test_awkward_cells_are_as_people_type_them(values: Workbook, samples: Samples) -> None:
    sheet, rows = values["Moves"], samples.moves.rows
    accounts = [sheet[f"A{one.row}"].value for one in rows]
    assert {type(one) for one in accounts} == {str, int, type(None)}
    assert any(" " in one for one in accounts if isinstance(one, str))
    assert any(isinstance(sheet[f"C{one.row}"].value, int) for one in rows)
    typed = {one for one in (sheet[f"F{row.row}"].value for row in rows) if isinstance(one, str)}
    assert {len(one) for one in typed} == {10, 11}
    tenants = [sheet[f"B{one.row}"].value for one in rows]
    assert any("’" in one or "'" in one for one in tenants)
    assert not all(one.replace("’", "").isascii() for one in tenants)
    assert any("  " in one for one in tenants)
    assert any(len(one) == 35 for one in tenants)
    assert any(sheet[f"H{one.row}"].value.islower() for one in rows)
    assert any("\n" in (sheet[f"K{one.row}"].value or "") for one in rows)
    assert {sheet[f"J{one.row}"].value for one in rows} == {"Yes", "No", "Y", "N", "yes", None}


def test_two_rows_are_exactly_equal(values: Workbook, samples: Samples) -> None:
    ((second, answer),) = [(row, one) for row, one in samples.moves.answers.items() if "same_as" in one]
    assert answer["key"] == samples.moves.answers[answer["same_as"]]["key"]
    for letter in LETTERS.values():
        assert (
            values["Moves"][f"{letter}{second}"].value
            == values["Moves"][f"{letter}{answer['same_as']}"].value
        )


def test_calamine_reads_the_same(folder: Path, values: Workbook) -> None:
    workbook = CalamineWorkbook.from_path(str(folder / FIRST_EDITION))
    rows = workbook.get_sheet_by_name("Moves").to_python(skip_empty_area=False)
    for coordinate, value in cells(values).items():
        read = rows[int(coordinate[1:]) - 1]["ABCDEFGHIJKL".index(coordinate[0])]
        if isinstance(value, datetime):
            assert read == value.date()
        else:
            assert read in (value, "") if str(value).startswith("#") else read == value


def test_an_error_cell_is_an_error(tmp_path: Path) -> None:
    moves = make_samples(moves=100).moves
    write_workbooks(moves, tmp_path)
    sheet = openpyxl.load_workbook(tmp_path / FIRST_EDITION)["Moves"]
    row = next(one.row for one in moves.rows if one.move.cells.get("new_postcode") == "#N/A")
    assert (sheet[f"H{row}"].data_type, sheet[f"H{row}"].value) == ("e", "#N/A")


@pytest.mark.parametrize(("count", "column"), [(40, "F"), (12, "C")])
def test_the_second_edition_corrects_one_cell(count: int, column: str, tmp_path: Path) -> None:
    moves = make_samples(moves=count).moves
    write_workbooks(moves, tmp_path)
    one, other = (cells(openpyxl.load_workbook(tmp_path / name)) for name in (FIRST_EDITION, SECOND_EDITION))
    assert moves.second is not None
    changed = {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}
    assert changed == {f"{column}{moves.second.row}"}
    stored = openpyxl.load_workbook(tmp_path / SECOND_EDITION, data_only=True)["Moves"]
    assert isinstance(stored[f"L{moves.second.row}"].value, int)


def test_a_big_workbook_has_its_rows(tmp_path: Path) -> None:
    big_workbook(tmp_path / "big.xlsx", rows=500, seed=1)
    rows = CalamineWorkbook.from_path(str(tmp_path / "big.xlsx")).get_sheet_by_index(0).to_python()
    assert len(rows) == 505
    assert rows[4] == [column.heading for column in COLUMNS]
    assert isinstance(rows[5][5], date)
    assert len({row[0] for row in rows[5:]}) == 500


def test_the_answers_are_plain_json(samples: Samples) -> None:
    told = samples.answers_json()
    assert json.loads(json.dumps(told)) == told
    assert told["moves"][told["second"]["row"]]["code"] == "invalid-record"


def test_a_council_has_its_accounts_and_the_workbooks_that_were_handed_in(tmp_path: Path) -> None:
    town = open_town(tmp_path, items=12, moves=30)
    assert len(town.tax.every()) == len(make_samples(items=12, moves=30).tax_accounts)
    town.close()
    assert {one.name for one in town.home.handed_in.iterdir()} == {FIRST_EDITION, SECOND_EDITION}
    assert len(read_json(town.home.answers)["moves"]) == 30
