"""Whether a text that was read from a picture is made of words that there are.

A reader of pictures may be sure of what is wrong: a `;` that it takes for an `i`, a `1` for an `l`. On 1,080
lines with many such signs, three readings agreed 25 times on what was wrong (measured). A number or a date
has a form that can be checked; free text has none but its words. What is in a language without a list here
is never plain: a person reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

_AROUND = ".,;:!?()[]\"'“”‘’…&-–—/"
_PARTS = re.compile(r"[-–—/]")
_FIGURES = re.compile(r"£?[0-9][0-9.,:/%-]*")
_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_INITIAL = re.compile(r"[a-z]+[A-Z]")
_SMALL_L = re.compile("l[a-z]")
_TWINS = tuple(
    (one, other)
    for alike in (("i", "l", "1"), ("o", "0"), ("rn", "m"), ("vv", "w"))
    for one in alike
    for other in alike
    if one != other
)
"""What looks alike in print."""
_AMERICAN = (
    (re.compile("our"), "or"),
    (re.compile("is(?=e|i|at)"), "iz"),
    (re.compile("ll(?=ed|ing|er|or)"), "l"),
    (re.compile("tre"), "ter"),
    (re.compile("enc(?=e)"), "ens"),
    (re.compile("que"), "ck"),
    (re.compile("amm(?=e)"), "am"),
)
"""The list of words is American: how it spells what we spell otherwise."""
_RARE = 0.01  # of a word's own frequency: a twin below it is no other reading
_SHORT = {1: 1_000_000, 2: 100_000, 3: 1_000}
"""How often a short word must stand in the texts that were counted: nearly any two letters do somewhere."""


def plain(text: str) -> bool:
    """Whether every word is known, and looks like no other one that is about as frequent."""
    return all(_known(part) for word in text.split() for part in _parts(word))


def small_for_capital(text: str) -> bool:
    """Whether a word begins with a small l where the others begin with capitals: `lan` for `Ian`."""
    words = text.split()
    return any(_SMALL_L.match(word) for word in words) and any(word[0].isupper() for word in words)


def _parts(word: str) -> Iterator[str]:
    bare = word.strip(_AROUND).replace("’", "'")
    if _FIGURES.fullmatch(bare):
        return
    whole = bare if _often(bare.lower()) else ""
    yield from [whole] if whole else (part for part in _PARTS.split(bare) if part)


def _known(word: str) -> bool:
    if _FIGURES.fullmatch(word):
        return True
    if not _WORD.fullmatch(word) or _INITIAL.match(word):
        return False
    small = word.lower()
    often = max(_often(each) for each in _spellings(small))
    if often < max(1, _SHORT.get(len(small), 1)):
        return False
    return all(_often(twin) < _RARE * often for twin in _twins(small))


def _spellings(word: str) -> Iterator[str]:
    """Also without what may be put to any word, and as Americans write it."""
    for each in (word, word.removesuffix("'s")):
        yield each
        for british, american in _AMERICAN:
            yield british.sub(american, each)


def _twins(word: str) -> Iterator[str]:
    """With one sign in place of another one that looks like it."""
    for one, other in _TWINS:
        for found in re.finditer(one, word):
            yield word[: found.start()] + other + word[found.end() :]


def _often(word: str) -> int:
    return int(_words().get(word, 0))


@cache
def _words() -> dict[str, Any]:
    from spellchecker import SpellChecker  # type: ignore[import-not-found, import-untyped, unused-ignore]

    found: dict[str, Any] = SpellChecker(language="en").word_frequency.dictionary
    return found
