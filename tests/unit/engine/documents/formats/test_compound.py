"""A container that is damaged is refused: never read as far as it goes."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from bots.engine.documents.formats.compound import opened
from bots.engine.documents.kinds.beginning import OLE_MARK
from tests.unit.moves_workbook import SHARED

BOOK = SHARED / "merged_range.xls"
_SECTOR = 512
_FIRST_TABLE = 76  # where the header names the sector that says which follows which
_END = 0xFFFFFFFE


@pytest.fixture
def book() -> bytes:
    if not BOOK.is_file():
        pytest.skip("the foreign workbooks are not there")
    return BOOK.read_bytes()


def test_its_stream_whatever_its_name_is_spelt_like(book: bytes) -> None:
    with opened(BOOK) as file:
        assert "workbook" in file.names
        assert len(file.stream("workbook", "book")) > _SECTOR


def test_a_stream_that_is_not_there(book: bytes) -> None:
    with pytest.raises(ValueError, match="no such stream"), opened(BOOK) as file:
        file.stream("elsewhere")


def test_one_whose_chain_of_sectors_is_cut_is_never_read_in_part(book: bytes, tmp_path: Path) -> None:
    with opened(BOOK) as file:
        whole = file.stream("workbook")
    (table,) = struct.unpack_from("<I", book, _FIRST_TABLE)
    cut, refused = tmp_path / "cut.xls", 0
    for number in range(len(book) // _SECTOR - 1):
        damaged = bytearray(book)
        struct.pack_into("<I", damaged, (table + 1) * _SECTOR + 4 * number, _END)
        cut.write_bytes(damaged)
        try:
            with opened(cut) as file:
                assert file.stream("workbook") == whole
        except ValueError:
            refused += 1
    assert refused


def test_what_only_begins_like_one(tmp_path: Path) -> None:
    path = tmp_path / "a.xls"
    path.write_bytes(OLE_MARK + b"\0" * 2000)
    with pytest.raises(ValueError, match="OLE"), opened(path):
        pass
