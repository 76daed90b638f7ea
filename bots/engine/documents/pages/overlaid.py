"""Words that stand in the same place of a page: which of them is seen, cannot be told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .page import Box, View
from .words import Written

_ACROSS, _DOWN = 0.05, 0.25  # of a word's sides: lines may stand closely
_SHARED = 0.15  # of the smaller one
_TILTED = 1.6  # heights of a letter: a word that is taller does not stand on a line


class Overlaid:
    def __init__(self, words: Sequence[Written], view: View) -> None:
        self._words, self._view = words, view

    def __call__(self, written: Written) -> bool:
        over = np.flatnonzero(_over(_core(written.word.box), self._cores)).tolist()
        others = (self._words[place] for place in over)
        return any(other is not written and self._really(written, other) for other in others)

    @cached_property
    def _cores(self) -> Any:
        return np.array([_core(each.word.box) for each in self._words], dtype=np.float64).reshape(-1, 4)

    def _really(self, written: Written, other: Written) -> bool:
        """The box around a word that does not stand on a line holds what is beside it, too."""
        if not tilted(other, self._view):
            return True
        letters = np.array([_core(self._view.box(sides)) for sides in other.letters])
        return bool(_over(_core(written.word.box), letters).any())


def tilted(written: Written, view: View) -> bool:
    box = written.word.box
    tallest = max(each.bottom - each.top for each in map(view.box, written.letters))
    return len(written.letters) > 1 and box.bottom - box.top > _TILTED * tallest


def _core(box: Box) -> Box:
    across, down = _ACROSS * (box.right - box.left), _DOWN * (box.bottom - box.top)
    return Box(box.left + across, box.top + down, box.right - across, box.bottom - down)


def _over(one: Box, others: Any) -> Any:
    """Which of the boxes, row by row, share more than a little with the one."""
    across = np.minimum(others[:, 2], one.right) - np.maximum(others[:, 0], one.left)
    down = np.minimum(others[:, 3], one.bottom) - np.maximum(others[:, 1], one.top)
    sizes = (others[:, 2] - others[:, 0]) * (others[:, 3] - others[:, 1])
    smaller = np.minimum(sizes, (one.right - one.left) * (one.bottom - one.top))
    return (across > 0.0) & (down > 0.0) & (across * down > _SHARED * smaller)
