"""A PDF's page as a picture, whole or in parts, the way up that it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]
from PIL import Image

from .page import Box, View

_INK_SCALE = 2.0  # pixels a point
_PIXELS = 8_000_000  # A3 as a scanner of 200 dots an inch sees it
_PAIR_PIXELS = 4_000_000  # A3 at the scale of ink
Pixels = Any
"""Shades of grey, rows first."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A part of a page, which begins at `left` and `top`, with its letters and without. `scale`: pixels a
    point."""

    with_letters: Pixels
    without: Pixels
    scale: float
    left: float
    top: float

    def of(self, picture: Pixels, box: Box) -> Pixels | None:
        """A part of one of the two; None: it is beside it."""
        left = max(0, int((box.left - self.left) * self.scale))
        top = max(0, int((box.top - self.top) * self.scale))
        right = math.ceil((box.right - self.left) * self.scale)
        bottom = math.ceil((box.bottom - self.top) * self.scale)
        part = picture[top : max(top, bottom), left : max(left, right)]
        return part if part.size else None


class Drawing:
    """Its fields and notes are parts of the page by now."""

    def __init__(self, drawn: pypdfium2.PdfPage, view: View) -> None:
        self._drawn = drawn
        self._turn = (view.turned - drawn.get_rotation()) % 360
        self.width, self.height = view.size

    def most(self, scale: float) -> float:
        """The scale, or the largest one at which the whole page is no larger than may be."""
        return min(scale, math.sqrt(_PIXELS / max(1.0, self.width * self.height)))

    def whole(self, scale: float) -> Image.Image:
        picture: Image.Image = self._render(self.most(scale)).to_pil()
        return picture

    def grey(self, scale: float) -> Image.Image:
        picture: Image.Image = self._render(self.most(scale), grayscale=True).to_pil()
        return picture

    def part(self, box: Box) -> Image.Image | None:
        """A part of the page as a grey picture."""
        crop = self._crop(box)
        if crop is None:
            return None
        picture: Image.Image = self._render(_INK_SCALE, crop=crop, grayscale=True).to_pil()
        return picture

    def pair(self, box: Box | None = None, scale: float = _INK_SCALE) -> Pair | None:
        """The page, or a part of it, twice as grey pixels: with its letters and without. None: it is beside
        the page."""
        box = box or Box(0.0, 0.0, self.width, self.height)
        crop = self._crop(box)
        if crop is None:
            return None
        scale = min(scale, math.sqrt(_PAIR_PIXELS / ((box.right - box.left) * (box.bottom - box.top))))
        with_letters = self._render(scale, crop=crop, grayscale=True).to_numpy()
        with self._without_letters():
            without = self._render(scale, crop=crop, grayscale=True).to_numpy()
        # A part begins with a whole pixel.
        left, top = (math.ceil(side * scale) / scale for side in (crop[0], crop[3]))
        return Pair(with_letters=with_letters, without=without, scale=scale, left=left, top=top)

    def _crop(self, box: Box) -> tuple[float, float, float, float] | None:
        """What is left out at the left, the bottom, the right and the top."""
        left, top = max(0.0, box.left), max(0.0, box.top)
        right, bottom = min(self.width, box.right), min(self.height, box.bottom)
        if min(right - left, bottom - top) < 1.0:
            return None
        return left, self.height - bottom, self.width - right, top

    def _render(self, scale: float, **more: Any) -> pypdfium2.PdfBitmap:
        return self._drawn.render(scale=scale, rotation=self._turn, may_draw_forms=False, **more)

    @contextmanager
    def _without_letters(self) -> Iterator[None]:
        texts = [one.raw for one in self._drawn.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT])]
        for one in texts:
            pdfium.FPDFPageObj_SetIsActive(one, False)
        try:
            yield
        finally:
            for one in texts:
                pdfium.FPDFPageObj_SetIsActive(one, True)
