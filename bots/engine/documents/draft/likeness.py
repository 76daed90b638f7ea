"""What a sample of a form must have to be read by its draft: the words that the layout names, where they
stand, and the places that are filled in. Nothing else of the form is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .field import Drafted
from .knowing import Knowing
from .phrases import Phrase
from .spot import Spot
from .spots import FormPage


def likeness(pages: Sequence[FormPage], fields: Sequence[Drafted], known: Knowing) -> list[dict[str, Any]]:
    """Plain values, by page: its `size`, `words` with their boxes, and `places` with their fields' names."""
    return [
        {
            "size": list(page.size),
            "words": [{"text": one.text, "box": list(one.box)} for one in _words(page, known)],
            "places": [place for one in fields if one.page == page.number for place in _places(one)],
        }
        for page in pages
    ]


def _words(page: FormPage, known: Knowing) -> list[Phrase]:
    named = {*known.says, *known.begins} if page.number == 1 else {*known.pages.get(page.number, ())}
    labels = {spot.anchor for spot in page.spots if spot.anchor is not None}
    found = [one for one in page.around.phrases if one.text in named or one in labels or one in page.anchors]
    return sorted(found, key=lambda one: (one.box.top, one.box.left))


def _places(one: Drafted) -> Iterator[dict[str, Any]]:
    choices = {id(spot): choice for choice, spot in one.choices.items()}
    for number, spot in enumerate(one.spots):
        its = {"field": one.name, "part": number, "parts": len(one.spots)}
        yield _place(spot) | its | {"option": choices.get(id(spot), "")}


def _place(spot: Spot) -> dict[str, Any]:
    return {
        "form": spot.form,
        "kind": spot.kind,
        "box": list(spot.box),
        "choice": spot.choice,
        "options": list(spot.options),
        "longest": spot.longest,
        "lines": spot.lines,
    }
