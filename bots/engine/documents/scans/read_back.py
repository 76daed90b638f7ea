"""Words read once more from their picture, where the font may draw other letters than the file says.

What the letters of a font look like is learned as lines are read: a letter that was right once is right on
the whole page.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from ctypes import create_string_buffer
from difflib import SequenceMatcher
from functools import cached_property, reduce
from string import punctuation
from typing import Any

import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from ..pages.drawing import Drawing
from ..pages.page import Box, lines
from ..pages.words import Written

_SCALES = (4.0, 6.0)  # pixels a point, one try after the other
_AROUND = 2.0  # points
_MISREAD = 40  # letters: of so many one may be misread, and no digit
_SIGNS = frozenset(punctuation + "£€–—‘’“”…•°")  # small ones are easily passed over
_TWINS = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l"})
_LONGEST = 256  # bytes of a font's name


class ReadBack:
    """`text`: PDFium's own text page; `fonts`: tells the names of those that may lie."""

    def __init__(self, drawing: Drawing, text: Any, fonts: Callable[[], frozenset[str]]) -> None:
        self._drawing, self._text, self._tell = drawing, text, fonts
        self._right: set[tuple[str, str]] = set()

    def differs(self, words: Sequence[Written]) -> bool:
        """Whether any line of the words is drawn as another one."""
        if not self._fonts:
            return False
        by_word = {each.word: each for each in words if self._font(each) in self._fonts}
        return any(self._line_differs([by_word[word] for word in line]) for line in lines(by_word))

    @cached_property
    def _fonts(self) -> frozenset[str]:
        return self._tell()

    def _line_differs(self, line: Sequence[Written]) -> bool:
        letters = {(self._font(each), letter) for each in line for letter in each.word.text}
        if letters <= self._right:
            return False
        text = "".join(each.word.text for each in line)
        box = reduce(Box.around, (each.word.box for each in line)).within(-_AROUND)
        if not any(_alike(text, self._read(box, scale)) for scale in _SCALES):
            return True
        self._right |= letters
        return False

    def _read(self, box: Box, scale: float) -> str:
        from .scan import line_in  # loads what other pages do not need

        pair = self._drawing.close(box, scale)
        return "" if pair is None else line_in(pair.with_letters)

    def _font(self, written: Written) -> str:
        thing = pdfium.FPDFText_GetTextObject(self._text, written.places[0])
        font = pdfium.FPDFTextObj_GetFont(thing) if thing else None
        name = create_string_buffer(_LONGEST)
        if not font or not pdfium.FPDFFont_GetBaseFontName(font, name, _LONGEST):
            return ""
        return name.value.decode("utf-8", "replace")


def _alike(text: str, read: str) -> bool:
    one, other = _plain(text), _plain(read)
    if one == other:
        return True
    same = sum(
        block.size for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()
    )
    misread = max(len(one), len(other)) - same
    return misread <= len(one) // _MISREAD and _digits(one) == _digits(other)


def _plain(text: str) -> str:
    """Without accents and signs, and with what looks alike as one letter."""
    apart = unicodedata.normalize("NFKD", text).casefold().translate(_TWINS)
    kept = (letter for letter in apart if letter not in _SIGNS and not unicodedata.combining(letter))
    return "".join("".join(kept).split())


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isdigit())
