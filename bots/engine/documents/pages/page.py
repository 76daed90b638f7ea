"""What stands on a page of a document, and where."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

_LARGEST = 842.0 * 1191.0 * 1.03
"""Square points: A3, and a little more."""


class Box(NamedTuple):
    """In points (72 an inch) from the top left corner of the page, as it is shown."""

    left: float
    top: float
    right: float
    bottom: float

    def around(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def gap(self, other: Box) -> float:
        """How far they are apart, across or down; 0: they touch."""
        across = max(other.left - self.right, self.left - other.right)
        down = max(other.top - self.bottom, self.top - other.bottom)
        return max(across, down, 0.0)

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def holds(self, point: tuple[float, float]) -> bool:
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom

    def at(self, offsets: tuple[float, float, float, float]) -> Box:
        """A box beside this one: offsets from the middle of its left side."""
        left, top, right, bottom = offsets
        middle = self.middle[1]
        return Box(self.left + left, middle + top, self.left + right, middle + bottom)

    def within(self, margin: float) -> Box:
        """The same without a margin on every side."""
        return Box(self.left + margin, self.top + margin, self.right - margin, self.bottom - margin)

    def moved(self, across: float, down: float) -> Box:
        return Box(self.left + across, self.top + down, self.right + across, self.bottom + down)


class Word(NamedTuple):
    text: str
    box: Box
    sure: float = 1.0  # from 0 to 1; what a program wrote is certain, what was read from a picture is not


class FormField(NamedTuple):
    """One place of a form's field. `kind`: text, tick, choice, list, button or signature."""

    name: str  # with those of its groups before it: claimant.name
    kind: str
    value: (
        str  # of a tick: "Yes" or "No"; of a choice: the words that a person sees; of a signature: "Signed"
    )
    box: Box
    options: Sequence[str] = ()
    shows: str = ""  # text or mark: what is drawn of it; blank: nobody can say
    blank: str = ""  # what is shown of a choice while nothing is chosen
    why: str = ""  # what is wrong with its value, in words that follow its caption
    tip: str = ""  # what the form says of it to a person who cannot see the page
    lines: bool = False  # a text of several lines
    longest: int = 0  # letters that fit in; 0: nothing is said
    hidden: bool = False  # it is there for scripts or for paper alone
    choice: str = ""  # of a tick or a round button: what the form stores when it is on


@dataclass(frozen=True, kw_only=True)
class Page:
    number: int  # from 1
    width: float  # in points, as it is shown
    height: float
    words: Sequence[Word]
    fields: Sequence[FormField]
    pictures: bool  # it holds pictures: without words it is a scan
    scanned: bool = False  # its words were read from a picture


@dataclass(frozen=True, kw_only=True)
class View:
    """From a page's own coordinates to the page as it is shown."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int  # degrees clockwise: 0, 90, 180 or 270

    @cached_property
    def shrunk(self) -> float:
        """How much smaller than it says a page is taken: one that is larger than A3, as it is measured in the
        pixels of a photograph, is as large as A3 and no larger, so that its picture is not either."""
        area = (self.right - self.left) * (self.top - self.bottom)
        return min(1.0, math.sqrt(_LARGEST / max(1.0, area)))

    @property
    def size(self) -> tuple[float, float]:
        width, height = self.shrunk * (self.right - self.left), self.shrunk * (self.top - self.bottom)
        return (height, width) if self.turned in (90, 270) else (width, height)

    def box(self, corners: Sequence[float]) -> Box:
        """`corners`: x and y of one corner, and of the one across, in the page's own coordinates."""
        one, other = self._point(*corners[:2]), self._point(*corners[2:4])
        (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
        shrunk = self.shrunk
        if shrunk == 1.0:
            return Box(left, top, right, bottom)
        return Box(left * shrunk, top * shrunk, right * shrunk, bottom * shrunk)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        if self.turned == 90:
            return y - self.bottom, x - self.left
        if self.turned == 180:
            return self.right - x, y - self.bottom
        if self.turned == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y


def lines(words: Iterable[Word]) -> list[list[Word]]:
    """Words that stand beside one another, from the top of the page down, each line from the left."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.box.top + word.box.bottom, word.box.left)):
        middle = (word.box.top + word.box.bottom) / 2
        last = found[-1][-1].box if found else None
        if last is not None and last.top <= middle <= last.bottom:
            found[-1].append(word)
        else:
            found.append([word])
    return [sorted(line, key=lambda word: word.box.left) for line in found]
