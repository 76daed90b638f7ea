"""The styles of an xlsx workbook (ECMA-376 part 1, 18.8), read from its XML."""

from __future__ import annotations

import zipfile
from xml.etree import ElementTree

from .package import part_named, tree_of
from .styles import NO_STYLES, Styles, made_styles


def styles_of(archive: zipfile.ZipFile) -> Styles:
    part = part_named(archive, "styles.xml")
    if part is None:
        return NO_STYLES
    root = tree_of(archive.read(part))
    formats = root.iterfind("{*}numFmts/{*}numFmt")
    codes = {_number(one, "numFmtId"): one.get("formatCode", "") for one in formats}
    struck = [has_line(font) for font in root.iterfind("{*}fonts/{*}font")]
    pairs = [(_number(one, "numFmtId"), _number(one, "fontId")) for one in root.iterfind("{*}cellXfs/{*}xf")]
    return made_styles(pairs, codes, struck)


def _number(element: ElementTree.Element, name: str) -> int:
    text = element.get(name, "0")
    return int(text) if text.isdecimal() else 0


def has_line(font: ElementTree.Element) -> bool:
    """Whether a font, or the properties of a part of a text, has a line through the letters."""
    line = font.find("{*}strike")
    return line is not None and line.get("val", "1") not in ("0", "false")
