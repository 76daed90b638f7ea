"""The words of a PDF's page, each with the places of its letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from ctypes import byref, c_double
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from ..refusals import damaged_document
from .page import Box, View, Word

Sides = tuple[float, float, float, float]
"""Left, bottom, right and top, in a page's own coordinates."""
_WORDS_END = frozenset(" \t\r\n\x00\u00a0\ufffe\uffff")
_FAR = 0.8  # of a letter's size
_NAMELESS, _UNREADABLE = frozenset("\x00\ufffe\uffff"), "\ufffd"
_LAST = 0x10FFFF  # the last letter of Unicode
_SHAPE = 0.5  # points: what has no name and is larger is a letter all the same
_HYPHEN = "\x02"  # what PDFium gives for one at a line's end
_NOT_SHOWN = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")  # soft hyphens, and letters without a width
_TWICE = 1.0  # points
_HALF = re.compile("[\ud800-\udfff]")


class Written(NamedTuple):
    """A word, where its letters stand, and which of the page's text they are."""

    word: Word
    letters: Sequence[Sides]
    places: Sequence[int]


def written(text: Any, view: View, begin: int, end: int) -> Iterator[Written]:
    """`text`: PDFium's own text page; its letters from `begin` to before `end`."""
    # For every letter: PDFium itself, without its wrapper, takes a third of the time; so do plain names.
    letter_at, box_at = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox
    sides = [c_double() for _ in range(4)]
    left, right, bottom, top = sides
    corners = [byref(side) for side in sides]
    letters, boxes, places = list[str](), list[Sides](), list[int]()
    for place in range(begin, end):
        code = letter_at(text, place)
        letter = chr(code) if code <= _LAST else _UNREADABLE  # a font may say any number
        if letter in _NOT_SHOWN:
            continue
        ends = letter in _WORDS_END
        if not ends or letter in _NAMELESS:
            if not box_at(text, place, *corners):
                raise damaged_document("a letter without a place")
            here = (left.value, bottom.value, right.value, top.value)
            if ends and here[2] - here[0] > _SHAPE and here[3] - here[1] > _SHAPE:
                letter, ends = _UNREADABLE, False
        # Columns of a table may stand side by side without a space.
        if boxes and (ends or _is_far(boxes[-1], here)):
            yield _word(letters, boxes, places, view)
            letters, boxes, places = [], [], []
        if not ends:
            letters.append(letter)
            boxes.append(here)
            places.append(place)
    if boxes:
        yield _word(letters, boxes, places, view)


def _is_far(last: Sides, here: Sides) -> bool:
    """Whether a letter stands further from the last one than letters of a word do."""
    left, bottom, right, top = last
    # Asked for every letter: calls of `max` would be felt.
    gap, size, tall = here[0] - right, right - left, top - bottom
    if left - here[2] > gap:
        gap = left - here[2]
    if here[1] - top > gap:
        gap = here[1] - top
    if bottom - here[3] > gap:
        gap = bottom - here[3]
    if tall > size:
        size = tall
    if here[3] - here[1] > size:
        size = here[3] - here[1]
    return gap > _FAR * size


def _word(letters: list[str], boxes: list[Sides], places: list[int], view: View) -> Written:
    lefts, bottoms, rights, tops = zip(*boxes, strict=True)
    box = view.box((min(lefts), min(bottoms), max(rights), max(tops)))
    text = "".join("-" if letter == _HYPHEN else letter for letter in letters)
    return Written(Word(_paired(text), box), boxes, places)


def once(words: Iterable[Written]) -> list[Written]:
    """Some programs make type bold by writing it twice, a little beside itself: that is one word."""
    kept: dict[str, list[Written]] = {}
    found = []
    for each in words:
        alike = kept.setdefault(each.word.text, [])
        if not any(_beside(each.word.box, one.word.box) for one in alike):
            alike.append(each)
            found.append(each)
    return found


def _beside(one: Box, other: Box) -> bool:
    return all(abs(side - its) <= _TWICE for side, its in zip(one, other, strict=True))


def _paired(text: str) -> str:
    """PDFium tells letters beyond the first 65,536 as two halves (UTF-16); a half by itself is no letter."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
