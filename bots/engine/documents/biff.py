"""The binary records of xls (BIFF 5 and 8): the marks of a sheet, and whether a password is needed."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .marks import ERRORS, Marks, error

_FORMULA, _END, _PASSWORD, _SHEET = 0x0006, 0x000A, 0x002F, 0x0085
_DIMENSIONS, _BOOL_OR_ERROR, _ROW, _BEGIN = 0x0200, 0x0205, 0x0208, 0x0809
_ZERO_HEIGHT = 0x20


def is_encrypted(stream: bytes) -> bool:
    return any(kind == _PASSWORD for kind, _, _ in _records(stream, 0))


def xls_marks(stream: bytes, index: int) -> Marks:
    """Error cells and hidden rows of the workbook's sheet at this place."""
    marks = Marks()
    for kind, at, size in _records(stream, _sheets(stream)[index]):
        if kind == _ROW and size >= 16 and stream[at + 12] & _ZERO_HEIGHT:
            marks.hidden.add(_u16(stream, at) + 1)
        elif kind == _BOOL_OR_ERROR and stream[at + 7]:
            marks.add(_u16(stream, at) + 1, _u16(stream, at + 2), error(ERRORS.get(stream[at + 6])))
        elif kind == _FORMULA and stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
            marks.add(_u16(stream, at) + 1, _u16(stream, at + 2), error(ERRORS.get(stream[at + 8])))
    return marks


def xls_rows(stream: bytes) -> Iterator[tuple[int, int]]:
    """Which rows each sheet says that it has: the first, counted from 0, and the one behind the last."""
    for start in _sheets(stream):
        for kind, at, size in _records(stream, start):
            if kind == _DIMENSIONS:
                yield struct.unpack_from("<II" if size >= 12 else "<HH", stream, at)


def _sheets(stream: bytes) -> list[int]:
    """Where each begins."""
    return [_u32(stream, at) for kind, at, _ in _records(stream, 0) if kind == _SHEET]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """The records of one substream, without those of the charts inside it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 1:
            yield kind, at + 4, size
        if depth <= 0:
            return
        at += 4 + size


def _u16(stream: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", stream, at)[0])


def _u32(stream: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", stream, at)[0])
