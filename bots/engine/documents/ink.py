"""How much is drawn in a place of a page: whether a box is ticked, whether somebody signed."""

from __future__ import annotations

from collections.abc import Callable

from PIL import Image

from .page import Box

_DARKER = 70  # of 255: than the paper around it


class Ink:
    """`draw` gives a part of the page as a picture: a page is drawn only where somebody looks."""

    def __init__(self, draw: Callable[[Box], Image.Image | None]) -> None:
        self._draw = draw

    def share(self, box: Box) -> float:
        """From 0 to 1: how much of a box is darker than its paper. A box beside the page has none."""
        picture = self._draw(box)
        if picture is None:
            return 0.0
        counts = picture.convert("L").histogram()
        paper = _at(counts, 0.9)  # a tick never covers nine tenths; a stain darkens the paper itself
        return sum(counts[: max(0, paper - _DARKER)]) / sum(counts)


def _at(counts: list[int], share: float) -> int:
    """The shade under which so much of the picture lies."""
    wanted, passed = sum(counts) * share, 0
    for shade, count in enumerate(counts):
        passed += count
        if passed >= wanted:
            return shade
    return len(counts) - 1
