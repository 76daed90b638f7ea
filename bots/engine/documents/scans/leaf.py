"""One page of a document with what is on it, and with its ink."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from ..pages.page import Box, Page
from .ink import Ink
from .shown import Shown
from .voting import Reading

_MARGIN = 20.0  # points: the shadow of a page's edge is nothing that is on it
_DUST = 0.0003  # share of ink

Again = Callable[[Box], Sequence[Reading]]
"""Reads one line of a scan again, by itself, in several ways; none: it is beside the page."""


@dataclass(frozen=True, kw_only=True)
class Leaf:
    page: Page
    ink: Ink
    draw: Callable[[float], Image.Image]  # the whole page as it should lie, in so many pixels a point
    again: Again | None = None
    shown: Shown | None = None  # of a page that a program wrote

    @property
    def blank(self) -> bool:
        """Whether nothing is on it. Of a scan, specks of dust are nothing."""
        page = self.page
        if page.words or page.fields:
            return False
        return self.ink.share(Box(0.0, 0.0, page.width, page.height).within(_MARGIN)) < _DUST
