"""CSV and TSV to rows: how the file is written is found out, and what was damaged on the way is noticed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from bots.engine.core.column import Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.documents.answers.answer import Answer
from bots.engine.documents.answers.returned import write_return
from bots.engine.documents.tables.delimited import SHEET, SHORTENED, SPLIT, TORN, TextBook
from bots.engine.documents.tables.sheet import read_workbook
from bots.engine.settings import ROOT
from tests.unit.moves_workbook import Move, read

SHARED = ROOT.parent / "shared" / "data" / "council"
HEAD = "Account no,Tenant's name,Post code,Moved on"
LINE = "00412345,Siân Testerton,ZZ1 4AB,05/02/2026"
DATA = {"account": "00412345", "name": "Siân Testerton", "postcode": "ZZ1 4AB", "moved_on": "05/02/2026"}


def text(path: Path, *lines: str, encoding: str = "utf-8", end: str = "\r\n") -> Path:
    path.write_bytes("".join(f"{line}{end}" for line in lines).encode(encoding))
    return path


def refused(path: Path) -> BusinessException:
    with pytest.raises(BusinessException) as caught:
        read(path)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_however_it_is_written(tmp_path: Path, encoding: str, separator: str, end: str) -> None:
    lines = [line.replace(",", separator) for line in (HEAD, LINE, "", LINE)]
    reading, rows = read(text(tmp_path / "moves.csv", *lines, encoding=encoding, end=end))
    assert [(row.row, dict(row.data), dict(row.problems)) for row in rows] == [(2, DATA, {}), (4, DATA, {})]
    assert (reading.sheet, reading.header_row) == (SHEET, 1)
    assert bool(reading.warnings) == (encoding == "cp1252"), "what had to be guessed is said"


def test_a_separator_that_the_file_names(tmp_path: Path) -> None:
    lines = ("sep=;", HEAD.replace(",", ";"), "1;Testerton, Asha;;")
    reading, [row] = read(text(tmp_path / "a.csv", *lines))
    assert (row.row, row.data["name"], reading.header_row) == (2, "Testerton, Asha", 1)


def test_text_in_quotation_marks(tmp_path: Path) -> None:
    line = '1,"Testerton, ""Ash""\r\nSample",ZZ1 4AB,'
    _, rows = read(text(tmp_path / "a.csv", "Moves of the week", "", HEAD, line, LINE))
    assert [row.row for row in rows] == [4, 5], "as a spreadsheet counts rows"
    assert rows[0].data["name"] == 'Testerton, "Ash"\r\nSample'


def test_a_row_that_was_split_wrongly_is_for_a_person(tmp_path: Path) -> None:
    lines = (HEAD, "1,Testerton, Asha,ZZ1 4AB,05/02/2026", LINE, "2,Ben,,,,,")
    _, rows = read(text(tmp_path / "a.csv", *lines))
    assert [dict(row.problems) for row in rows] == [{"moved_on": SPLIT}, {}, {}]


def test_a_shortened_number_is_no_value(tmp_path: Path) -> None:
    _, [row, whole] = read(text(tmp_path / "a.csv", HEAD, "4.12345E+11,Asha,,", LINE))
    assert (row.data["account"], dict(row.problems)) == (None, {"account": SHORTENED})
    assert not whole.problems


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", HEAD, LINE, LINE)
    path.write_bytes(path.read_bytes()[:-25])
    _, rows = read(path)
    assert [TORN in row.problems.values() for row in rows] == [False, True]


@pytest.mark.parametrize("line", ['1,"Asha,ZZ1 4AB,', '1,"Asha" Testerton,ZZ1 4AB,'])
def test_quotation_marks_that_do_not_match(tmp_path: Path, line: str) -> None:
    found = refused(text(tmp_path / "a.csv", HEAD, LINE, line, LINE))
    assert (found.code, found.detail["row"]) == ("damaged-workbook", 3)
    assert "row 3" in found.sentence


def test_letters_that_are_not_known(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"{HEAD}\r\n1,".encode() + b"\x81\x8d,,\r\n")
    assert refused(tmp_path / "a.csv").code == "damaged-workbook"


@pytest.mark.parametrize("content", [b" \r\n", b"\xef\xbb\xbf", b"\r\n\r\n"])
def test_nothing_in_it(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    assert refused(tmp_path / "a.csv").code in ("empty-workbook", "no-header")


def test_error_words_are_no_values(tmp_path: Path) -> None:
    _, [row] = read(text(tmp_path / "a.csv", HEAD, "#N/A,Asha,,"))
    assert dict(row.problems) == {"account": "holds the error #N/A"}


def test_text_has_no_sheet_that_could_be_named(tmp_path: Path) -> None:
    reading = read_workbook(text(tmp_path / "a.csv", HEAD, LINE), Move, Sheets(named=("Moves",)))
    assert [dict(row.data) for row in reading.rows] == [DATA]


def test_it_goes_back_as_a_workbook(tmp_path: Path) -> None:
    path = text(tmp_path / "a.csv", HEAD, LINE, "4.1E+11,=Asha,,")
    given = {"outcome": "Done", "reference": "CT-1", "reason": "", "when": datetime(2026, 2, 6), "item": "i"}
    answers = [Answer(sheet=SHEET, row=row, **given) for row in (2, 3)]
    back = write_return(path, tmp_path / "b", {SHEET: 1}, answers)
    sheet = load_workbook(back)[SHEET]
    assert [cell.value for cell in sheet[2]][:6] == ["00412345", "Siân Testerton", "ZZ1 4AB", "05/02/2026",
                                                      "Done", "CT-1"]  # fmt: skip
    assert [cell.value for cell in sheet[3]][:2] == ["4.1E+11", "=Asha"], "as the sender wrote it"
    assert sheet["B3"].data_type == "s"
    _, rows = read(back)
    assert rows[0].data == DATA
    assert rows[0].item == "i"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not here")
def test_exports_of_real_systems() -> None:
    files = sorted(SHARED.glob("*.csv"))
    assert files
    for path in files:
        grid = TextBook(path).grid(SHEET)
        widths = {len(row) for row in grid.rows()}
        assert len(widths) == 1, path.name
        assert widths.pop() > 5, path.name
        assert not grid.marks(grid.width).split, path.name


WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12)


@given(
    rows=st.lists(st.tuples(WORD, WORD), min_size=1, max_size=6),
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_a_program_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], separator: str, encoding: str
) -> None:
    """Whatever stands in the cells: each is read as it was written, or the row is for a person."""
    import csv

    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator)
        writer.writerow(["Account no", "Name", "Post code", "Moved on"])
        writer.writerows([f"a{one}", f"b{other}", "", "x"] for one, other in rows)
    found = read(path)[1]
    assert len(found) == len(rows)
    for (one, other), row in zip(rows, found, strict=True):
        wanted = {"account": f"a{one}".strip(), "name": f"b{other}".strip()}
        assert row.problems or wanted.items() <= row.data.items()
