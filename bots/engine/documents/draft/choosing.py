"""What kind of value a field has, as far as its words tell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import field
from .field import Drafted
from .grouping import DATE, MONTH_FIRST, groups_of, heading, without_part
from .names import Names, caption_of, name_of, plain, python_name, spoken
from .phrases import Around
from .spot import CHOICE, SIGNATURE, TICK, Spot

_KINDS = (
    (field.DATE, DATE),
    (
        field.POUNDS,
        re.compile(r"£|\b(?:amount|pounds|swm|enillion|earnings|pay|rent|income|incwm|savings)\b"),
    ),
    (field.POSTCODE, re.compile(r"\b(?:post ?code|cod post)\b")),
    (field.PHONE, re.compile(r"\b(?:phone|telephone|mobile|ff[oô]n|symudol)\b")),
)
_WITHOUT_LINE = re.compile(r"\s*\b(?:line|llinell)?\s*\b1\b", re.I)
_MOST_LISTED = 30
_LONGEST_CHOICE = 60
_CHOICE_NAME = 28  # letters: the name of its type is made of it


def fields_of(pages: Iterable[tuple[Sequence[Spot], Around]]) -> list[Drafted]:
    names = Names()
    found = [_drafted(group, around, names) for spots, around in pages for group in groups_of(spots)]
    counts = Counter(one.caption for one in found)
    return [replace(one, caption=_told_apart(one)) if counts[one.caption] > 1 else one for one in found]


def _told_apart(one: Drafted) -> str:
    """Of a group that comes again, a caption is no one's own."""
    return plain(f"{one.caption} ({one.name.replace('_', ' ')})")


def _drafted(group: Sequence[Spot], around: Around, names: Names) -> Drafted:
    first = group[0]
    if len(group) > 1 and first.choice:
        return _chosen(group, around, names)
    if len(group) > 1:
        return _joined(group, around, names)
    caption = caption_of(first)
    listed = tuple(dict.fromkeys(option for option in first.options if option.strip()))
    kind, wanted = _kind(first, listed), name_of(first, caption)
    return Drafted(
        name=names.give(wanted[:_CHOICE_NAME].strip("_") if kind == field.LISTED else wanted),
        caption=caption,
        kind=kind,
        spots=(first,),
        listed=listed if kind == field.LISTED else (),
    )


def _kind(spot: Spot, listed: Sequence[str]) -> str:
    if spot.kind == SIGNATURE:
        return field.SIGNED
    if spot.kind == TICK:
        return field.YES_NO
    if spot.kind == CHOICE:
        short = 0 < len(listed) <= _MOST_LISTED and all(len(one) <= _LONGEST_CHOICE for one in listed)
        return field.LISTED if short else field.TEXT
    if spot.lines:
        return field.TEXT
    for text in filter(None, (spoken(spot.form).casefold(), spot.words.casefold(), spot.tip.casefold())):
        for kind, words in _KINDS:
            if words.search(text) and not (kind == field.DATE and MONTH_FIRST.search(spot.said)):
                return kind
    return field.TEXT


def _chosen(group: Sequence[Spot], around: Around, names: Names) -> Drafted:
    first = group[0]
    caption = plain(spoken(first.form) or heading(group, around) or first.tip or first.form)
    words = [plain(one.words) for one in group]
    told = all(words) and len(set(words)) == len(words) and max(map(len, words)) <= _LONGEST_CHOICE
    keys = words if told else [one.choice for one in group]
    return Drafted(
        name=names.give(name_of(first, caption)[:_CHOICE_NAME].strip("_")),
        caption=caption,
        kind=field.ONE_OF,
        spots=tuple(group),
        choices=dict(zip(keys, group, strict=True)),
    )


def _joined(group: Sequence[Spot], around: Around, names: Names) -> Drafted:
    first = group[0]
    is_date = not _is_address(group)
    own = without_part(spoken(first.form)) if is_date else spoken(first.form).rstrip("0123456789 _-")
    tip = without_part(first.tip) if is_date else ""
    words = heading(group, around) if is_date else _WITHOUT_LINE.sub("", first.words)
    caption = plain(tip or words or own) or f"{'Date' if is_date else 'Address'} on page {first.page}"
    return Drafted(
        name=names.give(python_name(own) or python_name(caption)),
        caption=caption,
        kind=field.DATE if is_date else field.TEXT,
        spots=tuple(group),
        joint="/" if is_date else ", ",
    )


def _is_address(group: Sequence[Spot]) -> bool:
    return group[0].box.bottom <= group[1].box.top + 1.0
