"""A page as a picture, with a box around everything that was found on it."""

from __future__ import annotations

from pathlib import Path

from PIL import ImageDraw

from .leaf import Leaf
from .page import Box

_SCALE = 2.0  # 144 dots an inch
_WORD, _FIELD = "#1d70b8", "#d4351c"


def keep_picture(leaf: Leaf, folder: Path) -> str:
    """Draws a page to `folder`; the name of the file, which holds nothing of the document's own name."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = leaf.draw(_SCALE).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for word in leaf.page.words:
        pen.rectangle(_scaled(word.box), outline=_WORD)
    for field in leaf.page.fields:
        pen.rectangle(_scaled(field.box), outline=_FIELD, width=3)
    name = f"page-{leaf.page.number}.png"
    picture.save(folder / name)
    return name


def _scaled(box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = (side * _SCALE for side in box)
    return left, top, max(left, right), max(top, bottom)
