"""The words of a PDF's page, each with the places of its letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from ctypes import byref, c_double
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from .page import Box, View, Word
from .refusals import damaged_document

Sides = tuple[float, float, float, float]
"""Left, bottom, right and top, in a page's own coordinates."""
_WORDS_END = frozenset(" \t\r\n\x00\u00a0\ufffe\uffff")
_FAR = 0.8  # of a letter's size
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
    word = _Growing(view)
    # Called for every letter: PDFium itself, without its wrapper, takes a third of the time (measured).
    letter_at, box_at = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox
    sides = [c_double() for _ in range(4)]
    left, right, bottom, top = sides
    corners = [byref(side) for side in sides]
    for place in range(begin, end):
        letter = chr(letter_at(text, place))
        if letter in _NOT_SHOWN:
            continue
        if letter in _WORDS_END:
            if whole := word.ended():
                yield whole
            continue
        if not box_at(text, place, *corners):
            raise damaged_document("a letter without a place")
        here = (left.value, bottom.value, right.value, top.value)
        # Columns of a table may stand side by side without a space.
        if word.is_far(here) and (whole := word.ended()):
            yield whole
        word.add("-" if letter == _HYPHEN else letter, here, place)
    if whole := word.ended():
        yield whole


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


class _Growing:
    """A word as its letters come."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._letters: list[str] = []
        self._sides: list[Sides] = []
        self._places: list[int] = []

    def is_far(self, here: Sides) -> bool:
        """Whether a letter stands further from the last one than letters of a word do."""
        if not self._sides:
            return False
        left, bottom, right, top = self._sides[-1]
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

    def add(self, letter: str, here: Sides, place: int) -> None:
        self._letters.append(letter)
        self._sides.append(here)
        self._places.append(place)

    def ended(self) -> Written | None:
        """The word, if there is any; the next one begins."""
        if not self._sides:
            return None
        lefts, bottoms, rights, tops = zip(*self._sides, strict=True)
        box = self._view.box((min(lefts), min(bottoms), max(rights), max(tops)))
        whole = Written(Word(_paired("".join(self._letters)), box), self._sides, self._places)
        self._letters, self._sides, self._places = [], [], []
        return whole


def _paired(text: str) -> str:
    """PDFium tells letters beyond the first 65,536 as two halves (UTF-16); a half by itself is no letter."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
