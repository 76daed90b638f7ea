"""The styles of a workbook, as far as they change what a cell means: formats, and lines through it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .marks import Marks
from .number_format import BUILT_IN, PLAIN, Look, is_date, look_of

_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""The built-in formats of dates and times (ECMA-376 part 1, 18.8.30)."""
_LOCAL = range(50)  # built-in numbers: their money is that of the computer, whatever stands beside them


@dataclass(frozen=True, kw_only=True)
class Style:
    look: Look = PLAIN
    struck: bool = False
    date: bool = False


@dataclass(frozen=True, kw_only=True)
class Styles:
    """By the index by which cells name them: those that tell anything, and those of dates."""

    telling: Mapping[int, Style]
    dates: frozenset[int]


def mark_style(marks: Marks, row: int, column: int, style: Style) -> None:
    if style.struck:
        marks.strike(row, column)
    if style.look.tells:
        marks.look(row, column, style.look)


NO_STYLES = Styles(telling={}, dates=frozenset())


def made_styles(pairs: Iterable[tuple[int, int]], codes: Mapping[int, str], struck: Sequence[bool]) -> Styles:
    """`pairs`: of each style its number format and its font; `codes`: the formats that the file defines;
    `struck`: which fonts have a line through the letters."""
    styles = [_style(number, font, codes, struck) for number, font in pairs]
    return Styles(
        telling={number: one for number, one in enumerate(styles) if one.look.tells or one.struck},
        dates=frozenset(number for number, one in enumerate(styles) if one.date),
    )


def _style(number: int, font: int, codes: Mapping[int, str], struck: Sequence[bool]) -> Style:
    code = codes.get(number, BUILT_IN.get(number, ""))
    look = look_of(code)
    if look.currency and number in _LOCAL:
        look = PLAIN
    date = number in _DATES if number not in codes else is_date(code)
    return Style(look=look, struck=font < len(struck) and struck[font], date=date)
