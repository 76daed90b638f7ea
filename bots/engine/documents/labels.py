"""Finding the labels of a page among its words. Of a scan a letter or two may be misread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property, reduce

from .page import Box, Page, Word, lines

_ALIKE = 0.84  # one letter of six, two of twelve
_SPACE = 0.55  # of a word's height: between two words of a sentence


class Labels:
    """The words of one page, as lines that can be searched."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @cached_property
    def _lines(self) -> list[list[tuple[str, Box]]]:
        return [[(_bare(word.text), word.box) for word in line] for line in lines(self._page.words)]

    def says(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts stands there, letter by letter; spaces do not count."""
        page = "\n".join("".join(word for word, _ in line) for line in self._lines)
        return any(_bare(text) in page for text in texts)

    def find(self, texts: Iterable[str]) -> list[Box]:
        """Every place where any of the texts stands, or of a scan the most alike."""
        least = _ALIKE if self._page.scanned else 1.0
        bare = [_bare(text) for text in texts]
        found = [match for text in bare for line in self._lines for match in _matches(line, text, least)]
        best = max((alike for alike, _ in found), default=0.0)
        return [box for alike, box in found if alike == best]


def _matches(line: Sequence[tuple[str, Box]], wanted: str, least: float) -> Iterator[tuple[float, Box]]:
    """The runs of words that are alike enough, and how alike they are."""
    for start in range(len(line)):
        if start and _beside(line[start - 1][1], line[start][1]):
            continue  # a label is not the end of a longer one
        text, boxes = "", list[Box]()
        for place, (word, box) in enumerate(line[start:], start):
            text, boxes = text + word, [*boxes, box]
            if len(text) > len(wanted) + 2:
                break
            alone = place + 1 == len(line) or not _beside(box, line[place + 1][1])
            if alone and len(text) >= len(wanted) - 2:
                alike = _alike(text, wanted, least)
                if alike >= least:
                    yield alike, reduce(Box.around, boxes)


def _beside(one: Box, other: Box) -> bool:
    """Whether two words of a line belong together, as the words of a sentence do."""
    height = max(one.bottom - one.top, other.bottom - other.top)
    return other.left - one.right < _SPACE * height


def _alike(text: str, wanted: str, least: float) -> float:
    if text == wanted:
        return 1.0
    if least == 1.0:
        return 0.0
    compared = SequenceMatcher(None, text, wanted, autojunk=False)
    return compared.ratio() if compared.quick_ratio() >= least else 0.0


def _bare(text: str) -> str:
    return "".join(text.split()).rstrip(":*").casefold()


def inside(words: Iterable[Word], box: Box) -> list[Word]:
    """The words whose middle lies in a box, line by line."""
    return [word for line in lines(w for w in words if box.holds(w.box.middle)) for word in line]
