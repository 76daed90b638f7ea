"""The binary records of xls (BIFF 5 and 8): the marks of a sheet, and whether a password is needed."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .biff_records import records_of, u16, u32
from .biff_styles import RECALCULATED, has_kind, sheet_name, xls_styles
from .marks import ERRORS, NO_DAY, UNREAD, UNSAVED, Marks, error
from .styles import Styles, mark_style

_FORMULA, _END, _PASSWORD, _SHEET = 0x0006, 0x000A, 0x002F, 0x0085
_DIMENSIONS, _BOOL_OR_ERROR, _ROW, _BEGIN = 0x0200, 0x0205, 0x0208, 0x0809
_NUMBER, _RK, _ROW_OF_RK, _TEXTS = 0x0203, 0x027E, 0x00BD, frozenset({0x0204, 0x00D6, 0x00FD})
_CELLS = _TEXTS | {_FORMULA, _NUMBER, _RK, _BOOL_OR_ERROR}
_OLD_CELLS = frozenset({0x0002, 0x0003, 0x0004, 0x0005, 0x0206, 0x0406})
"""Of BIFF 2 to 4: no reader of the later ones takes their values."""
_ZERO_HEIGHT, _DEFAULT_HEIGHT, _LEAST_HEIGHT = 0x20, 0x8000, 20  # twips: a twentieth of a point
_EMPTY_TEXT = 3  # what a formula gave
_NO_DAY = 60.0


def is_encrypted(stream: bytes) -> bool:
    return any(kind == _PASSWORD for kind, _, _ in records_of(stream, 0))


def xls_marks(stream: bytes, index: int) -> Marks:
    """Of the workbook's sheet at this place: error cells, hidden rows, formulas that nobody calculated, and
    cells whose style tells something."""
    marks, styles, formulas = Marks(), xls_styles(stream), Formulas()
    for kind, at, size in records_of(stream, _sheets(stream)[index]):
        if kind in _CELLS:
            _styled(stream, at, kind, styles, marks)
        if kind == _FORMULA:
            formulas.add(stream, at)
        if kind == _ROW_OF_RK:
            _row_of_numbers(stream, at, size, styles, marks)
        elif kind == _ROW and size >= 16 and _is_hidden(stream, at):
            marks.hidden.add(u16(stream, at) + 1)
        elif kind in _OLD_CELLS and size >= 7:
            marks.add(u16(stream, at) + 1, u16(stream, at + 2), UNREAD)
        elif kind == _BOOL_OR_ERROR and stream[at + 7]:
            marks.add(u16(stream, at) + 1, u16(stream, at + 2), error(ERRORS.get(stream[at + 6])))
        elif kind == _FORMULA and stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == 2:
            marks.add(u16(stream, at) + 1, u16(stream, at + 2), error(ERRORS.get(stream[at + 8])))
    if not has_kind(stream, RECALCULATED):
        formulas.mark(marks)
    return marks


def _is_hidden(stream: bytes, at: int) -> bool:
    height = u16(stream, at + 6)
    flat = not height & _DEFAULT_HEIGHT and height < _LEAST_HEIGHT
    return flat or bool(stream[at + 12] & _ZERO_HEIGHT)


class Formulas:
    """Those of one sheet. Programs that cannot calculate store an empty text as the value of each."""

    def __init__(self) -> None:
        self._places: list[tuple[int, int]] = []
        self._calculated = False

    def add(self, stream: bytes, at: int) -> None:
        self._places.append((u16(stream, at) + 1, u16(stream, at + 2)))
        empty = stream[at + 12 : at + 14] == b"\xff\xff" and stream[at + 6] == _EMPTY_TEXT
        self._calculated = self._calculated or not empty

    def mark(self, marks: Marks) -> None:
        for row, column in () if self._calculated else self._places:
            marks.add(row, column, UNSAVED)


def _styled(stream: bytes, at: int, kind: int, styles: Styles, marks: Marks) -> None:
    number = u16(stream, at + 4)
    style = styles.telling.get(number)
    if style is not None:
        mark_style(marks, u16(stream, at) + 1, u16(stream, at + 2), style)
    if number in styles.dates and _number(stream, at, kind) == _NO_DAY:
        marks.add(u16(stream, at) + 1, u16(stream, at + 2), NO_DAY)


def _number(stream: bytes, at: int, kind: int) -> float | None:
    if kind == _NUMBER:
        return float(struct.unpack_from("<d", stream, at + 6)[0])
    return _rk(u32(stream, at + 6)) if kind == _RK else None


def _rk(packed: int) -> float:
    """A number in four bytes: two bits say whether it is whole, and whether it is of hundredths."""
    if packed & 2:
        found = float((packed >> 2) - ((packed & 0x80000000) >> 1))
    else:
        found = float(struct.unpack("<d", struct.pack("<Q", (packed & 0xFFFFFFFC) << 32))[0])
    return found / 100 if packed & 1 else found


def _row_of_numbers(stream: bytes, at: int, size: int, styles: Styles, marks: Marks) -> None:
    row, first = u16(stream, at) + 1, u16(stream, at + 2)
    for place in range((size - 6) // 6):
        number = u16(stream, at + 4 + 6 * place)
        if style := styles.telling.get(number):
            mark_style(marks, row, first + place, style)
        if number in styles.dates and _rk(u32(stream, at + 6 + 6 * place)) == _NO_DAY:
            marks.add(row, first + place, NO_DAY)


def xls_rows(stream: bytes) -> Iterator[tuple[int, int]]:
    """Which rows each sheet says that it has: the first, counted from 0, and the one behind the last."""
    for start in _sheets(stream):
        for kind, at, size in records_of(stream, start):
            if kind == _DIMENSIONS:
                yield struct.unpack_from("<II" if size >= 12 else "<HH", stream, at)


def xls_cells(stream: bytes) -> Iterator[tuple[str, Iterator[tuple[int, int]]]]:
    """Where the cells of each sheet stand that hold something, counted from 0."""
    names = [sheet_name(stream, at) for kind, at, _ in records_of(stream, 0) if kind == _SHEET]
    for name, start in zip(names, _sheets(stream), strict=True):
        yield name, _places(stream, start)


def _places(stream: bytes, start: int) -> Iterator[tuple[int, int]]:
    for kind, at, size in records_of(stream, start):
        if kind in _CELLS:
            yield u16(stream, at), u16(stream, at + 2)
        elif kind == _ROW_OF_RK:
            for column in range(u16(stream, at + 2), u16(stream, at + size - 2) + 1):
                yield u16(stream, at), column


def _sheets(stream: bytes) -> list[int]:
    """Where each begins."""
    return [u32(stream, at) for kind, at, _ in records_of(stream, 0) if kind == _SHEET]
