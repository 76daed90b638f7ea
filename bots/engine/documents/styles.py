"""The styles of a workbook (xlsx), as far as they change what a cell means: formats, and lines through it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

from .number_format import BUILT_IN, PLAIN, Look, is_date, look_of
from .package import part_named, tree_of

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


NO_STYLES = Styles(telling={}, dates=frozenset())


def styles_of(archive: zipfile.ZipFile) -> Styles:
    part = part_named(archive, "styles.xml")
    if part is None:
        return NO_STYLES
    root = tree_of(archive.read(part))
    formats = root.iterfind("{*}numFmts/{*}numFmt")
    codes = {_number(one, "numFmtId"): one.get("formatCode", "") for one in formats}
    struck = [has_line(font) for font in root.iterfind("{*}fonts/{*}font")]
    styles = [_style(one, codes, struck) for one in root.iterfind("{*}cellXfs/{*}xf")]
    return Styles(
        telling={number: one for number, one in enumerate(styles) if one.look.tells or one.struck},
        dates=frozenset(number for number, one in enumerate(styles) if one.date),
    )


def _style(xf: ElementTree.Element, codes: Mapping[int, str], struck: list[bool]) -> Style:
    number, font = _number(xf, "numFmtId"), _number(xf, "fontId")
    code = codes.get(number, BUILT_IN.get(number, ""))
    look = look_of(code)
    if look.currency and number in _LOCAL:
        look = PLAIN
    date = number in _DATES if number not in codes else is_date(code)
    return Style(look=look, struck=font < len(struck) and struck[font], date=date)


def _number(element: ElementTree.Element, name: str) -> int:
    text = element.get(name, "0")
    return int(text) if text.isdecimal() else 0


def has_line(font: ElementTree.Element) -> bool:
    """Whether a font, or the properties of a part of a text, has a line through the letters."""
    line = font.find("{*}strike")
    return line is not None and line.get("val", "1") not in ("0", "false")
