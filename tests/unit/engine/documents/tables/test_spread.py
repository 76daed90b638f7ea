"""Workbooks whose cells stand so far apart that nobody can hold what lies between them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from bots.engine.core.errors import BusinessException
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from bots.engine.documents.tables.opened import open_book
from bots.engine.documents.tables.spread import must_stand_together
from tests.unit.engine.documents.tables.test_refused import ODS, ods_cell
from tests.unit.moves_workbook import SHARED

Place = tuple[int, int]

TABLE = [(row, column) for row in range(3) for column in range(2)]
FAR = (1_048_575, 16_383)
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
    'worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
)


def xlsx(places: Sequence[Place]) -> bytes:
    book, target = Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Moves"
    for row, column in places:
        sheet.cell(row + 1, column + 1, "x")
    book.save(target)
    return target.getvalue()


def ods(places: Sequence[Place]) -> bytes:
    rows, at = "", 0
    for row in sorted({row for row, _ in places}):
        if row > at:
            rows += f'<table:table-row table:number-rows-repeated="{row - at}"/>'
        rows += (
            f"<table:table-row>{_cells(sorted(column for r, column in places if r == row))}</table:table-row>"
        )
        at = row + 1
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", ODS.format(rows=rows))
    return target.getvalue()


def _cells(columns: Sequence[int]) -> str:
    cells, at = "", 0
    for column in columns:
        if column > at:
            cells += f'<table:table-cell table:number-columns-repeated="{column - at}"/>'
        cells, at = cells + ods_cell("x"), column + 1
    return cells


def xlsb(places: Sequence[Place]) -> bytes:
    rows = b""
    for row in sorted({row for row, _ in places}):
        rows += _record(0, struct.pack("<IIHBBB", row, 0, 300, 0, 0, 0))
        for column in sorted(column for r, column in places if r == row):
            rows += _record(6, struct.pack("<II", column, 0) + _text("x"))
    sheets = (
        _record(143) + _record(156, struct.pack("<II", 0, 1) + _text("rId1") + _text("Moves")) + _record(144)
    )
    target = BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("xl/workbook.bin", _record(131) + sheets + _record(132))
        archive.writestr("xl/_rels/workbook.bin.rels", RELATIONS)
        archive.writestr(
            "xl/worksheets/sheet1.bin",
            _record(129) + _record(148, bytes(16)) + _record(145) + rows + _record(146),
        )
    return target.getvalue()


def _record(kind: int, content: bytes = b"") -> bytes:
    mark = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    return mark + bytes([len(content)]) + content


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


KINDS = [xlsx, ods, xlsb]


def refusal(path: Path) -> BusinessException:
    with pytest.raises(BusinessException) as caught:
        must_stand_together(path)
    return caught.value


@pytest.mark.parametrize("made", KINDS)
def test_a_cell_in_the_last_corner(tmp_path: Path, made: Callable[[Sequence[Place]], bytes]) -> None:
    (tmp_path / "a").write_bytes(made([*TABLE, FAR]))
    found = refusal(tmp_path / "a")
    assert found.code == "cells-far-apart"
    assert found.sentence.endswith(
        "reaches to XFD1048576, and nearly all of it is blank. Delete the rows below the table and the "
        "columns beside it, save the workbook, and hand it in again."
    )


@pytest.mark.parametrize("made", KINDS)
def test_a_table_and_one_far_below_it(tmp_path: Path, made: Callable[[Sequence[Place]], bytes]) -> None:
    """A rectangle of two columns is small, however long it is, and is read."""
    (tmp_path / "a").write_bytes(made([*TABLE, (1_048_575, 1)]))
    must_stand_together(tmp_path / "a")
    with open_book(tmp_path / "a") as book:
        assert book.grid(book.names[0]).height == 1_048_576


def test_a_large_table_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bots.engine.documents.tables.spread._ROOM", 5)
    (tmp_path / "a").write_bytes(xlsx(TABLE))
    must_stand_together(tmp_path / "a")
    (tmp_path / "a").write_bytes(xlsx([*TABLE, (9, 9)]))
    assert refusal(tmp_path / "a").code == "cells-far-apart"
    (tmp_path / "a").write_bytes(xlsx([*TABLE, (5, 5)]))
    must_stand_together(tmp_path / "a")  # of 36 cells 7 are filled


def test_a_cell_that_is_only_formatted_is_blank(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "x"
    sheet[f"{get_column_letter(16_384)}1048576"].font = Font(bold=True)
    book.save(tmp_path / "a")
    must_stand_together(tmp_path / "a")


def test_a_cell_where_no_sheet_reaches(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(xlsb([*TABLE, (4_000_000_000, 1)]))
    assert refusal(tmp_path / "a").code == "damaged-workbook"


async def test_an_xls_that_says_it_has_rows_that_it_cannot_have(tmp_path: Path) -> None:
    """calamine would ask for 150 GB."""
    path = SHARED / "date.xls"
    if not path.is_file():
        pytest.skip("the shared workbooks are not there")
    content = bytearray(path.read_bytes())
    must_stand_together(path)
    at = content.index(struct.pack("<HH", 0x0200, 14)) + 4
    struct.pack_into("<I", content, at, 0x20000000)
    (tmp_path / "a").write_bytes(content)
    assert refusal(tmp_path / "a").code == "damaged-workbook"
    async with Sandbox() as sandbox:
        with pytest.raises(BusinessException) as caught:
            [_ async for _ in sandbox.look(tmp_path / "a")]
        assert caught.value.code == "damaged-workbook"


@pytest.mark.parametrize("made", KINDS)
async def test_whoever_runs_out_of_memory_is_told_why(
    tmp_path: Path, made: Callable[[Sequence[Place]], bytes]
) -> None:
    """Of one the memory is refused at once; the other takes more and more of it."""
    async with Sandbox(Limits(megabytes=300)) as sandbox:
        for far in (FAR, (1_048_575, 30)):
            (tmp_path / "a").write_bytes(made([*TABLE, far]))
            with pytest.raises(BusinessException) as caught:
                [_ async for _ in sandbox.look(tmp_path / "a")]
            assert caught.value.code == "cells-far-apart", far
        (tmp_path / "a").write_bytes(made(TABLE))
        assert [_ async for _ in sandbox.look(tmp_path / "a")], "and the next one is read"
