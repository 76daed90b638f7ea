"""How much is drawn in a place of a page: whether a box is ticked, whether somebody signed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate

from PIL import Image, ImageDraw

from ..pages.page import Box

_DARKER = 70  # of 255: than the paper around it


class Ink:
    """`draw` gives a part of the page as a picture: a page is drawn only where somebody looks."""

    def __init__(self, draw: Callable[[Box], Image.Image | None]) -> None:
        self._draw = draw

    def part(self, box: Box) -> Image.Image | None:
        """That part of the page; None: it is beside it."""
        return self._draw(box)

    def share(self, box: Box, but: Sequence[Box] = ()) -> float:
        """From 0 to 1: how much of a box is darker than its paper. A box beside the page has none.
        `but`: parts of it that do not count."""
        drawn = self._draw(box)
        if drawn is None:
            return 0.0
        picture = drawn.convert("L")
        counts = picture.histogram()
        paper = _at(counts, 0.9)  # a tick never covers nine tenths; a stain darkens the paper itself
        if but:
            _cover(picture, box, but, paper)
            counts = picture.histogram()
        return sum(counts[: max(0, paper - _DARKER)]) / sum(counts)


def _cover(picture: Image.Image, box: Box, parts: Sequence[Box], shade: int) -> None:
    pen = ImageDraw.Draw(picture)
    left, top = max(0.0, box.left), max(0.0, box.top)  # where the picture begins
    scale = picture.width / max(1.0, box.right - left)
    for part in parts:
        sides = (part.left - left, part.top - top, part.right - left, part.bottom - top)
        pen.rectangle([side * scale for side in sides], fill=shade)


def _at(counts: list[int], share: float) -> int:
    """The shade under which so much of the picture lies."""
    passed = list(accumulate(counts))
    return min(bisect_left(passed, passed[-1] * share), len(counts) - 1)
