"""What is shown of a PDF's page, and which way up it is read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ctypes import c_float
from typing import Any, NamedTuple

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from ..refusals import damaged_document
from .page import View
from .words import Sides

_OTHER_SIZE = 1.0  # points
_LOOKED_AT = 60  # letters tell which way a page is read
_MOST = 0.75  # of them
_SPACES = frozenset(map(ord, " \t\r\n\x00\u00a0"))


class Prepared(NamedTuple):
    """A page, its text, and how many letters of that are the page's own: those behind them stand in fields
    and notes."""

    page: pypdfium2.PdfPage
    text: pypdfium2.PdfTextPage
    own: int


@contextmanager
def prepared(document: pypdfium2.PdfDocument, number: int, said: Any) -> Iterator[Prepared]:
    """A page as a reader holds it: one whose words run up, down or on their heads is turned until they do
    not, and its fields and notes are parts of it. Nothing is changed in the file.

    `said`: the same page as pypdf has it.
    """
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        own = int(text.count_chars())
        if not _changed(page, text, said):
            yield Prepared(page, text, own)
            return
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        yield Prepared(page, text, own)


def _changed(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, said: Any) -> bool:
    turn = _read_at(text.raw)
    turned, noted = turn not in (None, page.get_rotation()), pdfium.FPDFPage_GetAnnotCount(page.raw) > 0
    if turned:
        page.set_rotation(turn)
    if noted:
        # PDFium would forget the sizes that stand in the groups above the page.
        page.set_mediabox(*_sides(said.mediabox))
        page.set_cropbox(*_sides(said.cropbox))
        pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
    return turned or noted


def view_of(drawn: pypdfium2.PdfPage, said: Any) -> View:
    """`said`: the same page as pypdf has it, which knows the sizes that stand in the groups above it (ISO
    32000-1, 7.7.3.4).

    Raises BusinessException where PDFium would draw another part than the page says of itself: what is looked
    at in the picture would then be another place.
    """
    left, bottom, right, top = _shown(_sides(said.mediabox), _sides(said.cropbox))
    view = View(left=left, bottom=bottom, right=right, top=top, turned=drawn.get_rotation())
    drawn_size = (view.shrunk * side for side in drawn.get_size())
    if max(abs(ours - there) for ours, there in zip(view.size, drawn_size, strict=True)) > _OTHER_SIZE:
        raise damaged_document("a page is drawn in another size than it says")
    return view


def _sides(rectangle: Any) -> Sides:
    """As PDFium has them, whose numbers are shorter."""
    left, bottom, right, top = (c_float(float(side)).value for side in rectangle)
    return left, bottom, right, top


def _shown(whole: Sides, part: Sides) -> Sides:
    """Some programs crop a page to more than there is of it: the rest is not drawn. Others name its corners
    in another order."""
    whole, part = _in_order(whole), _in_order(part)
    left, bottom = max(whole[0], part[0]), max(whole[1], part[1])
    right, top = min(whole[2], part[2]), min(whole[3], part[3])
    return (left, bottom, right, top) if left < right and bottom < top else whole


def _in_order(sides: Sides) -> Sides:
    left, bottom, right, top = sides
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _read_at(text: Any) -> int | None:
    """By how much the page must be turned for its words to be upright; None: its letters do not agree."""
    count = pdfium.FPDFText_CountChars(text)
    turns: Counter[int] = Counter()
    for place in range(0, count, max(1, count // _LOOKED_AT)):
        if pdfium.FPDFText_GetUnicode(text, place) not in _SPACES:
            clockwise = math.degrees(pdfium.FPDFText_GetCharAngle(text, place))
            turns[round(-clockwise) % 360] += 1
    turn, most = turns.most_common(1)[0] if turns else (1, 0)
    return turn if turn % 90 == 0 and most >= _MOST * turns.total() else None
