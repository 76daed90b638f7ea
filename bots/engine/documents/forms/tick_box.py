"""The box that is drawn around the place of a tick, found on a scan: it tells better than any label where to
look for the tick."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import numpy as np
from PIL import Image

from ..pages.page import Box

INSET = 0.22
"""Of a tick box's size: what is closer to its border may be the border."""
_DARKER = 70  # of 255: than the paper
_SIDE = 0.75  # of a box's side is one stroke: no tick and no letter beside it is so long
_SIZES = (0.65, 1.3)  # of the size that it should have
_SQUARE = 0.15  # of its size: how much wider than high it may be
_ASIDE = 0.45  # of its size: further from its place a box may be that of another tick


def box_around(picture: Image.Image, size: float) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of the box nearest to the middle of a small picture, in its pixels. `size`:
    of its sides, in pixels. None: there is none, or a line goes
    through it."""
    grey = np.asarray(picture.convert("L")).astype(int)
    dark = grey < np.percentile(grey, 90) - _DARKER
    dark = dark | _moved(dark, 0, 1) | _moved(dark, 1, 0)  # a line that leans a little is one line
    least = _SIDE * size * _SIZES[0]
    across, down = _lines(dark, least), _lines(dark.T, least)
    middle = (grey.shape[1] / 2, grey.shape[0] / 2)
    found = [
        (left, top, right, bottom)
        for (left, right), (top, bottom) in product(_pairs(across, size), _pairs(down, size))
        if abs((right - left) - (bottom - top)) <= _SQUARE * size
        and _sides(dark, left, top, right, bottom)
        and _near((left, top, right, bottom), middle, _ASIDE * size)
    ]
    inner = min(found, key=lambda one: one[2] - one[0] + one[3] - one[1], default=None)
    return inner if inner is not None and _empty(inner, across, down) else None


def _empty(box: Sequence[float], across: Sequence[float], down: Sequence[float]) -> bool:
    """Whether no line of another box goes through it."""
    edge = INSET / 2 * (box[2] - box[0])
    return not any(
        box[axis] + edge < line < box[axis + 2] - edge
        for axis, lines in enumerate((across, down))
        for line in lines
    )


def _moved(dark: Any, down: int, across: int) -> Any:
    return np.roll(dark, (down, across), axis=(0, 1))


def _lines(dark: Any, least: float) -> list[float]:
    """The columns in which a stroke is at least so long; neighbours are one."""
    columns = [column for column in range(dark.shape[1]) if _longest(dark[:, column]) >= least]
    groups: list[list[int]] = []
    for column in columns:
        if groups and column - groups[-1][-1] <= 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    return [sum(group) / len(group) for group in groups]


def _longest(line: Any) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(int), [0]))))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def _pairs(lines: Sequence[float], size: float) -> Iterator[tuple[float, float]]:
    for place, one in enumerate(lines):
        for other in lines[place + 1 :]:
            if _SIZES[0] * size <= other - one <= _SIZES[1] * size:
                yield one, other


def _sides(dark: Any, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether each side is drawn from one corner to the other."""
    rows, columns = slice(round(top), round(bottom) + 1), slice(round(left), round(right) + 1)
    strokes = [dark[rows, _around(x)].any(axis=1) for x in (left, right)]
    strokes += [dark[_around(y), columns].any(axis=0) for y in (top, bottom)]
    return all(stroke.mean() >= _SIDE for stroke in strokes)


def _around(place: float) -> slice:
    return slice(max(0, round(place) - 1), round(place) + 2)


def _near(box: Sequence[float], middle: tuple[float, float], most: float) -> bool:
    return all(abs((box[axis] + box[axis + 2]) / 2 - middle[axis]) <= most for axis in (0, 1))


def inside_of(found: Sequence[float], reach: Box, scale: float) -> Box:
    """The place of a tick inside of the box that was found, in points of the page. `reach`: the part of the
    page that was looked at; `scale`: pixels a point."""
    left, top, right, bottom = (side / scale for side in found)
    edge = INSET * min(right - left, bottom - top)
    inner = Box(left, top, right, bottom).within(edge)
    return inner.moved(max(0.0, reach.left), max(0.0, reach.top))
