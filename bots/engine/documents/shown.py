"""What people see of a page beside what its file says: the page is drawn with its letters and without.

Where the two pictures differ, letters are seen. What the one without letters shows beside the page's own
lines is something else: a stroke, a stamp, a picture that was pasted in, a note. A value whose box shows
other ink than its letters, or no ink for some of them, is a person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from .drawing import Drawing, Pair, Pixels
from .marking import loose, stroke, struck
from .page import Box, FormField, View, Word, lines
from .page_words import Written
from .same import same

HIDDEN = "holds words that are not shown"
STRUCK = "is struck out or written over"
OTHER = "has something else in its box"
DIFFERS = "shows something else than its field holds"
NOTHING, SOMETHING = "is not shown as ticked", "is shown as ticked, and its field is not"

_PLAIN = 40  # of 255: what makes less difference is not seen
_TINY = 1.8  # points: the letters of a word that nobody can read are smaller
_BORDER = 4.5  # points: the border of a box may lie so far inside of where it should be
_FRAME = 3.0  # points: of a field's own frame
_EDGE = 0.34  # of a letter's size: within so much of each of its sides some of it is seen
_AROUND, _CLOSE = 2.0, 8.0  # points around a place; pixels a point of what is looked at closely
_SMALL = 6  # pixels: of what is smaller, any part will do
_CORE, _SHARED = (0.05, 0.25), 0.15  # of a word's sides, and of the smaller word: more is one over the other
_TILTED = 1.6  # heights of a letter: a word that is taller does not stand on a line


class Shown:
    """`words`: the page's own; `notes`: those of its fields and of notes on it."""

    def __init__(
        self, drawing: Drawing, view: View, words: Sequence[Written], notes: Sequence[Written]
    ) -> None:
        self._drawing, self._view = drawing, view
        self._words, self._notes = words, notes

    # ---- what a value's place shows ---------------------------------------------------------
    def doubt(self, box: Box, words: Sequence[Word]) -> str:
        """Why the words in a box are not what it shows; blank: they are. All of its words are given."""
        if any(self._sight(note) for note in self._notes if box.holds(note.word.box.middle)):
            return OTHER
        return self.doubt_of_words(words) or (OTHER if self._other(box, _BORDER) else "")

    def doubt_of_words(self, words: Iterable[Word]) -> str:
        for written in (self._letters_of[word] for word in words if word in self._letters_of):
            if self._sight(written) < 1.0:
                return HIDDEN
            if self._overlaid(written) or self._struck(written):
                return STRUCK
        return ""

    def doubt_of_field(self, field: FormField) -> str:
        """Of one that shows text."""
        inside = [note for note in self._notes if field.box.holds(note.word.box.middle) and self._sight(note)]
        if field.kind == "list":  # it shows all that could be chosen
            return ""
        shown = " ".join(word.text for line in lines(note.word for note in inside) for word in line)
        if not same(shown, field.value) and (field.value or not same(shown, field.blank)):
            return DIFFERS
        own = [each.word for each in self._words if field.box.holds(each.word.box.middle)]
        if any(any(map(str.isalnum, word.text)) and self._sight(self._letters_of[word]) for word in own):
            return OTHER
        doubt = self.doubt_of_words(note.word for note in inside)
        return doubt or (OTHER if self._other(field.box, _FRAME) else "")

    def doubt_of_mark(self, field: FormField) -> str:
        """Of a tick box or a round button."""
        page = self._page
        around = page and page.of(page.with_letters, field.box.within(-_AROUND))
        inner = page and page.of(page.with_letters, _middle(field.box))
        drawn = around is not None and inner is not None and stroke(inner, around)
        on = field.value not in ("", "No")
        return "" if on is drawn else NOTHING if on else SOMETHING

    def visible(self, words: Iterable[Word]) -> list[Word]:
        """Without those of which nothing is seen."""
        return [word for word in words if word not in self._letters_of or self._any(self._letters_of[word])]

    # ---- letters ----------------------------------------------------------------------------
    @cached_property
    def _letters_of(self) -> dict[Word, Written]:
        return {each.word: each for each in (*self._words, *self._notes)}

    @cached_property
    def _page(self) -> Pair | None:
        return self._drawing.pair()

    def _sight(self, written: Written) -> float:
        """How many of a word's letters are seen, from 0 to 1. Small and thin ones are looked at closely."""
        if not self._any(written):
            return 0.0
        letters = [self._view.box(sides) for sides in written.letters]
        seen = _seen(self._page, letters)
        if seen < 1.0:
            closely = self._drawing.pair(written.word.box.within(-_AROUND), _CLOSE)
            seen = max(seen, _seen(closely, letters))
        return seen

    def _any(self, written: Written) -> bool:
        made = None if _tiny(written) else _made(self._page, written.word.box)
        return made is not None and bool(made.any())

    # ---- what else there is -----------------------------------------------------------------
    def _other(self, box: Box, border: float) -> bool:
        inner = box.within(min(border, (box.bottom - box.top) / 4, (box.right - box.left) / 4))
        bare = self._page and self._page.of(self._page.without, inner)
        return self._page is not None and bare is not None and loose(bare, self._page.scale)

    def _struck(self, written: Written) -> bool:
        if _tilted(written, self._view):
            return False
        box = written.word.box
        bare = self._page and self._page.of(self._page.without, box)
        if self._page is None or bare is None:
            return False
        scale = self._page.scale
        letters = [self._view.box(sides) for sides in written.letters]
        return struck(
            bare, [((one.left - box.left) * scale, (one.right - box.left) * scale) for one in letters]
        )

    def _overlaid(self, written: Written) -> bool:
        """Whether other words stand in the same place: which of them is seen, cannot be told."""
        left, top, right, bottom = _core(written.word.box)
        cores = self._cores
        across = np.minimum(cores[:, 2], right) - np.maximum(cores[:, 0], left)
        down = np.minimum(cores[:, 3], bottom) - np.maximum(cores[:, 1], top)
        areas = np.minimum(
            (cores[:, 2] - cores[:, 0]) * (cores[:, 3] - cores[:, 1]), (right - left) * (bottom - top)
        )
        over = (across > 0.0) & (down > 0.0) & (across * down > _SHARED * areas)
        return any(self._owners[place] is not written for place in np.flatnonzero(over))

    @cached_property
    def _owners(self) -> list[Written]:
        return [owner for owner, _ in self._pieces]

    @cached_property
    def _cores(self) -> Pixels:
        return np.array([_core(box) for _, box in self._pieces], dtype=np.float64).reshape(-1, 4)

    @cached_property
    def _pieces(self) -> list[tuple[Written, Box]]:
        """Words, and the letters of those that do not stand on a line: the box around them holds others."""
        return [
            (each, box)
            for each in (*self._words, *self._notes)
            for box in (map(self._view.box, each.letters) if _tilted(each, self._view) else [each.word.box])
        ]


