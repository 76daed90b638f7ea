"""Ink in a part of a page that was drawn without its letters: strokes through a word, and marks that are no
lines of the form."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from .pair import Pixels

_DARKER = 70  # of 255: than the paper around it, or lighter
_BAND = 0.22  # of a word's height, above and below its middle: strokes through it cross there
_SIDE = 0.15  # of a letter's width: lines between two letters touch it there
_STRUCK = 0.08  # of what is left of a letter
_LEAST = 2.0  # square points of ink that are a mark
_THIN = 1.5  # points: lines of a form are no thicker
_LONG, _TALL, _SPREAD = 0.8, 0.6, 0.3  # of a box: lines of a form reach so far, and dotted ones are so dense
_FULL = 0.9  # of a column: it is a line between two places
_MARK = 0.03  # of the middle of a tick box


def struck(bare: Pixels, letters: Sequence[tuple[float, float]]) -> bool:
    """`bare`: a word's place without its letters; `letters`: from where to where each stands, in pixels."""
    ink = _ink(bare)
    if ink is None:
        return False
    middle, high = bare.shape[0] / 2, bare.shape[0]
    rows = slice(int(middle - _BAND * high), max(1, math.ceil(middle + _BAND * high)))
    return any(part.size and part.mean() >= _STRUCK for part in _inner(ink[rows], letters))


def _inner(ink: Pixels, letters: Sequence[tuple[float, float]]) -> Iterator[Pixels]:
    for left, right in letters:
        side = _SIDE * (right - left)
        yield ink[:, int(left + side) : max(int(left + side) + 1, int(right - side))]


def loose(bare: Pixels, scale: float) -> bool:
    """Whether there is ink that is no line of the form. `scale`: pixels a point."""
    ink = _ink(bare)
    if ink is None:
        return False
    ink[:, ink.mean(axis=0) >= _FULL] = False
    _take_lines(ink, _LONG, _THIN * scale)
    _take_lines(ink.T, _TALL, _THIN * scale)
    return int(ink.sum()) >= _LEAST * scale * scale


def stroke(inner: Pixels, around: Pixels) -> bool:
    """Whether the middle of a tick box is marked. `around`: the box with the paper around it."""
    paper = int(np.percentile(around, 90))
    return bool((np.abs(inner.astype(np.int16) - paper) > _DARKER).mean() >= _MARK)


def _ink(bare: Pixels) -> Pixels | None:
    """None: it is all of about the same shade."""
    if int(bare.max()) - int(bare.min()) <= _DARKER:
        return None
    paper = int(np.bincount(bare.ravel(), minlength=256).argmax())
    shades = np.abs(np.arange(256) - paper) > _DARKER
    return shades[bare]


def _take_lines(ink: Pixels, reach: float, thin: float) -> None:
    """Takes away thin lines along the rows, also dotted ones, that reach through most of the box."""
    rows = np.flatnonzero(np.diff(np.concatenate(([0], ink.any(axis=1).view(np.int8), [0]))))
    for first, last in zip(rows[::2], rows[1::2], strict=True):
        columns = np.flatnonzero(ink[first:last].any(axis=0))
        wide = ink.shape[1]
        far = columns[-1] - columns[0] >= reach * wide - 1 and len(columns) >= _SPREAD * wide
        if far and last - first <= thin:
            ink[first:last] = False
