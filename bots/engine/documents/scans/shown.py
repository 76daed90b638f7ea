"""What people see of a page beside what its file says: the page is drawn with its letters and without.

Where the two pictures differ, letters are seen. What the one without letters shows beside the page's own
lines is something else: a stroke, a stamp, a picture that was pasted in, a note. A value whose box shows
other ink than its letters, or no ink for some of them, is a person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from PIL import Image

from ..pages.drawing import Drawing
from ..pages.marking import loose, stroke, struck
from ..pages.overlaid import Overlaid, tilted
from ..pages.page import Box, FormField, View, Word, lines
from ..pages.pair import Pair
from ..pages.placed import Placed
from ..pages.words import Written
from ..same import same
from .read_back import ReadBack

HIDDEN = "holds words that are not shown"
STRUCK = "is struck out or written over"
OTHER = "has something else in its box"
OTHERWISE = "is drawn in letters that say something else"
DIFFERS = "shows something else than its field holds"
NOTHING, SOMETHING = "is not shown as ticked", "is shown as ticked, and its field is not"

_TINY = 1.8  # points: the letters of a word that nobody can read are smaller
_BORDER = 4.5  # points: the border of a box may lie so far inside of where it should be
_FRAME = 3.0  # points: of a field's own frame
_AROUND, _CLOSE = 2.0, 8.0  # points around a place; pixels a point of what is looked at closely
_LEAST = 2  # pixels of what can be looked at


class Shown:
    """`words`: the page's own; `notes`: those of its fields and of notes on it."""

    def __init__(
        self,
        drawing: Drawing,
        view: View,
        words: Sequence[Written],
        notes: Sequence[Written],
        back: ReadBack,
    ) -> None:
        self._drawing, self._view, self._back = drawing, view, back
        self._words, self._notes = Placed(words), Placed(notes)
        self._overlaid = Overlaid([*words, *notes], view)
        self._sights: dict[Word, float] = {}

    # ---- what a value's place shows ---------------------------------------------------------
    def doubt(self, box: Box, words: Sequence[Word]) -> str:
        """Why the words in a box are not what it shows; blank: they are. All of its words are given."""
        if any(map(self._sight, self._notes.inside(box))):
            return OTHER
        return self.doubt_of_words(words) or (OTHER if self._other(box, _BORDER) else "")

    def doubt_of_words(self, words: Iterable[Word]) -> str:
        return self._doubt_of([self._letters_of[word] for word in words if word in self._letters_of])

    def _doubt_of(self, words: Sequence[Written]) -> str:
        for written in words:
            if self._sight(written) < 1.0:
                return HIDDEN
            if self._overlaid(written) or self._struck(written):
                return STRUCK
        return OTHERWISE if self._back.differs(words) else ""

    def doubt_of_field(self, field: FormField) -> str:
        """Of one that shows text."""
        if field.kind == "list":  # it shows all that could be chosen
            return ""
        inside = [note for note in self._notes.inside(field.box) if self._sight(note)]
        shown = " ".join(word.text for line in lines(note.word for note in inside) for word in line)
        if not same(shown, field.value) and (field.value or not same(shown, field.blank)):
            return DIFFERS
        if any(_says(own) and self._sight(own) for own in self._words.inside(field.box)):
            return OTHER
        return self._doubt_of(inside) or (OTHER if self._other(field.box, _FRAME) else "")

    def doubt_of_mark(self, field: FormField) -> str:
        """Of a tick box or a round button."""
        around = self._page.of(self._page.with_letters, field.box.within(-_AROUND))
        inner = self._page.of(self._page.with_letters, _middle(field.box))
        drawn = around is not None and inner is not None and stroke(inner, around)
        on = field.value not in ("", "No")
        return "" if on is drawn else NOTHING if on else SOMETHING

    def visible(self, words: Iterable[Word]) -> list[Word]:
        """Without those of which nothing is seen."""
        return [word for word in words if word not in self._letters_of or self._any(self._letters_of[word])]

    def part(self, box: Box) -> Image.Image | None:
        """A part of the page as a grey picture."""
        part = self._page.of(self._page.with_letters, box)
        return None if part is None or min(part.shape) < _LEAST else Image.fromarray(part)

    # ---- letters ----------------------------------------------------------------------------
    @cached_property
    def _letters_of(self) -> dict[Word, Written]:
        return {each.word: each for each in (*self._words.all, *self._notes.all)}

    @cached_property
    def _page(self) -> Pair:
        return self._drawing.pair()

    def _sight(self, written: Written) -> float:
        """How many of a word's letters are seen, from 0 to 1."""
        found = self._sights.get(written.word)
        if found is None:
            found = self._sights[written.word] = self._looked_at(written)
        return found

    def _looked_at(self, written: Written) -> float:
        """Small and thin ones are looked at closely."""
        if _tiny(written):
            return 0.0
        word, letters = written.word.box, self._boxes(written)
        seen = self._page.seen(word, letters)
        if seen == 1.0 or not self._any(written):
            return seen
        closely = self._drawing.close(word.within(-_AROUND), _CLOSE)
        return seen if closely is None else max(seen, closely.seen(word, letters))

    def _boxes(self, written: Written) -> list[Box]:
        return list(map(self._view.box, written.letters))

    def _any(self, written: Written) -> bool:
        made = None if _tiny(written) else self._page.letters(written.word.box)
        return made is not None and bool(made.any())

    # ---- what else there is -----------------------------------------------------------------
    def _other(self, box: Box, border: float) -> bool:
        inner = box.within(min(border, (box.bottom - box.top) / 4, (box.right - box.left) / 4))
        bare = self._page.of(self._page.without, inner)
        return bare is not None and loose(bare, self._page.scale)

    def _struck(self, written: Written) -> bool:
        if tilted(written, self._view):
            return False
        box = written.word.box
        bare = self._page.of(self._page.without, box)
        if bare is None:
            return False
        scale = self._page.scale
        letters = [self._view.box(sides) for sides in written.letters]
        return struck(
            bare, [((one.left - box.left) * scale, (one.right - box.left) * scale) for one in letters]
        )


def _tiny(written: Written) -> bool:
    """A point or a dash by itself is small."""
    tallest = max(max(top - bottom, right - left) for left, bottom, right, top in written.letters)
    return tallest < _TINY and _says(written)


def _says(written: Written) -> bool:
    return any(map(str.isalnum, written.word.text))


def _middle(box: Box) -> Box:
    return box.within(0.25 * min(box.right - box.left, box.bottom - box.top))
