"""By which words a form and each of its pages are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .names import plain
from .phrases import Phrase
from .spots import FormPage

NONE = "complete this line"
_VERSION = re.compile(r"[0-9]{2}[./-][0-9]{2}|\b(?:version|fersiwn|v)\.? ?[0-9]|\b(?:19|20)[0-9]{2}\b", re.I)
_PAGE = re.compile(r"\b(?:page|tudalen)\b\D{0,3}[0-9]", re.I)
_SHORTEST, _LONGEST = 5, 90  # letters
_HEADINGS, _WORDS = 2, 3


class Knowing:
    """`pages`: by page behind the first words that stand on it alone."""

    def __init__(self, pages: Sequence[FormPage]) -> None:
        self._pages = pages
        first = pages[0]
        own = sorted(self._own(first), key=_tallest)
        self.begins = _texts(own[:_HEADINGS]) or [NONE]
        versions = [one for one in own if _VERSION.search(one.text)]
        versions = versions or [one for one in _usable(first) if _VERSION.search(one.text)]
        self.versioned = bool(versions)
        self.says = _texts(versions[-1:]) or self.begins[:1]
        self.pages = {page.number: words for page in pages[1:] if (words := self._words(page))}

    def _words(self, page: FormPage) -> list[str]:
        own = sorted(self._own(page), key=lambda one: (not _PAGE.search(one.text), *_tallest(one)))
        return _texts(own[:_WORDS])

    def _own(self, page: FormPage) -> Iterator[Phrase]:
        others = [one.labels for one in self._pages if one is not page]
        for phrase in _usable(page):
            if not any(labels.says([phrase.text]) for labels in others):
                yield phrase


def _usable(page: FormPage) -> list[Phrase]:
    """Phrases that are the same on every copy of the form."""
    return [one for one in page.around.phrases if _plain(one.text) and page.labels.says([one.text])]


def _plain(text: str) -> bool:
    letters = sum(map(str.isalnum, text))
    told = letters >= _SHORTEST and any(map(str.isalpha, text)) and len(text) <= _LONGEST
    return told and plain(text) == text.strip(" :*")


def _tallest(phrase: Phrase) -> tuple[float, float]:
    return -round(phrase.height), phrase.box.top


def _texts(phrases: Sequence[Phrase]) -> list[str]:
    return list(dict.fromkeys(one.text for one in phrases))
