"""A page as a picture, with a box around everything that was found on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from PIL import ImageDraw

from .page import Box, Page
from .pdf import opened

_SCALE = 2.0  # 144 dots an inch
_WORD, _FIELD = "#1d70b8", "#d4351c"


def pictures(path: Path, pages: list[Page], folder: Path) -> Iterator[str]:
    """Draws each page to `folder`; the names of the files, which hold nothing of the document's own name."""
    folder.mkdir(parents=True, exist_ok=True)
    with opened(path) as document:
        for page in pages:
            name = f"page-{page.number}.png"
            with closing(document[page.number - 1]) as drawn:
                picture = drawn.render(scale=_SCALE).to_pil().convert("RGB")
            draw = ImageDraw.Draw(picture)
            for word in page.words:
                draw.rectangle(_scaled(word.box), outline=_WORD)
            for field in page.fields:
                draw.rectangle(_scaled(field.box), outline=_FIELD, width=3)
            picture.save(folder / name)
            yield name


def _scaled(box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = (side * _SCALE for side in box)
    return left, top, max(left, right), max(top, bottom)
