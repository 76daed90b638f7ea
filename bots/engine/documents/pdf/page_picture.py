"""A page as a picture: with a box around everything that was found on it, or for a person to look at beside
its record, with cuttings of the places where the values stood."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from ..pages.page import Box
from ..scans.deskew import straightened
from ..scans.ink import Ink
from ..scans.leaf import Leaf
from ..scans.scan import SCALE
from .pdf import leaves_of

_SCALE = 2.0  # 144 dots an inch
_WORD, _FIELD = "#1d70b8", "#d4351c"
_TAKEN, _LOOK = "#00703c", "#f47738"  # a value that is taken, and one at which a person looks
_LETTERS = 15  # pixels
_WIDE = 1000  # pixels of a page that is looked at
_LARGEST = 4000  # pixels of its longer side while it is drawn
_BESIDE, _ABOVE = 16.0, 9.0  # points around a place, in its cutting
_NARROW = 120.0  # points: a cutting is at least so wide, however little is written
_DARK = 128  # of 255
_BORDER = 4.5  # points: the border of a box is no ink of its value
_EMPTY = 0.004  # share of ink
_CLEARLY = 3  # more places that agree, one way up than the other


def keep_picture(leaf: Leaf, folder: Path) -> str:
    """Draws a page to `folder`; the name of the file, which holds nothing of the document's own name."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = leaf.draw(_SCALE).convert("RGB")
    pen = ImageDraw.Draw(picture)
    for word in leaf.page.words:
        pen.rectangle(_scaled(word.box), outline=_WORD)
    for field in leaf.page.fields:
        pen.rectangle(_scaled(field.box), outline=_FIELD, width=3)
    name = _name(leaf.page.number)
    picture.save(folder / name)
    return name


def keep_plain(leaf: Leaf, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    leaf.draw(_SCALE).convert("RGB").save(folder / _name(leaf.page.number))


def with_values(folder: Path, page: int, values: Sequence[Mapping[str, Any]]) -> str:
    """Draws to a picture that was kept a box around each value, with its field's name; the file's name."""
    name = _name(page)
    with Image.open(folder / name) as kept:
        picture = kept.convert("RGB")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(_LETTERS)
    for value in values:
        left, top, right, bottom = _scaled(Box(*value["box"]))
        colour = _LOOK if value["why"] else _TAKEN
        pen.rectangle((left, top, right, bottom), outline=colour, width=3)
        pen.text((left + 4, top), value["field"], fill=colour, font=font, anchor="ld")
    picture.save(folder / name)
    return name


def _name(page: int) -> str:
    return f"page-{page}.png"


def _scaled(box: Box) -> tuple[float, float, float, float]:
    left, top, right, bottom = (side * _SCALE for side in box)
    return left, top, max(left, right), max(top, bottom)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a value stood. `filled`: whether there was one."""

    box: Box
    filled: bool


def draw_pages(
    path: Path, numbers: list[int], places: Mapping[int, Mapping[str, Place]], scanned: bool
) -> Iterator[dict[str, Any]]:
    """Plain values: each of these pages, in the order of the file, with `cuts` of its places by field.

    Places of a scan are told on the page as it should lie, so its picture is turned and straightened alike.
    """
    wanted = set(numbers)
    for leaf in islice(leaves_of(path, scans=False), max(wanted, default=0)):
        if leaf.page.number in wanted:
            mine = places.get(leaf.page.number, {})
            yield _shown(path, leaf, mine, scanned and bool(mine))


def _shown(path: Path, leaf: Leaf, places: Mapping[str, Place], scanned: bool) -> dict[str, Any]:
    scale = min(SCALE, _LARGEST / max(leaf.page.width, leaf.page.height))
    picture = _upright(path, leaf, places, scale) if scanned else leaf.draw(scale).convert("RGB")
    form = "JPEG" if scanned else "PNG"
    high = max(1, round(picture.height * _WIDE / picture.width))
    whole = picture.resize((_WIDE, high), Image.Resampling.LANCZOS)
    return {
        "number": leaf.page.number,
        "width": picture.width / scale,
        "height": picture.height / scale,
        "kind": f"image/{form.lower()}",
        "content": _packed(whole, form),
        "cuts": {
            name: _packed(cut, form)
            for name, place in places.items()
            if (cut := _part(picture, scale, _around(picture, scale, place.box))) is not None
        },
    }


def _upright(path: Path, leaf: Leaf, places: Mapping[str, Place], scale: float) -> Image.Image:
    """As the reader of scans had it. It reads the page to see which side is up, which takes seconds; most
    pages tell by the ink in the places of their values, which takes none."""
    picture = straightened(leaf.draw(scale).convert("L"))
    turned = picture.transpose(Image.Transpose.ROTATE_180)
    fits, other = (_agreeing(one, places, scale) for one in (picture, turned))
    if abs(fits - other) >= _CLEARLY:
        return picture if fits > other else turned
    leaves = leaves_of(path)  # held on to: its pages close when it ends
    again = next(islice(leaves, leaf.page.number - 1, None))
    return again.draw(scale).convert("L")


def _agreeing(picture: Image.Image, places: Mapping[str, Place], scale: float) -> int:
    """How many places have ink where there was a value, and none where there was none."""
    ink = Ink(partial(_part, picture, scale))
    return sum((ink.share(_inside(one.box)) >= _EMPTY) is one.filled for one in places.values())


def _around(picture: Image.Image, scale: float, box: Box) -> Box:
    """A place with a margin. Where a wide box is empty at its right, the cutting ends before: what is written
    can be larger."""
    right, part = box.right, _part(picture, scale, _inside(box))
    written = part.convert("L").point([255] * _DARK + [0] * (256 - _DARK)).getbbox() if part else None
    if written is not None:
        ends = box.left + written[2] / scale + _BESIDE
        right = min(right, max(ends, box.left + _NARROW))
    return Box(box.left - _BESIDE, box.top - _ABOVE, right + _BESIDE, box.bottom + _ABOVE)


def _inside(box: Box) -> Box:
    return box.within(min(_BORDER, (box.right - box.left) / 4, (box.bottom - box.top) / 4))


def _part(picture: Image.Image, scale: float, box: Box) -> Image.Image | None:
    left, top, right, bottom = (round(side * scale) for side in box)
    left, top, right, bottom = (
        max(0, left),
        max(0, top),
        min(picture.width, right),
        min(picture.height, bottom),
    )
    return picture.crop((left, top, right, bottom)) if min(right - left, bottom - top) >= 2 else None


def _packed(picture: Image.Image, form: str) -> str:
    """As text: what goes between two processes is JSON."""
    file = io.BytesIO()
    picture.save(file, form, **({"quality": 85} if form == "JPEG" else {}))
    return base64.b64encode(file.getvalue()).decode()
