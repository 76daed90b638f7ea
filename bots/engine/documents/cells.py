"""A cell as the text that a person would read in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any


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
    text = repr(cell)
    return format(Decimal(text), "f") if "e" in text else text


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
    timedelta: str,
}
"""How a cell of each type but text is written."""
