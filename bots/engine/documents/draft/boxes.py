"""The ruled boxes of a printed form, found in its picture: white, with a line all around; and the lines that
are written on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..pages.page import Box, Word
from ..scans.leaf import Leaf

_SCALE = 2.0  # pixels a point
_DARK = 160  # of 255: a line may be grey
_TICK = (6.0, 20.0)  # points: the sides of a tick box
_WIDE, _HIGH = 28.0, (9.0, 400.0)  # points: a box that is written in
_FULL = 0.6  # share of its sides' rectangle that is white: letters may stand in it
_ROUND = 0.72
_LINE, _THICK, _ACROSS = 50.0, 2.0, 0.8  # points; of the page's width
_LEADS_UP = 60.0  # points
_ABOVE = 15.0  # points: the room above a line


def boxes_of(leaf: Leaf) -> tuple[list[Box], list[Box]]:
    """Those for texts, and those for ticks."""
    import cv2  # loads what other documents do not need

    grey = np.asarray(leaf.draw(_SCALE).convert("L"))
    _, _, stats, _ = cv2.connectedComponentsWithStats((grey > _DARK).astype(np.uint8), connectivity=4)
    height, width = grey.shape
    found = [_box(part) for part in stats[1:] if _inside(part, width, height) and _share(part) >= _FULL]
    ticks = [box for box, share in found if _is_tick(box) and share >= _ROUND]
    texts = [box for box, _ in found if _is_text(box) and not any(_within(one, box) for one in ticks)]
    texts = [box for box in texts if not any(_within(other, box) for other in texts if other != box)]
    lines = [box for box in _lines(grey) if _has_label(box, leaf.page.words)]
    texts += [box for box in lines if not any(_touch(box, one) for one in (*texts, *ticks))]
    return texts, [box for box in ticks if not any(_within(box, text) for text in texts)]


def _lines(grey: Any) -> list[Box]:
    """The room above lines that are written on, such as that of a signature: short of a line across the page,
    with nothing of a box at their ends."""
    import cv2

    dark = (grey <= _DARK).astype(np.uint8)
    least = round(_LINE * _SCALE)
    level = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, least), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(level, connectivity=8)
    found = []
    for part in stats[1:]:
        left, top, width, height, _ = (int(side) for side in part)
        if height <= _THICK * _SCALE and width <= _ACROSS * grey.shape[1] and top > _ABOVE * _SCALE:
            right = left + width
            ends = dark[max(0, top - 8) : top - 1, [left, right - 1]]
            if not ends.all(axis=0).any():
                found.append(Box(left / _SCALE, top / _SCALE - _ABOVE, right / _SCALE, top / _SCALE - 1.0))
    return found


def _has_label(box: Box, words: Sequence[Word]) -> bool:
    """Whether words lead up to a line: what stands above another line is a heading that it underlines."""
    level = [word for word in words if box.top <= word.box.middle[1] <= box.bottom]
    return any(0.0 <= box.left - word.box.right <= _LEADS_UP for word in level)


def _touch(one: Box, other: Box) -> bool:
    return one.gap(other) == 0.0


def _box(part: Any) -> tuple[Box, float]:
    left, top, width, height, _ = (int(side) for side in part)
    sides = (left, top, left + width, top + height)
    return Box(*(side / _SCALE for side in sides)), _share(part)


def _inside(part: Any, width: int, height: int) -> bool:
    left, top, across, down, _ = (int(side) for side in part)
    return left > 0 and top > 0 and left + across < width and top + down < height


def _share(part: Any) -> float:
    _, _, width, height, area = (int(side) for side in part)
    return area / max(1, width * height)


def _is_tick(box: Box) -> bool:
    width, height = box.right - box.left, box.bottom - box.top
    return all(_TICK[0] <= side <= _TICK[1] for side in (width, height)) and 0.8 <= width / height <= 1.25


def _is_text(box: Box) -> bool:
    width, height = box.right - box.left, box.bottom - box.top
    return width >= _WIDE and _HIGH[0] <= height <= _HIGH[1]


def _within(inner: Box, outer: Box) -> bool:
    return outer.holds(inner.middle) and (inner.right - inner.left) < (outer.right - outer.left)
