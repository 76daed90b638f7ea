"""The places of a form that are to be filled in: its fields; or where it has none, its ruled boxes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..forms.labels import Labels
from ..pages.page import Box, FormField, Page
from ..scans.leaf import Leaf
from .boxes import boxes_of
from .phrases import Around, Phrase
from .spot import CHOICE, SIGNATURE, TEXT, TICK, Spot

_LEAST = 5  # labels that stand once: they tell how a page lies
_CLOSE = 24.0  # points: from further away a tick is not measured by one label alone
_LINES = 34.0  # points: a ruled box of this height holds several lines


@dataclass(frozen=True, kw_only=True)
class FormPage:
    """`number`: in its case. `told`: enough words stand once, so that together they tell how it lies;
    `anchors`: those of them that are no labels."""

    number: int
    spots: Sequence[Spot]
    around: Around
    labels: Labels
    size: tuple[float, float]
    anchors: Sequence[Phrase]
    told: bool


def form_page(leaf: Leaf, number: int, *, ruled: bool) -> FormPage:
    """`ruled`: the form has no fields. Nothing of what was filled in is in what it gives."""
    page = leaf.page
    if leaf.shown is not None:
        page = replace(page, words=leaf.shown.visible(page.words))
    found = _ruled(leaf, number) if ruled else [_spot(one, number) for one in page.fields if _asks(one)]
    around = Around(page, [one.box for one in found])
    choices = [around.choice(one.box) if _is_tick(one) else None for one in found]
    labels = [choice or around.label(one.box) for one, choice in zip(found, choices, strict=True)]
    spots = [replace(one, label=label) for one, label in zip(found, labels, strict=True)]
    own = {one.label for one in spots if one.label and _readable(one, around)}
    anchors = around.anchors(but=own)
    told = len(anchors) + sum(map(around.alone, own)) >= _LEAST
    placed = [replace(one, anchor=_anchor(one, around, told)) for one in spots]
    return FormPage(
        number=number,
        spots=[one for one in placed if one.form or one.anchor],
        around=around,
        labels=Labels(leaf.page),
        size=(page.width, page.height),
        anchors=anchors if told else [],
        told=told,
    )


def _anchor(spot: Spot, around: Around, told: bool) -> Phrase | None:
    """`told`: the page's words tell how it lies, so that any of them will do."""
    if not _readable(spot, around):
        return None
    if told:
        return around.measured(spot.box, spot.label)
    if spot.label is None or not around.alone(spot.label):
        return None
    return None if _is_tick(spot) and spot.label.box.gap(spot.box) > _CLOSE else spot.label


def _is_tick(spot: Spot) -> bool:
    return spot.kind == TICK or bool(spot.choice)


def has_fields(page: Page) -> bool:
    return any(map(_asks, page.fields))


def _asks(field: FormField) -> bool:
    wide = field.box.right - field.box.left > 1.0
    return field.kind != "button" and bool(field.name) and wide and not field.hidden


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
        options=_offered(field),
        choice=field.choice,
    )


def _offered(field: FormField) -> tuple[str, ...]:
    """What a drop-down list offers, without the words that it shows while nothing is chosen."""
    offered = field.options if field.kind == "choice" else ()
    return tuple(option for option in offered if option.strip() and option != field.blank)


def _ruled(leaf: Leaf, number: int) -> list[Spot]:
    texts, ticks = boxes_of(leaf)
    found = [Spot(page=number, kind=TEXT, box=box, lines=_height(box) > _LINES) for box in texts]
    found += [Spot(page=number, kind=TICK, box=box) for box in ticks]
    return sorted(found, key=lambda one: (one.box.top, one.box.left))


def _readable(spot: Spot, around: Around) -> bool:
    """Whether a printed copy can be read there: nothing is printed where its value would be."""
    return spot.kind != SIGNATURE and not (spot.form and around.printed(spot.box))


def _height(box: Box) -> float:
    return box.bottom - box.top
