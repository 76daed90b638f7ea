"""A value as it was taken from a page."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

from ..pages.page import Box

UNREADABLE = "holds letters that cannot be shown"
PART_BLANK = "has a blank part"
_APART = re.compile(r"[0-9](?: [0-9])+")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One value as it stands on the page. `why`: what is wrong with it, in words that follow its caption."""

    text: str
    sure: float = 1.0
    box: Box | None = None
    why: str = ""
    page: int | None = None  # where it need not be the first one of its case


def nowhere(why: str) -> Taken:
    return Taken(text="", sure=0.0, why=why)


def doubted(taken: Taken, why: str) -> Taken:
    """A value that is not what its place shows, or that holds what nobody can read."""
    why = why or (UNREADABLE if any(map(_unreadable, taken.text)) else "")
    return replace(taken, sure=0.0, why=why) if why else taken


def joined(parts: Sequence[Taken], joint: str) -> Taken:
    """One value of several places. The least sure part decides, and any doubt is the whole value's.

    `joint`: what stands between them. Where it ends in a space or a line break, as in an address, blank parts
    are left out; else a value of which some parts are blank, such as a date without its month, is a person's.
    """
    loose = joint[-1:].isspace()
    texts = [part.text.strip() if loose else _together(part.text.strip()) for part in parts]
    why = next((part.why for part in parts if part.why), "")
    some = [text for text in texts if text]
    gaps = bool(some) and len(some) < len(texts) and not loose
    boxes = [part.box for part in parts if part.box is not None]
    return Taken(
        text=joint.join(some),
        sure=0.0 if gaps else min(part.sure for part in parts),
        box=reduce(Box.around, boxes) if boxes else None,
        why=why or (PART_BLANK if gaps else ""),
    )


def _together(text: str) -> str:
    """A part of which each digit stands in a box of its own is one number."""
    return text.replace(" ", "") if _APART.fullmatch(text) else text


def _unreadable(letter: str) -> bool:
    return letter == "\ufffd" or (unicodedata.category(letter) in ("Cc", "Cs") and letter not in "\t\r\n")
