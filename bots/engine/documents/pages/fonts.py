"""Fonts whose letters may be drawn as others than the file says (ISO 32000-1, 9.10).

What a letter is called and how it looks are told apart, by a table of names or by shapes that come with the
file. A font of a viewer's own, without such a table, cannot lie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

_DEEPEST = 4  # groups within groups
_SHAPES = ("/FontFile", "/FontFile2", "/FontFile3")


def doubtful_fonts(page: Any) -> frozenset[str]:
    """Their names, of a page as pypdf has it and of the notes on it."""
    holders = [page, *_looks(page)]
    return frozenset(name for holder in holders for name in _doubtful(_real(holder.get("/Resources")), 0))


def _looks(page: Any) -> Iterator[DictionaryObject]:
    notes = _real(page.get("/Annots"))
    for note in map(_real, notes if isinstance(notes, ArrayObject) else ()):
        look = _real(_dictionary(_dictionary(note).get("/AP")).get("/N"))
        if isinstance(look, StreamObject):
            yield look


def _doubtful(resources: Any, depth: int) -> Iterator[str]:
    found = _dictionary(resources)
    for font in map(_real, _dictionary(found.get("/Font")).values()):
        if isinstance(font, DictionaryObject) and _may_lie(font):
            yield str(_real(font.get("/BaseFont")) or "").removeprefix("/")
    for thing in map(_real, _dictionary(found.get("/XObject")).values()):
        if isinstance(thing, DictionaryObject) and depth < _DEEPEST:
            yield from _doubtful(_real(thing.get("/Resources")), depth + 1)


def _may_lie(font: DictionaryObject) -> bool:
    if "/ToUnicode" in font or font.get("/Subtype") in ("/Type0", "/Type3"):
        return True
    shapes = _dictionary(font.get("/FontDescriptor"))
    return any(name in shapes for name in _SHAPES)


def _dictionary(value: Any) -> DictionaryObject:
    real = _real(value)
    return real if isinstance(real, DictionaryObject) else DictionaryObject()


def _real(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value
