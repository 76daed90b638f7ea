"""A cell as the text that a person would read in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .field_kinds import FieldKind


def text_of(cell: Any) -> str | None:
    """None for a blank cell; dates in ISO; numbers without exponent, and without a part that is zero."""
    if cell.__class__ is str:
        return cell.strip() or None
    return TEXT[cell.__class__](cell)


def letters(column: int) -> str:
    """A column counted from 0 as Excel names it: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name


def _number(cell: float) -> str:
    if cell.is_integer():
        return str(int(cell))
    # A spreadsheet shows 15 digits: 0.1 + 0.2 is 0.3 in it.
    text = f"{cell:.15g}"
    return format(Decimal(text), "f") if "e" in text else text


def _sure_number(cell: float) -> str:
    return _number(cell) if -_LONG < cell < _LONG else LONG_NUMBER


def _sure_whole(cell: int) -> str:
    return str(cell) if -_LONG < cell < _LONG else LONG_NUMBER


def _sum(cell: float) -> str:
    """Of money: what adding up leaves beyond the penny is no part of it."""
    pence = round(cell * 100)
    return f"{pence / 100:.2f}" if cell % 1 and abs(cell * 100 - pence) < _NOISE else _sure_number(cell)


def _length(cell: timedelta) -> str:
    """Hours may be more than 24."""
    seconds = round(abs(cell.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    text = f"{hours}:{minutes:02d}" + (f":{rest:02d}" if rest else "")
    return f"-{text}" if cell.days < 0 else text


def _yes_no(cell: bool) -> str:
    return "Yes" if cell else "No"


def _moment(cell: datetime) -> str:
    if cell.microsecond:
        # Excel keeps a time as a part of a day, which may miss the second by a little.
        cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
    return cell.isoformat().removesuffix("T00:00:00")


TEXT: Mapping[type, Callable[[Any], str | None]] = {
    float: _number,
    int: str,
    bool: _yes_no,
    # Days recur down a column: remembering the last ones is three times as fast.
    date: lru_cache(maxsize=4096)(date.isoformat),
    datetime: lru_cache(maxsize=4096)(_moment),
    time: str,
    timedelta: _length,
}
"""How a cell of each type but text is written."""

DATE_IN_TEXT, LONG_NUMBER = "\0date", "\0digits"
SAID: Mapping[str, str] = {
    DATE_IN_TEXT: "holds a date where a text is meant: a spreadsheet makes one of 2/3 or 4-5; "
    "format the column as text, type the cell again, and hand the workbook in again",
    LONG_NUMBER: "is a number of more than 15 digits, and a spreadsheet keeps only 15; "
    "format the column as text, type the cell again, and hand the workbook in again",
}
"""What stands in the place of a value that nobody can tell, and what a person is told of it."""
_LONG, _NOISE = 10**15, 1e-3

_SURE: Mapping[type, Callable[[Any], str | None]] = {**TEXT, float: _sure_number, int: _sure_whole}
_NO_DATES: Mapping[type, Callable[[Any], str | None]] = dict.fromkeys(
    (date, datetime), lambda _: DATE_IN_TEXT
)
_AS_SHOWN: Mapping[type, Callable[[Any], str | None]] = {bool: lambda cell: str(cell).upper()}
BY_KIND: Mapping[FieldKind, Mapping[type, Callable[[Any], str | None]]] = {
    **dict.fromkeys(FieldKind, _SURE),
    FieldKind.TEXT: {**_SURE, **_NO_DATES, **_AS_SHOWN},
    FieldKind.MONEY: {**_SURE, float: _sum},
}
"""The same for a field of each kind."""
