"""Records as real data has them: apostrophes, accents, ampersands, long values, spaces, line breaks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from .app import KINDS, Case

_FIRST = (
    "Siân",
    "Zoë",
    "Seán",
    "Ann",
    "Łukasz",
    "Nguyễn",
    "D'Arcy",
    "Mary-Jane",
    "Björn",
    "Aoife",
    "J.",
    "李雷",
)
_LAST = (
    "O'Neill",
    "Smith & Sons",
    "Müller-Hötte",
    "Mc Donald",
    "d'Aubigné",
    "Şahin",
    "van der Berg",
    "Ng",
    "<Brown>",
)
_WORDS = (
    'Bin 3 was "missed" again',
    "it's the 2nd time & nobody came",
    "50% off; £12.50 owed",
    "see http://home.example/a?b=1&c=2#d",
    "C:\\temp\\new.txt",
    "{{ braces }} and {% signs %} and <b>tags</b>",
    "100m² – “quoted” … done",
    "a=b;c='d'--",
    "café, naïve, Œuvre, ñandú",
    "🙂 thanks",
)


def records(number: int, seed: int = 1) -> Sequence[Case]:
    dice = random.Random(seed)
    return [_one(dice, n) for n in range(1, number + 1)]


def _one(dice: random.Random, number: int) -> Case:
    name = f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
    if number % 7 == 0:
        name = f"  {name}"
    if number % 11 == 0:
        name = f"{name}  {dice.choice(_LAST)} {dice.choice(_LAST)}"
    return Case(
        key=f"K{number:05d}",
        name=name,
        note=_note(dice, number),
        kind=dice.choice(KINDS),
        day=date(2025, 1, 1) + timedelta(days=dice.randrange(700)),
        paid=dice.random() < 0.5,
    )


def _note(dice: random.Random, number: int) -> str:
    lines = [dice.choice(_WORDS) for _ in range(dice.randrange(1, 5))]
    if number % 5 == 0:
        lines = ["", f"   {lines[0]}", "", *lines, "\tindented", ""]
    if number % 13 == 0:
        lines += [" ".join(dice.choice(_WORDS) for _ in range(60))]
    return dice.choice(("\n", "\n", "\r\n")).join(lines)
