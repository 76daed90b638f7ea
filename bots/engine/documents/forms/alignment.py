"""How a page lies: from where its labels were found and where they should be.

One label may be misread or run into the box beside it; of twenty most are right, and tell where everything
else is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import median

Point = tuple[float, float]
Offsets = tuple[float, float, float, float]
Pairs = Sequence[tuple[Point, Point]]
"""Of each label where it should be, and where it is."""
_LEAST = 5  # labels
_SHARE = 0.6  # of those found must fit
_NEAR = 8.0  # points: so far from its place a label may seem to be
_STRETCH = 0.06  # of its size: across and down no scanner or printer changes a page more than that apart
_SIZES = (0.3, 5.0)  # from a scan with wide margins to a page that is measured in the pixels of a photograph
_SAME_SIZE = 0.02  # closer to the size that it should have, a page has that size
_APART_AT_MOST = 0.02  # more than that apart is a question
_JUST = 3.0  # points
_APART = 40.0  # points: labels that are closer say nothing of the scale


@dataclass(frozen=True, kw_only=True)
class Lying:
    """From where something should be to where it is. Across and down: so many times as far, and moved."""

    across: tuple[float, float]
    down: tuple[float, float]

    def place(self, wanted: Point) -> Point:
        return self.across[0] * wanted[0] + self.across[1], self.down[0] * wanted[1] + self.down[1]

    def offsets(self, wanted: Offsets) -> Offsets:
        """Of a box from its label."""
        across, down = (
            1.0 if abs(scale - 1.0) <= _SAME_SIZE else scale for scale in (self.across[0], self.down[0])
        )
        left, top, right, bottom = wanted
        return left * across, top * down, right * across, bottom * down


def lying(wanted: Mapping[str, Point], found: Mapping[str, Point]) -> Lying | None:
    """None: too few labels are where they should be for anything to be said."""
    names = [name for name in wanted if name in found]
    if len(names) < _LEAST:
        return None
    pairs = [(wanted[n], found[n]) for n in names]
    page = _likeliest([*_laid(pairs)], pairs)
    across, down = page.across[0], page.down[0]
    if not all(_SIZES[0] <= scale <= _SIZES[1] for scale in (across, down)):
        return None
    near = _NEAR * max(1.0, across, down)
    fits = sum(_near(page.place(wanted[n]), found[n], near) for n in names)
    straight = abs(across / down - 1.0) <= _STRETCH
    return page if straight and fits >= _SHARE * len(names) else None


def _laid(pairs: Pairs) -> Iterator[Lying]:
    """Across and down each by itself; and where they differ more than a scanner makes them differ, both by
    either of them: labels in one column tell little of how wide a page is."""
    axes = [[(wanted[axis], found[axis]) for wanted, found in pairs] for axis in (0, 1)]
    told = [_scale(axis) for axis in axes]
    across, down = (one if one is not None else told[1 - axis] or 1.0 for axis, one in enumerate(told))
    if min(across, down) > 0.0 and abs(across / down - 1.0) > _APART_AT_MOST:
        yield _moved(axes, down, down)
        yield _moved(axes, across, across)
    yield _moved(axes, across, down)


def _likeliest(laid: Sequence[Lying], pairs: Pairs) -> Lying:
    """The one with which most labels are just where they should be; the first of several."""
    return max(laid, key=lambda one: sum(_near(one.place(wanted), found, _JUST) for wanted, found in pairs))


def _scale(pairs: Sequence[tuple[float, float]]) -> float | None:
    """A median (Theil and Sen), which single slips do not move. None: no two are far enough apart."""
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(pairs, 2) if abs(b[0] - a[0]) > _APART]
    return median(slopes) if slopes else None


def _moved(axes: Sequence[Sequence[tuple[float, float]]], across: float, down: float) -> Lying:
    lines = [
        (scale, median(found - scale * wanted for wanted, found in axis))
        for scale, axis in zip((across, down), axes, strict=True)
    ]
    return Lying(across=lines[0], down=lines[1])


def _near(one: Point, other: Point, most: float) -> bool:
    return abs(one[0] - other[0]) <= most and abs(one[1] - other[1]) <= most
