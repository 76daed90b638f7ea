"""Taking the values of a layout from a page: each with its place, and with how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial, reduce
from itertools import product
from typing import Any

from ..pages.page import Box, FormField, Word, lines
from ..pdf.filled import differ, filled, ticked, unknown_choice
from ..scans.leaf import Leaf
from ..scans.voting import Reading, Value, letters, vote
from .alignment import Lying, lying
from .labels import Labels, inside
from .layout import FieldLayout, Layout, Mark, Offsets, Point, TextPart
from .prose import plain, small_for_capital
from .taken import Taken, doubted, joined, nowhere
from .tick_box import INSET, box_around, inside_of

_EMPTY = 0.004  # share of ink: in a box of a scan, beside the words that were found
_MARGIN = 1.5  # points around a word
_BORDER = 4.5  # points: the border of a box may lie so far inside of where it should be
_TICK = (
    0.01,
    0.04,
)  # share of ink in a tick box: less is none, more is a tick, between the two nobody can say
_SIGNATURE = (0.001, 0.005)  # a signature is a thin line in a large box
_REACH = 0.8  # of a tick box's size: so far around its place it is looked for
_MOVES = (0.0, -1.5, 1.5)  # points
FORM_ALONE = "is read from the fillable form only, and this page has no such field"
_BESIDE = 3.0  # points: a word that stands out so far may not be all there, or not belong there
_MOVED = 15.0  # points: a label that is further from its place stands in another one
Says = Callable[[str], Any]


class Taking:
    """One page, which one layout describes."""

    def __init__(self, leaf: Leaf, layout: Layout, value: Value = letters, number: int = 1) -> None:
        """`value`: what a text says as one of the fields. `number`: which page of its case it is."""
        self._leaf, self._page, self._ink = leaf, leaf.page, leaf.ink
        self._says = value
        page = leaf.page
        self._labels = Labels(page)
        self._layout, self._number = layout, number
        self._form: dict[str, list[FormField]] = {}
        for field in page.fields:
            self._form.setdefault(field.name, []).append(field)

    def values(self) -> dict[str, Taken]:
        fields = self._layout.on(self._number).items()
        return {name: self._value(name, field) for name, field in fields}

    def _value(self, name: str, field: FieldLayout) -> Taken:
        if field.one_of is not None:
            return self._chosen(field.one_of)
        if field.ticked is not None:
            return self._drawn(field.ticked, _TICK, boxed=True)
        if field.drawn is not None:
            return self._drawn(field.drawn, _SIGNATURE)
        if field.joined is not None:
            return joined([self._text(part, partial(letters, name)) for part in field.joined], field.joint)
        return self._text(field, partial(self._says, name))

    def _text(self, spot: FieldLayout | TextPart, says: Says) -> Taken:
        """`says`: what the text of a scan says, by which its readings vote."""
        if spot.form in self._form:
            one, shown, why = filled(self._form[spot.form])
            why = one.why or why or self._unlike(shown)
            return doubted(Taken(text=one.value, box=one.box), why)
        return nowhere(FORM_ALONE) if spot.box is None else self._beside(spot, says)

    def _unlike(self, places: Iterable[FormField]) -> str:
        """Why a field is not what people see of it."""
        shown = self._leaf.shown
        if shown is None:
            return ""
        doubts = (
            shown.doubt_of_field(one) if one.shows == "text" else shown.doubt_of_mark(one)
            for one in places
            if one.shows
        )
        return next(filter(None, doubts), "")

    # ---- where ------------------------------------------------------------------------------
    @cached_property
    def _lying(self) -> Lying | None:
        """How the page lies, where the layout says where its labels stand."""
        wanted, found = {}, {}
        for label, at in self._layout.places(self._number):
            boxes = self._labels.find(label)
            wanted[label[0]] = at
            if len(boxes) == 1:
                found[label[0]] = (boxes[0].left, boxes[0].middle[1])
        return lying(wanted, found)

    def _place(self, label: Sequence[str], at: Point | None, offsets: Offsets) -> Box | Taken:
        """The box beside a label."""
        if at is not None:
            if self._lying is None:
                return nowhere("is not where it should be")
            across, down = self._lying.place(at)
            if self._elsewhere(label, (across, down)):
                return nowhere("is not where it should be")
            return Box(across, down, across, down).at(self._lying.offsets(offsets))
        found = self._labels.find(label)
        if len(found) == 1:
            return found[0].at(offsets)
        return nowhere("could be in several places" if found else "is not where it should be")

    def _elsewhere(self, label: Sequence[str], place: Point) -> bool:
        """Whether a label stands in another place alone: two of another version may have changed places. Of a
        scan one that was misread could be another one of the page."""
        if self._page.scanned:
            return False
        found = [(box.left, box.middle[1]) for box in self._labels.find(label)]
        return len(found) == 1 and math.dist(found[0], place) > _MOVED

    # ---- text -------------------------------------------------------------------------------
    def _beside(self, field: FieldLayout | TextPart, says: Says) -> Taken:
        assert field.label is not None
        assert field.box is not None
        box = self._place(field.label, field.at, field.box)
        if isinstance(box, Taken):
            return box
        near = [word for word in self._page.words if _touches(word.box, box)]
        words = inside(near, box)
        joint = "\n" if field.lines else " "
        text = joint.join(" ".join(word.text for word in line) for line in lines(words))
        cut = any(_stands_out(word, box) for word in near)
        if cut:
            return Taken(text=text, sure=0.0, box=box, why="runs out of its box")
        text, sure = self._voted(text, lines(words), field, says)
        if self._more_than(words, box) or self._not_as_written(text, field):
            sure = 0.0
        doubt = self._leaf.shown.doubt(box, words) if self._leaf.shown is not None else ""
        return doubted(Taken(text=text, sure=sure, box=box), doubt)

    def _voted(
        self, text: str, found: Sequence[Sequence[Word]], field: FieldLayout | TextPart, says: Says
    ) -> Reading:
        """Of one line of a scan the readings vote; of several, and of free text, each must be plain."""
        if self._leaf.again is None or field.lines or len(found) != 1:
            return text, min((sure_of(self._leaf, line) for line in found), default=1.0)
        [line] = found
        readings = [(text, min(word.sure for word in line)), *self._leaf.again(_around(line))]
        return vote(readings, says)

    def _not_as_written(self, text: str, field: FieldLayout | TextPart) -> bool:
        """Whether the words of a scan are such as nobody writes, however plain they looked to its reader."""
        if not self._page.scanned:
            return False
        return not plain(text) if field.lines else small_for_capital(text)

    def _more_than(self, words: Sequence[Word], box: Box) -> bool:
        """Whether a box of a scan has ink beside the words that were found in it: some may not have been."""
        if not self._page.scanned:
            return False
        known = [word.box.within(-_MARGIN) for word in words]
        return self._ink.share(box.within(_BORDER), known) >= _EMPTY

    # ---- what is drawn ----------------------------------------------------------------------
    def _chosen(self, marks: Mapping[str, Mark]) -> Taken:
        boxed = self._number in self._layout.anchors
        drawn = {choice: self._drawn(mark, _TICK, boxed=boxed) for choice, mark in marks.items()}
        on = [choice for choice, taken in drawn.items() if taken.text == "Yes"]
        why = next((taken.why for taken in drawn.values() if taken.why), "")
        why = why or unknown_choice(self._form, [mark.form for mark in marks.values()])
        sure = min(taken.sure for taken in drawn.values())
        if len(on) > 1:
            return Taken(text="", sure=sure, box=drawn[on[0]].box, why=why or "is ticked more than once")
        box = drawn[on[0]].box if on else next(iter(drawn.values())).box
        return Taken(text=on[0] if on else "", sure=sure, box=box, why=why)

    def _drawn(self, mark: Mark, bounds: tuple[float, float], *, boxed: bool = False) -> Taken:
        """`boxed`: on a scan the box of a tick is looked for."""
        if (found := ticked(self._form, mark.form)) is not None:
            on, places = found
            why = next((one.why for one in places if one.why), "") or differ(places) or self._unlike(places)
            return doubted(Taken(text="Yes" if on else "No", box=(on or places[0]).box), why)
        if mark.label is None or mark.box is None:
            return nowhere(FORM_ALONE)
        box = self._place(mark.label, mark.at, mark.box)
        if isinstance(box, Taken):
            return box
        if boxed and self._page.scanned:
            return self._in_its_box(box)
        share = self._least(box) if bounds is _TICK else self._ink.share(box)
        none, some = bounds
        sure = 1.0 if not none <= share <= some else 0.0
        return Taken(text="Yes" if share > none else "No", sure=sure, box=box)

    def _in_its_box(self, box: Box) -> Taken:
        """Of a tick on a scan, which may be measured from words that are far away: a little too far aside the
        paper is as white as an empty box, so the box that is drawn there is found first."""
        size = min(box.right - box.left, box.bottom - box.top) / (1.0 - 2.0 * INSET)
        reach = box.within(-_REACH * size)
        picture = self._ink.part(reach)
        scale = 0.0 if picture is None else picture.width / max(1.0, reach.right - max(0.0, reach.left))
        found = box_around(picture, size * scale) if picture is not None else None
        if found is None:
            return Taken(text="No", sure=0.0, box=box)
        place = inside_of(found, reach, scale)
        share = self._ink.share(place)
        none, some = _TICK
        return Taken(
            text="Yes" if share > none else "No", sure=1.0 if not none <= share <= some else 0.0, box=place
        )

    def _least(self, box: Box) -> float:
        """Of a tick box: moved a little, so that its own border counts nowhere."""
        least = 1.0
        for across, down in product(_MOVES, _MOVES):
            least = min(least, self._ink.share(box.moved(across, down)))
            if least == 0.0:
                break
        return least


def sure_of(leaf: Leaf, line: Sequence[Word]) -> float:
    """How sure a line was read: of a scan it is read three times, and all must say the same."""
    once = min(word.sure for word in line)
    if leaf.again is None:
        return once
    readings = leaf.again(_around(line))
    same = "".join(word.text for word in line)
    if not readings or any("".join(text.split()) != same for text, _ in readings):
        return 0.0
    return 1.0 - (1.0 - once) * (1.0 - min(sure for _, sure in readings))


def _around(line: Sequence[Word]) -> Box:
    return reduce(Box.around, (word.box for word in line))


def _stands_out(word: Word, box: Box) -> bool:
    sides = (box.left - word.box.left, word.box.right - box.right)
    tall = box.top <= word.box.middle[1] <= box.bottom
    return tall and any(side > _BESIDE for side in sides)


def _touches(one: Box, other: Box) -> bool:
    """Asked of every word for every box: `gap` would be felt."""
    return (
        one.top <= other.bottom
        and one.bottom >= other.top
        and one.left <= other.right
        and one.right >= other.left
    )


def marked(values: Mapping[str, Taken], sure: float) -> Iterator[str]:
    """The values at which a person has to look."""
    return (name for name, taken in values.items() if taken.why or taken.sure < sure)
