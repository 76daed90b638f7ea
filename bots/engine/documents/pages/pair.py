"""A part of a page drawn twice, with its letters and without: what differs is what is seen of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .page import Box

_PLAIN = 40  # of 255: what makes less difference is not seen
_EDGE = 0.34  # of a letter's size: within so much of each of its sides some of it is seen
_SMALL = 6  # pixels: of what is smaller, any part will do

Pixels = Any
"""Shades of grey, rows first."""


class Pair:
    """`scale`: pixels a point; the part begins at `left` and `top`, in points."""

    def __init__(self, with_letters: Pixels, without: Pixels, scale: float, left: float, top: float) -> None:
        self.with_letters, self.without = with_letters, without
        self.scale = scale
        self._left, self._top = left, top

    def of(self, picture: Pixels, box: Box) -> Pixels | None:
        """A part of one of the two; None: it is beside it."""
        left, top, right, bottom = self._pixels(box)
        part = picture[top:bottom, left:right]
        return part if part.size else None

    def letters(self, box: Box) -> Pixels | None:
        """Which pixels of a part letters made."""
        one, other = self.of(self.with_letters, box), self.of(self.without, box)
        if one is None or other is None:
            return None
        return np.maximum(one, other) - np.minimum(one, other) > _PLAIN

    def seen(self, word: Box, letters: Sequence[Box]) -> float:
        """The share of a word's letters that are seen from one of their sides to the other: nobody can read
        the half of one."""
        made = self.letters(word)
        if made is None:
            return 0.0
        across, down, _, _ = self._pixels(word)
        columns = made.any(axis=0).tobytes()
        whole = 0
        for left, top, right, bottom in map(self._pixels, letters):
            its = slice(left - across, right - across)
            if _reaches(columns[its]):
                whole += _reaches(made[top - down : bottom - down, its].any(axis=1).tobytes())
        return whole / len(letters)

    def _pixels(self, box: Box) -> tuple[int, int, int, int]:
        left, top = int((box.left - self._left) * self.scale), int((box.top - self._top) * self.scale)
        right = math.ceil((box.right - self._left) * self.scale)
        bottom = math.ceil((box.bottom - self._top) * self.scale)
        left, top = max(left, 0), max(top, 0)
        return left, top, max(left, right), max(top, bottom)


def _reaches(seen: bytes) -> bool:
    """Whether what is seen, pixel by pixel, reaches from one end to the other."""
    size = len(seen)
    edge = size if size < _SMALL else max(1, round(_EDGE * size))
    return 0 <= seen.find(1) < edge and seen.rfind(1) >= size - edge
