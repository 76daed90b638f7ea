"""The binary records of xlsb: the marks of a sheet."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .marks import ERRORS, Marks, error
from .styles import NO_STYLES, Styles, made_styles, mark_style

ROW, _ERROR, _FORMULA_ERROR, _MERGE = 0, 3, 11, 176
_ZERO_HEIGHT, _LEAST_HEIGHT = 0x10, 20  # twips: a twentieth of a point
_FILLED = range(2, 12)  # the records of cells that hold something
_FONT, _FORMAT, _XF, _BEGIN_STYLES, _END_STYLES = 43, 44, 47, 617, 618
_STRUCK = 0x08


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


def xlsb_marks(sheet: bytes, styles: Styles = NO_STYLES) -> Marks:
    """Error cells, hidden rows, merged cells and those whose style tells something, of one sheet's part."""
    marks, row = Marks(), 0
    for kind, at, _ in records(sheet):
        if kind in _FILLED and (
            style := styles.telling.get(int.from_bytes(sheet[at + 4 : at + 7], "little"))
        ):
            mark_style(marks, row, _int(sheet[at : at + 4]), style)
        if kind == ROW:
            row = _int(sheet[at : at + 4]) + 1
            if sheet[at + 11] & _ZERO_HEIGHT or _int(sheet[at + 8 : at + 10]) < _LEAST_HEIGHT:
                marks.hidden.add(row)
        elif kind in (_ERROR, _FORMULA_ERROR):
            marks.add(row, _int(sheet[at : at + 4]), error(ERRORS.get(sheet[at + 8])))
        elif kind == _MERGE:
            top, bottom, left, right = struct.unpack_from("<4I", sheet, at)
            marks.merges.append(((top, left), (bottom, right)))
    return marks


def xlsb_styles(part: bytes) -> Styles:
    fonts, codes, pairs = list[bool](), dict[int, str](), list[tuple[int, int]]()
    of_cells = False
    for kind, at, end in records(part):
        if kind in (_BEGIN_STYLES, _END_STYLES):
            of_cells = kind == _BEGIN_STYLES
        elif kind == _FONT:
            fonts.append(bool(part[at + 2] & _STRUCK))
        elif kind == _FORMAT:
            codes[int.from_bytes(part[at : at + 2], "little")] = part[at + 6 : end].decode(
                "utf-16-le", "replace"
            )
        elif kind == _XF and of_cells:
            number, font = struct.unpack_from("<HH", part, at + 2)
            pairs.append((number, font))
    return made_styles(pairs, codes, fonts)


def _int(content: bytes) -> int:
    return int.from_bytes(content, "little")
