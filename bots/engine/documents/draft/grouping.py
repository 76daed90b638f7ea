"""Which places of a form make one value: round buttons, day, month and year, the lines of an address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import pairwise

from ..pages.page import Box
from .names import spoken
from .phrases import Around
from .spot import CHOICE, TEXT, TICK, Spot

_PARTS = (("day", "dd", "diwrnod", "dydd"), ("month", "mm", "mis"), ("year", "yyyy", "yy", "blwyddyn"))
DATE = re.compile(r"\b(?:date|dob|dyddiad|born)\b")
MONTH_FIRST = re.compile(r"\bmm\W*dd\b|\bmonth\W+day\b", re.I)
_SMALL = 75.0  # points: the width of a box for a year
_LETTERS = (2, 2, 4)  # of day, month and year
_BESIDE = 45.0  # points between two of them
_APART = 30.0  # points between two lines of an address
_ADDRESS = re.compile(r"address|cyfeiriad")
_ENDS = re.compile(r"^(.*?)[\s_-]*(?:line)?[\s_-]*([1-9])$")


def groups_of(spots: Sequence[Spot]) -> Iterator[list[Spot]]:
    """All of a page's places, those that belong together as one."""
    left = list(spots)
    while left:
        group = _buttons(left) or _date(left) or _address(left) or left[:1]
        yield group
        left = [one for one in left if one not in group]


def _buttons(left: Sequence[Spot]) -> list[Spot]:
    first = left[0]
    same = [one for one in left if one.form and one.form == first.form]
    if first.kind not in (CHOICE, TICK) or first.options or len({one.choice for one in same}) < 2:
        return []
    return same


# ---- dates ----------------------------------------------------------------------------------
def _date(left: Sequence[Spot]) -> list[Spot]:
    row = [one for one in left if one.kind == TEXT and not one.lines and _level(one.box, left[0].box)]
    row = sorted((one for one in row if one.box.left >= left[0].box.left), key=lambda one: one.box.left)[:3]
    if len(row) < 3 or row[0] is not left[0] or not _close(row):
        return []
    parts = [part_of(one) for one in row]
    if set(parts) == {0, 1, 2}:  # also where the month comes first
        return [row[parts.index(part)] for part in range(3)]
    if any(part not in (None, place) for place, part in enumerate(parts)):
        return []
    sized = tuple(one.longest for one in row) == _LETTERS
    return row if sized or _ruled_date(row) else []


def _ruled_date(row: Sequence[Spot]) -> bool:
    """Three small boxes behind a label that speaks of a date, on a form without fields."""
    small = all(not one.form and one.box.right - one.box.left <= _SMALL for one in row)
    words = row[0].words.casefold()
    return (
        small
        and bool(DATE.search(words))
        and not MONTH_FIRST.search(words)
        and not any(one.words for one in row[1:])
    )


def part_of(spot: Spot) -> int | None:
    """Of a day 0, of a month 1, of a year 2."""
    texts = (spoken(spot.form) or spot.form, spot.tip, spot.words)
    return next((part for text in texts if (part := _part_in(text)) is not None), None)


def _part_in(text: str) -> int | None:
    words = set(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text).casefold()))
    found = [place for place, names in enumerate(_PARTS) if words & set(names)]
    return found[0] if len(found) == 1 else None


def without_part(text: str) -> str:
    """A caption without the word for the day."""
    words = "|".join(name for names in _PARTS for name in names)
    return re.sub(rf"(?i)(?<![a-z])(?:{words})(?![a-z])|[/:(]\s*$", "", text).strip(" -_/:,()")


def heading(group: Sequence[Spot], around: Around) -> str:
    """The words that belong to all of a group."""
    own = {one.label for one in group if one.label is not None and _part_in(one.label.text) is not None}
    box = reduce(Box.around, (one.box for one in group))
    found = around.label(box, but=own)
    return found.text if found is not None else ""


def _close(row: Sequence[Spot]) -> bool:
    return all(-1.0 <= other.box.left - one.box.right <= _BESIDE for one, other in pairwise(row))


def _level(one: Box, other: Box) -> bool:
    return one.top <= other.middle[1] <= one.bottom


# ---- addresses ------------------------------------------------------------------------------
def _address(left: Sequence[Spot]) -> list[Spot]:
    """`Address 1`, `Address 2` and so on, one below the other."""
    lines = [left[0]] if _line_of(left[0]) else []
    for one in left[1:]:
        if (
            lines
            and _line_of(one) == _next(lines[-1])
            and -1.0 <= one.box.top - lines[-1].box.bottom <= _APART
        ):
            lines.append(one)
    return lines if len(lines) > 1 else []


def _line_of(spot: Spot) -> tuple[str, int] | None:
    for text in (spoken(spot.form), spot.words):
        found = _ENDS.match(text.casefold())
        if spot.kind == TEXT and found and _ADDRESS.search(found[1]):
            return found[1], int(found[2])
    return None


def _next(spot: Spot) -> tuple[str, int] | None:
    found = _line_of(spot)
    return (found[0], found[1] + 1) if found else None
