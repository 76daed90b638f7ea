"""The styles of an xls workbook: number formats, and fonts with a line through the letters."""

from __future__ import annotations

from .biff_records import records_of, u16
from .styles import Styles, made_styles

RECALCULATED = 0x01C1
"""Excel's own record of which version of it has calculated the workbook."""
_FONT, _XF, _FORMAT, _BEGIN = 0x0031, 0x00E0, 0x041E, 0x0809
_STRUCK = 0x08
_NO_FONT = 4  # no font has this number
_BIFF_8 = 0x0600


def has_kind(stream: bytes, wanted: int) -> bool:
    return any(kind == wanted for kind, _, _ in records_of(stream, 0))


def xls_styles(stream: bytes) -> Styles:
    fonts, codes, pairs = list[bool](), dict[int, str](), list[tuple[int, int]]()
    wide = False
    for kind, at, size in records_of(stream, 0):
        if kind == _BEGIN:
            wide = u16(stream, at) >= _BIFF_8
        elif kind == _FONT:
            if len(fonts) == _NO_FONT:
                fonts.append(False)
            fonts.append(bool(u16(stream, at + 2) & _STRUCK))
        elif kind == _FORMAT:
            codes[u16(stream, at)] = _code(stream[at + 2 : at + size], wide=wide)
        elif kind == _XF:
            pairs.append((u16(stream, at + 2), u16(stream, at)))
    return made_styles(pairs, codes, fonts)


def sheet_name(stream: bytes, at: int) -> str:
    """Of the record of a sheet: both generations write a short text behind one byte with its length."""
    count, wide = stream[at + 6], u16(stream, 4) >= _BIFF_8
    if not wide:
        return stream[at + 7 : at + 7 + count].decode("cp1252", "replace")
    letters = stream[at + 8 : at + 8 + 2 * count]
    return letters.decode("utf-16-le", "replace") if stream[at + 7] & 1 else letters[:count].decode("latin-1")


def _code(text: bytes, *, wide: bool) -> str:
    if not wide:
        return text[1 : 1 + text[0]].decode("cp1252", "replace")
    count, letters = u16(text, 0), text[3:]
    return (
        letters[: 2 * count].decode("utf-16-le", "replace")
        if text[2] & 1
        else letters[:count].decode("latin-1")
    )
