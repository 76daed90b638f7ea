"""A PDF's page as a picture, whole or in parts, the way up that it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]
from PIL import Image

from .objects import things
from .page import Box, View
from .pair import Pair
from .room import Room

_INK_SCALE = 2.0  # pixels a point
_NAMES = ("with letters", "without")
_CLOSE_PIXELS = 4_000_000


class Drawing:
    """Its fields and notes are parts of the page by now."""

    def __init__(self, drawn: pypdfium2.PdfPage, view: View, room: Room) -> None:
        self._drawn, self._room = drawn, room
        self.width, self.height = view.size
        self._shrunk = view.shrunk

    def whole(self, scale: float) -> Image.Image:
        picture: Image.Image = self._render(scale).to_pil()
        return picture

    def grey(self, scale: float) -> Image.Image:
        picture: Image.Image = self._render(scale, grayscale=True).to_pil()
        return picture

    def pair(self) -> Pair:
        """The page twice as grey pixels: with its letters and without. It lasts until the next page's."""
        return self._pair(_INK_SCALE, {name: {"bitmap_maker": self._room.maker(name)} for name in _NAMES})

    def close(self, box: Box, scale: float) -> Pair | None:
        """The same of a small part, in so many pixels a point; None: it is beside the page."""
        crop = self._crop(box)
        if crop is None:
            return None
        area = (box.right - box.left) * (box.bottom - box.top)
        scale = min(scale, math.sqrt(_CLOSE_PIXELS / area))
        # A part begins with a whole pixel.
        left, top = (math.ceil(side * scale) / scale for side in (crop[0], crop[3]))
        cut = tuple(side / self._shrunk for side in crop)
        return self._pair(scale, {name: {"crop": cut} for name in _NAMES}, left, top)

    def _pair(
        self, scale: float, how: Mapping[str, Mapping[str, Any]], left: float = 0.0, top: float = 0.0
    ) -> Pair:
        whole, bare = _NAMES
        with_letters = self._render(scale, grayscale=True, **how[whole]).to_numpy()
        with self._without_letters():
            without = self._render(scale, grayscale=True, **how[bare]).to_numpy()
        return Pair(with_letters, without, scale, left, top)

    def _crop(self, box: Box) -> tuple[float, float, float, float] | None:
        """What is left out at the left, the bottom, the right and the top."""
        left, top = max(0.0, box.left), max(0.0, box.top)
        right, bottom = min(self.width, box.right), min(self.height, box.bottom)
        if min(right - left, bottom - top) < 1.0:
            return None
        return left, self.height - bottom, self.width - right, top

    def _render(self, scale: float, **more: Any) -> pypdfium2.PdfBitmap:
        return self._drawn.render(scale=scale * self._shrunk, may_draw_forms=False, **more)

    @contextmanager
    def _without_letters(self) -> Iterator[None]:
        texts = [one for one, _ in things(self._drawn, pdfium.FPDF_PAGEOBJ_TEXT)]
        for one in texts:
            pdfium.FPDFPageObj_SetIsActive(one, False)
        try:
            yield
        finally:
            for one in texts:
                pdfium.FPDFPageObj_SetIsActive(one, True)
