"""Finding the labels of a page among its words. Of a scan a letter or two may be misread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import cached_property

from ..pages.page import Box, Page, Word, lines

_ALIKE = 0.84  # one letter of six, two of twelve
_LONGEST = 200  # letters of a label, without its spaces
_SPACE = 0.55  # of a word's height: between two words of a sentence


class Labels:
    """The words of one page, as lines that can be searched."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @cached_property
    def _lines(self) -> list[list[tuple[str, Box]]]:
        return [[(bare_letters(word.text), word.box) for word in line] for line in lines(self._page.words)]

    def says(self, texts: Iterable[str]) -> bool:
        """Whether any of the texts stands there, letter by letter; spaces do not count."""
        page = "\n".join("".join(word for word, _ in line) for line in self._lines)
        return any(bare_letters(text) in page for text in texts)

    def find(self, texts: Iterable[str]) -> list[Box]:
        """Every place where any of the texts stands, or of a scan the most alike."""
        bare = [bare_letters(text) for text in texts]
        if not self._page.scanned:
            return [box for text in bare for box in self._runs.get(text, ())]
        found = [match for text in bare for match in self._alike(text)]
        best = max((alike for alike, _ in found), default=0.0)
        return [box for alike, box in found if alike == best]

    @cached_property
    def _runs(self) -> dict[str, list[Box]]:
        """What may be a label: the parts of a line that stand apart, each alone and with those after it. A
        label is neither the end nor the beginning of a longer text."""
        runs: dict[str, list[Box]] = {}
        for line in self._lines:
            parts = _parts(line)
            for start in range(len(parts)):
                text, box = "", parts[start][1]
                for more, around in parts[start:]:
                    text, box = text + more, box.around(around)
                    if len(text) > _LONGEST:
                        break
                    runs.setdefault(text, []).append(box)
        return runs

    def _alike(self, wanted: str) -> Iterator[tuple[float, Box]]:
        """The runs that are alike enough, and how alike they are."""
        for text, boxes in self._runs.items():
            if abs(len(text) - len(wanted)) <= 2:
                alike = _likeness(text, wanted)
                if alike >= _ALIKE:
                    yield from ((alike, box) for box in boxes)


def _parts(line: Sequence[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """The words of a line, those that belong together as one."""
    parts: list[tuple[str, Box]] = []
    last: Box | None = None
    for text, box in line:
        if last is not None and _beside(last, box):
            before, around = parts[-1]
            parts[-1] = (before + text, around.around(box))
        else:
            parts.append((text, box))
        last = box
    return parts


def _beside(one: Box, other: Box) -> bool:
    """Whether two words of a line belong together, as the words of a sentence do."""
    height = max(one.bottom - one.top, other.bottom - other.top)
    return other.left - one.right < _SPACE * height


def _likeness(text: str, wanted: str) -> float:
    """From 0 to 1."""
    if text == wanted:
        return 1.0
    compared = SequenceMatcher(None, text, wanted, autojunk=False)
    return compared.ratio() if compared.quick_ratio() >= _ALIKE else 0.0


def bare_letters(text: str) -> str:
    """A label as it is compared."""
    return "".join(word.rstrip(":*") for word in text.split()).casefold()


def inside(words: Iterable[Word], box: Box) -> list[Word]:
    """The words whose middle lies in a box, line by line."""
    return [word for line in lines(w for w in words if box.holds(w.box.middle)) for word in line]
