"""Straightening a scanned page: by the angle at which its lines of text stand out best."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageOps

_SMALL = 700  # pixels of the longer side: enough to see lines
_STEEPEST, _COARSE, _FINE = 4.0, 0.5, 0.1  # degrees
_LEVEL = 0.15  # degrees; less is as good as none


def straightened(picture: Image.Image) -> Image.Image:
    """`picture`: grey. Turned by a quarter if its lines run down the page, and by its skew."""
    small = ImageOps.invert(picture)
    small.thumbnail((_SMALL, _SMALL))
    small = small.point(lambda shade: shade if shade > 90 else 0)
    across, down = _lines(small), _lines(small.transpose(Image.Transpose.ROTATE_90))
    if down > across:
        small = small.transpose(Image.Transpose.ROTATE_90)
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    angle = _skew(small)
    if abs(angle) < _LEVEL:
        return picture
    return picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=_paper(picture))


def _lines(small: Image.Image) -> float:
    """The best that any angle shows: a skewed page must not be taken for one that lies on its side."""
    return max(_sharp(small, angle) for angle in np.arange(-3.0, 3.1, 1.0))


def _skew(small: Image.Image) -> float:
    coarse = max(np.arange(-_STEEPEST, _STEEPEST + _COARSE, _COARSE), key=lambda a: _sharp(small, a))
    around = np.arange(coarse - _COARSE, coarse + _COARSE + _FINE, _FINE)
    return float(max(around, key=lambda angle: _sharp(small, angle)))


def _sharp(small: Image.Image, angle: float) -> float:
    """How much the rows of pixels differ from one to the next: lines of text and gaps."""
    rows = np.asarray(small.rotate(float(angle), Image.Resampling.BILINEAR), dtype=np.float32).mean(axis=1)
    return float(np.square(np.diff(rows)).sum())


def _paper(picture: Image.Image) -> int:
    counts = picture.histogram()
    return max(range(256), key=counts.__getitem__)
