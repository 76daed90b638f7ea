"""What holds for all sheets of a workbook (xlsx), read once."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass

from .package import must_calculate, part_named, tree_of
from .styles import NO_STYLES, Styles
from .xlsx_styles import has_line, styles_of

# Behind `<t>`, or behind `<t xml:space="preserve">`: what begins with letters is found many times as fast.
_DATE = rb"\s*[0-9]{1,2}\s*[-/.\s]\s*[0-9]{1,2}\s*[-/.\s]\s*[0-9]{2,4}\s*<"
_DATES = (re.compile(b"t>" + _DATE), re.compile(b"e[\"']>" + _DATE))


@dataclass(frozen=True, kw_only=True)
class BookFacts:
    """`calculated`: whether stored values of formulas can be believed; `struck`: which of its texts have
    letters that are struck through; `texts_with_dates`: whether any of them looks like a date."""

    styles: Styles = NO_STYLES
    calculated: bool = True
    struck: frozenset[int] = frozenset()
    texts_with_dates: bool = False


def facts_of(archive: zipfile.ZipFile) -> BookFacts:
    part = part_named(archive, "sharedstrings.xml")
    texts = archive.read(part) if part else b""
    return BookFacts(
        styles=styles_of(archive),
        calculated=not must_calculate(archive),
        struck=_struck(texts) if b"strike" in texts else frozenset(),
        texts_with_dates=holds_dates(texts),
    )


def holds_dates(xml: bytes) -> bool:
    return any(date.search(xml) for date in _DATES)


def _struck(texts: bytes) -> frozenset[int]:
    items = enumerate(tree_of(texts).findall("{*}si"))
    return frozenset(number for number, item in items if any(map(has_line, item.findall("{*}r/{*}rPr"))))
