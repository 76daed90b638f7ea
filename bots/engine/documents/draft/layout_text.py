"""The file `layouts/NAME.yaml` of a draft."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..forms.tick_box import INSET
from . import field
from .field import Drafted
from .knowing import Knowing
from .phrases import Phrase
from .spot import SIGNATURE, TICK, Spot
from .spots import FormPage


def layout_text(
    name: str, fields: Sequence[Drafted], pages: Sequence[FormPage], known: Knowing, labels: Sequence[str]
) -> str:
    """`labels`: what has no place."""
    told = {page.number: page.told for page in pages}
    lines = [*_head(name, known), *_anchors(pages), "fields:"]
    for one in fields:
        lines += _field(one, told[one.page])
    if labels:
        lines.append("# Labels without a box that was found. Complete: give each that you need its `box`.")
        lines += [f"#   {label}" for label in labels]
    return "\n".join(lines) + "\n"


def _anchors(pages: Sequence[FormPage]) -> Iterator[str]:
    """Only of pages that are read by their labels."""
    used = [page for page in pages if page.anchors and any(spot.anchor for spot in page.spots)]
    if used:
        yield "# By page other words, and where they stand: with the labels they tell how the page lies."
        yield "anchors:"
    for page in used:
        yield f"  {page.number}:"
        yield from (f"    {_text(one.text)}: {_text(_point(one))}" for one in page.anchors)


def _point(phrase: Phrase) -> list[float]:
    return [round(phrase.box.left, 1), round(phrase.box.middle[1], 1)]


def _head(name: str, known: Knowing) -> Iterator[str]:
    yield "# A draft: look at every line. Add each label in every language in which the form comes."
    yield f"layout: {_text(name)}"
    yield "# Complete: words of the first page that no other version of the form has, such as its date."
    yield f"says: {_text(known.says)}"
    yield "# Words that head the first page of each case, and stand on no other."
    yield f"begins: {_text(known.begins)}"
    if known.pages:
        yield "# By page of the form words that stand on it alone."
        yield "pages:"
        yield from (f"  {page}: {_text(words)}" for page, words in known.pages.items())


def _field(one: Drafted, told: bool) -> Iterator[str]:
    page = {"page": one.page} if one.page > 1 else {}
    head: dict[str, Any] = {"caption": one.caption, **page}
    if one.choices:
        yield f"  {one.name}:"
        yield from (f"    {key}: {_text(value)}" for key, value in head.items())
        yield "    one_of:"
        for choice, spot in one.choices.items():
            yield f"      {_text(choice)}: {_text(_place(spot, told, f'{spot.form}={spot.choice}'))}"
    elif len(one.spots) > 1:
        yield f"  {one.name}:"
        yield from (f"    {key}: {_text(value)}" for key, value in head.items())
        yield f"    with: {_text(one.joint)}"
        yield "    joined:"
        yield from (f"      - {_text(_place(spot, told, spot.form))}" for spot in one.spots)
    else:
        yield f"  {one.name}: {_text(head | _single(one, told))}"


def _single(one: Drafted, told: bool) -> dict[str, Any]:
    [spot] = one.spots
    if one.kind in (field.YES_NO, field.SIGNED):
        return {"drawn" if spot.kind == SIGNATURE else "ticked": _place(spot, told, spot.form)}
    lines = {"lines": True} if spot.lines and spot.anchor else {}
    return _place(spot, told, spot.form) | lines


def _place(spot: Spot, told: bool, form: str) -> dict[str, Any]:
    """`told`: the page lies as its labels say."""
    found: dict[str, Any] = {"form": form} if spot.form else {}
    if spot.anchor is None:
        return found
    left, middle = spot.anchor.box.left, spot.anchor.box.middle[1]
    box = spot.box
    if spot.kind == TICK or spot.choice:
        box = box.within(INSET * min(box.right - box.left, box.bottom - box.top))
    sides = (box.left - left, box.top - middle, box.right - left, box.bottom - middle)
    at = {"at": _point(spot.anchor)} if told else {}
    return found | {"label": [spot.anchor.text]} | at | {"box": [round(side, 1) for side in sides]}


def _text(value: Any) -> str:
    """YAML on one line. A string is in double quotes as in JSON, where all that YAML knows is quoted, too."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_text, value)) + "]"
    if isinstance(value, str) and not any(0xD800 <= ord(letter) <= 0xDFFF for letter in value):
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)
