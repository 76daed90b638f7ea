"""The binary records of xlsb: the marks of a sheet."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .marks import ERRORS, Marks, error

ROW, _ERROR, _FORMULA_ERROR, _MERGE = 0, 3, 11, 176
_ZERO_HEIGHT = 0x10


def records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Each record's kind, and where its content begins and ends."""
    at, end = 0, len(data)
    while at < end:
        kind = data[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (data[at] & 0x7F) << 7
            at += 1
        size, shift, more = 0, 0, True
        while more:
            size |= (data[at] & 0x7F) << shift
            more, shift, at = bool(data[at] & 0x80) and shift < 21, shift + 7, at + 1
        yield kind, at, at + size
        at += size


def xlsb_marks(sheet: bytes) -> Marks:
    """Error cells, hidden rows and merged cells of one sheet's part."""
    marks, row = Marks(), 0
    for kind, at, _ in records(sheet):
        if kind == ROW:
            row = int.from_bytes(sheet[at : at + 4], "little") + 1
            if sheet[at + 11] & _ZERO_HEIGHT:
                marks.hidden.add(row)
        elif kind in (_ERROR, _FORMULA_ERROR):
            marks.add(row, int.from_bytes(sheet[at : at + 4], "little"), error(ERRORS.get(sheet[at + 8])))
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", sheet, at)
            marks.merges.append(((top, left), (bottom, right)))
    return marks
