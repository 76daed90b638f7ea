"""Words by their places."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from .page import Box
from .words import Written


class Placed:
    def __init__(self, words: Sequence[Written]) -> None:
        self.all = words

    def inside(self, box: Box) -> list[Written]:
        """Those whose middle lies in a box."""
        across, down = self._middles
        there = (across >= box.left) & (across <= box.right) & (down >= box.top) & (down <= box.bottom)
        return [self.all[place] for place in np.flatnonzero(there).tolist()]

    @cached_property
    def _middles(self) -> Any:
        found = np.array([each.word.box.middle for each in self.all], dtype=np.float64)
        return found.reshape(-1, 2).T
