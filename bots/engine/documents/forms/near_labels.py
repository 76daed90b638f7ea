"""Labels among other words, and the words to the right of them and below them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import pairwise

from ..pages.page import Box, Page, Word, lines
from ..plain_letters import plain_letter, plain_letters

_PART = 1.5  # heights: words that are closer may belong to the same sentence, also in type of equal widths
_RUN = 2.0  # heights: a value with something so close behind it may not be all of it
_DOWN = 30.0  # points: so far below
_BESIDE = 100.0  # points: columns of one table are no further apart
_AGAIN = 1.8  # heights: what stands so closely below a value may be the rest of it, or another one
_SAME_ROW = 0.5  # of the smaller height
_LINE = 0.9  # heights between two lines of one label
_ALIGNED = 4.0  # points
_WORDS = re.compile(r"[^\W\d_]+")
_COLONS = ":.*"
_PASSED_OVER = frozenset(".:-*")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A label. `rest`: what follows it in the same word, as in `n°1234`."""

    box: Box
    words: Sequence[Word]
    rest: Word | None = None


@dataclass(frozen=True, kw_only=True)
class _Letters:
    """A line without spaces and points, and where each letter of it comes from."""

    text: str
    of: Sequence[tuple[int, int]]  # word, and letter in it
    words: Sequence[Word]


class Rows:
    def __init__(self, page: Page) -> None:
        self._page = page

    # ---- labels -----------------------------------------------------------------------------
    @cached_property
    def _lines(self) -> list[_Letters]:
        return [_letters(line) for line in lines(self._page.words)]

    def find(self, texts: Iterable[str]) -> Iterator[Found]:
        """Every place where any of the texts stands as it is, and is not the end of a longer one."""
        for wanted in {plain_letters(text) for text in texts}:
            for line in self._lines:
                start = line.text.find(wanted)
                while start >= 0:
                    if (found := _whole(line, start, wanted)) and not self._goes_before(found.box):
                        yield found
                    start = line.text.find(wanted, start + 1)

    def _goes_before(self, box: Box) -> bool:
        near = _PART * _height(box)
        return any(
            word.box.left < box.left and word.box.right <= box.left + 1.0 and box.left - word.box.right < near
            for word in self._row(box)
        )

    def goes_on(self, label: Found) -> bool:
        """Whether a label may be the second line of a longer one: of `Due` with `Date` below it."""
        box = label.box
        near = [
            word
            for word in self._page.words
            if word.box.bottom <= box.top + 1.0
            and box.top - word.box.bottom < _LINE * _height(box)
            and min(abs(word.box.left - box.left), abs(word.box.middle[0] - box.middle[0])) < _ALIGNED
        ]
        rows = [self._row_of(word) for word in near]
        return any(all(_WORDS.fullmatch(word.text) for word in self._from(row, box)) for row in rows)

    def _from(self, row: Sequence[Word], box: Box) -> list[Word]:
        return [word for word in row if word.box.right > box.left]

    # ---- beside them ------------------------------------------------------------------------
    def right(self, label: Found, reach: float) -> list[list[Word]]:
        """The words to the right, in runs; the first of them within so much of the page's width."""
        box = label.box
        others = [word for word in self._row(box) if word not in label.words]
        if any(word.box.right > box.left and word.box.left < box.right - 1.0 for word in others):
            return []  # printed over it: the beginning of the value cannot be told from the label
        words = [word for word in others if word.box.left >= box.right - 1.0]
        words = [*([label.rest] if label.rest else []), *sorted(words, key=lambda word: word.box.left)]
        runs = list(_runs([word for word in words if word.text.strip(_COLONS)], _height(box)))
        near = runs and runs[0][0].box.left - box.right <= reach * self._page.width
        return runs if near else []

    def below(self, label: Found) -> list[Word] | None:
        """The words below, if they stand by themselves."""
        box = label.box
        if label.rest is not None or not (under := self._under(box, _DOWN)):
            return None
        first = min(under, key=lambda word: word.box.top)
        height = _height(first.box)
        level = [word for word in under if _level(word.box, first.box)]
        runs = [run for run in _runs(self._row_of(first), height) if any(word in run for word in level)]
        whole = reduce(Box.around, (word.box for word in runs[0]))
        if (
            len(runs) > 1
            or self._goes_before(whole)
            or self._between(box, whole)
            or self._under(whole, _AGAIN * _height(whole))
        ):
            return None
        return runs[0]

    def _between(self, upper: Box, lower: Box) -> bool:
        """Whether a row stands between the two: it is the one with the values, which may not stand under
        their labels."""
        return any(
            upper.bottom <= word.box.middle[1] <= lower.top
            and not _level(word.box, lower)
            and not _level(word.box, upper)
            and max(word.box.left - upper.right, upper.left - word.box.right) < _BESIDE
            for word in self._page.words
        )

    def _under(self, box: Box, down: float) -> list[Word]:
        """The words below that are under the box at least in part."""
        return [
            word
            for word in self._page.words
            if box.bottom - 1.0 <= word.box.top
            and word.box.top - box.bottom <= down
            and min(word.box.right, box.right) - max(word.box.left, box.left) > 0.0
        ]

    def _row_of(self, word: Word) -> list[Word]:
        return sorted(self._row(word.box), key=lambda each: each.box.left)

    def _row(self, box: Box) -> list[Word]:
        return [word for word in self._page.words if _level(word.box, box)]


def _letters(line: Sequence[Word]) -> _Letters:
    text, of = "", list[tuple[int, int]]()
    for place, word in enumerate(line):
        for at, letter in enumerate(word.text):
            plain = plain_letter(letter)
            text += plain
            of += [(place, at)] * len(plain)
    return _Letters(text=text, of=of, words=line)


def _whole(line: _Letters, start: int, wanted: str) -> Found | None:
    """The label, where it begins with a word and ends with one; a sign such as ° or a colon ends it, too."""
    end = start + len(wanted) - 1
    (first, at), (last, until) = line.of[start], line.of[end]
    words = line.words[first : last + 1]
    if plain_letters(words[0].text[:at]) or not _together(words):
        return None
    rest = words[-1].text[until + 1 :]
    box = reduce(Box.around, (word.box for word in words))
    if not plain_letters(rest):
        return Found(box=box, words=words)
    if wanted[-1].isalnum() and not rest.lstrip(".").startswith(":"):
        return None
    word = words[-1]
    share = (until + 1) / len(word.text)
    middle = word.box.left + share * (word.box.right - word.box.left)
    return Found(
        box=box._replace(right=middle),
        words=words,
        rest=word._replace(text=rest.lstrip(".: "), box=word.box._replace(left=middle)),
    )


def _together(words: Sequence[Word]) -> bool:
    pairs = pairwise(words)
    return all(b.box.left - a.box.right < _PART * max(_height(a.box), _height(b.box)) for a, b in pairs)


def _runs(words: Sequence[Word], height: float) -> Iterator[list[Word]]:
    run: list[Word] = []
    for word in words:
        if run and word.box.left - run[-1].box.right > _RUN * max(height, _height(run[-1].box)):
            yield run
            run = []
        run.append(word)
    if run:
        yield run


def _height(box: Box) -> float:
    return box.bottom - box.top


def _level(one: Box, other: Box) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > _SAME_ROW * min(_height(one), _height(other))
