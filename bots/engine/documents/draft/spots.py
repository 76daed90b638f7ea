"""The places of a form that are to be filled in: its fields; or where it has none, its ruled boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..labels import Labels
from ..leaf import Leaf
from ..page import Box, FormField
from .boxes import boxes_of
from .phrases import Around
from .spot import CHOICE, SIGNATURE, TEXT, TICK, Spot

_LEAST = 5  # labels that stand once: they tell how a page lies
_LINES = 34.0  # points: a ruled box of this height holds several lines


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """`number`: in its case. `told`: enough labels stand once, so that together they tell how it lies."""

    number: int
    spots: Sequence[Spot]
    around: Around
    labels: Labels
    told: bool
    scanned: bool


def form_page(leaf: Leaf, number: int, *, ruled: bool) -> FormPage:
    """`ruled`: the form has no fields. Nothing of what was filled in is in what it gives."""
    page = leaf.page
    if leaf.shown is not None:
        page = replace(page, words=leaf.shown.visible(page.words))
    found = _ruled(leaf, number) if ruled else [_spot(one, number) for one in page.fields if _asks(one)]
    around = Around(page, [one.box for one in found])
    choices = [around.choice(one.box) if one.kind == TICK or one.choice else None for one in found]
    labels = [choice or around.label(one.box) for one, choice in zip(found, choices, strict=True)]
    spots = [replace(one, label=label) for one, label in zip(found, labels, strict=True)]
    readable = [one for one in spots if _readable(one, around)]
    told = sum(map(around.alone, {one.label for one in readable if one.label})) >= _LEAST
    by_label = {id(one) for one in readable if told or (one.label and around.alone(one.label))}
    return FormPage(
        number=number,
        spots=[replace(one, by_label=id(one) in by_label) for one in spots],
        around=around,
        labels=Labels(leaf.page),
        told=told,
        scanned=page.scanned,
    )


def _asks(field: FormField) -> bool:
    return field.kind != "button" and bool(field.name) and field.box.right - field.box.left > 1.0


def _spot(field: FormField, number: int) -> Spot:
    kinds = {"text": TEXT, "tick": TICK, "signature": SIGNATURE}
    return Spot(
        page=number,
        kind=kinds.get(field.kind, CHOICE),
        box=field.box,
        form=field.name,
        tip=" ".join(field.tip.split()),
        lines=field.lines,
        longest=field.longest,
        options=tuple(field.options) if field.kind == "choice" else (),
        choice=field.choice,
    )


def _ruled(leaf: Leaf, number: int) -> list[Spot]:
    texts, ticks = boxes_of(leaf)
    found = [Spot(page=number, kind=TEXT, box=box, lines=_height(box) > _LINES) for box in texts]
    found += [Spot(page=number, kind=TICK, box=box) for box in ticks]
    return sorted(found, key=lambda one: (one.box.top, one.box.left))


def _readable(spot: Spot, around: Around) -> bool:
    """Whether a printed copy can be read there: nothing is printed where its value would be."""
    return spot.label is not None and spot.kind != SIGNATURE and not (spot.form and around.printed(spot.box))


def _height(box: Box) -> float:
    return box.bottom - box.top