def _seen(pair: Pair | None, letters: Sequence[Box]) -> float:
    """The share of the letters that are seen from one of their sides to the other: nobody can read the half
    of one."""
    made = [_made(pair, letter) for letter in letters]
    whole = [one is not None and all(_reaches(one.any(axis=axis)) for axis in (0, 1)) for one in made]
    return sum(whole) / len(whole)


def _made(pair: Pair | None, box: Box) -> Pixels | None:
    """The pixels of a place that letters made."""
    if pair is None:
        return None
    one, other = (pair.of(picture, box) for picture in (pair.with_letters, pair.without))
    return None if one is None or other is None else np.maximum(one, other) - np.minimum(one, other) > _PLAIN


def _tiny(written: Written) -> bool:
    """A point or a dash by itself is small."""
    tallest = max(max(top - bottom, right - left) for left, bottom, right, top in written.letters)
    return tallest < _TINY and any(map(str.isalnum, written.word.text))


def _reaches(seen: Pixels) -> bool:
    """Whether what is seen reaches from one end to the other."""
    if seen.size < _SMALL:
        return bool(seen.any())
    edge = max(1, round(_EDGE * seen.size))
    return bool(seen[:edge].any() and seen[-edge:].any())


def _core(box: Box) -> Box:
    across, down = _CORE[0] * (box.right - box.left), _CORE[1] * (box.bottom - box.top)
    return Box(box.left + across, box.top + down, box.right - across, box.bottom - down)


def _middle(box: Box) -> Box:
    return box.within(0.25 * min(box.right - box.left, box.bottom - box.top))


def _tilted(written: Written, view: View) -> bool:
    box = written.word.box
    tallest = max(each.bottom - each.top for each in map(view.box, written.letters))
    return len(written.letters) > 1 and box.bottom - box.top > _TILTED * tallest
