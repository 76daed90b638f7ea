"""Whether two texts say the same, though a program wrote one of them in its own way."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from .dates import day_of

_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‐": "-", "−": "-"})
_AMOUNT = re.compile(r"-?[£€$]?-?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]+)?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def same(one: str, other: str) -> bool:
    """Spaces, letters without a width and the slant of signs do not count; amounts and dates are the same
    however they are written: a form's script shows 1234.5 as £1,234.50."""
    bare = (_bare(one), _bare(other))
    if bare[0] == bare[1]:
        return True
    amounts = [_amount(text) for text in bare]
    if None not in amounts:
        return amounts[0] == amounts[1]
    return _same_day(one.strip(), other.strip())


def _bare(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).translate(_SIGNS)
    return "".join(letter for letter in "".join(plain.split()) if unicodedata.category(letter) != "Cf")


def _amount(text: str) -> Decimal | None:
    if not _AMOUNT.fullmatch(text):
        return None
    return Decimal(re.sub("[£€$,]", "", text))


def _same_day(one: str, other: str) -> bool:
    """Of two days one must be told in the only way that cannot be misread."""
    iso, written = (one, other) if _ISO.fullmatch(one) else (other, one)
    day = day_of(written)
    if not _ISO.fullmatch(iso) or day is None:
        return False
    try:
        return day.date({"day first"}) == date.fromisoformat(iso)
    except ValueError:
        return False
