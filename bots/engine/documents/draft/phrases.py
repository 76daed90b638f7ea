"""The words of a blank form as phrases: what a label may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

from ..forms.labels import Labels
from ..pages.page import Box, Page, Word, lines

_LEFT, _ABOVE, _RIGHT = 260.0, 30.0, 24.0  # points: so far away from its field a label may stand
_OVER = 3.0  # points that a label may reach into its field
_SPACE = 0.9  # of a word's height: between two words
_BEFORE_IT = 30.0  # points
_ANCHORS = 12  # of a page
_LETTERS = (4, 60)  # of an anchor
_SAME = 0.5  # of the smaller height or width
_BOUND = 4.0  # a label above is taken for as far away as one on the left that is so many times as far
_BEFORE, _BEHIND = 8.0, 20.0  # points: so far from a box's left side a label above it may begin


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """Words of a line that belong together."""

    text: str
    box: Box

    @property
    def height(self) -> float:
        return self.box.bottom - self.box.top


def phrases_of(words: Sequence[Word]) -> list[Phrase]:
    return [_phrase(part) for line in lines(words) for part in _parts(line)]


def _parts(line: Sequence[Word]) -> Iterator[list[Word]]:
    part: list[Word] = []
    for word in line:
        if part and not _together(part[-1].box, word.box):
            yield part
            part = []
        part.append(word)
    yield part


def _tells(text: str) -> bool:
    return _LETTERS[0] <= sum(map(str.isalnum, text)) and len(text) <= _LETTERS[1]


def _together(one: Box, other: Box) -> bool:
    """A label may be any run of words that stand apart (see `Labels.find`), so this may be more generous."""
    height = max(one.bottom - one.top, other.bottom - other.top)
    return other.left - one.right < _SPACE * height


def _phrase(words: Sequence[Word]) -> Phrase:
    box = reduce(Box.around, (word.box for word in words))
    return Phrase(text=" ".join(word.text for word in words), box=box)


class Around:
    """The phrases of one page around the places of its fields, inside of which no label stands."""

    def __init__(self, page: Page, places: Sequence[Box]) -> None:
        self._labels, self._words = Labels(page), page.words
        found = phrases_of(page.words)
        self.phrases = [one for one in found if not any(place.holds(one.box.middle) for place in places)]
        self._places = places
        self._taken: set[Phrase] = set()  # they belong to ticks

    def label(self, box: Box, but: Collection[Phrase] = ()) -> Phrase | None:
        """Of a text: the nearest words to its left or above it."""
        left = [(box.left - one.box.right, one) for one in self._level(box) if one.box.left < box.left]
        above = [(_BOUND * (box.top - one.box.bottom), one) for one in self._above(box)]
        near = [(gap, one) for gap, one in left if gap <= _LEFT and self._free(one, box)]
        near += [(gap, one) for gap, one in above if gap <= _BOUND * _ABOVE]
        near = [(max(0.0, gap), one) for gap, one in near if one not in self._taken and one not in but]
        return min(near, key=lambda each: each[0], default=(0.0, None))[1]

    def choice(self, box: Box) -> Phrase | None:
        """Of a tick: the words close to its right, or else as of a text. They belong to nothing else."""
        right = [one for one in self._level(box) if -_OVER <= one.box.left - box.right <= _RIGHT]
        nearest = min(right, key=lambda one: one.box.left, default=None)
        if nearest is None:
            return self.label(box)
        self._taken.add(nearest)
        return nearest

    def alone(self, phrase: Phrase) -> bool:
        """Whether a label stands in one place of the page only."""
        return len(self._labels.find([phrase.text])) == 1

    def measured(self, box: Box, label: Phrase | None) -> Phrase | None:
        """The words from which a place is measured: its label, or others close by. On a scan only of words
        that begin a line it is known for certain where they begin."""
        if label is not None and self._begins(label):
            return label
        firm = [one for one in self.phrases if self._begins(one) and _tells(one.text) and self.alone(one)]
        return min(firm, key=lambda one: one.box.gap(box), default=label)

    def _begins(self, phrase: Phrase) -> bool:
        """Whether nothing stands just before it: no words, and no box that may be taken for a letter."""
        near = (one.box for one in self.phrases if one is not phrase)
        return not any(
            one.left < phrase.box.left and phrase.box.left - one.right < _BEFORE_IT
            for one in (*near, *self._places)
            if _shared(one, phrase.box, 1) > _SAME
        )

    def anchors(self, but: Collection[Phrase]) -> list[Phrase]:
        """Other words that stand once, from the top of the page to its end."""
        found = [one for one in self.phrases if one not in but and _tells(one.text) and self.alone(one)]
        found = [one for one in found if self._begins(one)]
        found.sort(key=lambda one: one.box.top)
        step = max(1, -(-len(found) // _ANCHORS))
        return found[::step]

    def printed(self, box: Box) -> bool:
        """Whether something is printed where a value should be."""
        return any(box.holds(word.box.middle) for word in self._words)

    def _level(self, box: Box) -> list[Phrase]:
        return [one for one in self.phrases if _shared(one.box, box, 1) > _SAME]

    def _above(self, box: Box) -> list[Phrase]:
        over = [one for one in self.phrases if one.box.bottom <= box.top + _OVER]
        return [one for one in over if -_BEFORE <= one.box.left - box.left <= _BEHIND]

    def _free(self, phrase: Phrase, box: Box) -> bool:
        """Whether no other field stands between a label and its place."""
        between = Box(phrase.box.right, box.top + 1.0, box.left - 1.0, box.bottom - 1.0)
        return not any(_meet(place, between) for place in self._places if place != box)


def _shared(one: Box, other: Box, axis: int) -> float:
    """How much of the smaller one's height or width both share."""
    begin, end = max(one[axis], other[axis]), min(one[axis + 2], other[axis + 2])
    smaller = min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])
    return (end - begin) / max(0.1, smaller)


def _meet(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > 0.0 and down > 0.0
