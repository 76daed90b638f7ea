"""Values as records hold them and as screens show them, and when the two are equal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum

Value = str | int | bool | date | Decimal | None


class Format(StrEnum):
    """How a field writes its value; declared in the screen map."""

    TEXT = "text"  # as typed; runs of white space count as one space
    UPPER = "upper"  # the system forces upper case
    DIGITS = "digits"  # an identifier of digits; leading zeros count, spaces do not
    DATE = "date"  # dd/mm/yyyy
    ISO_DATE = "iso_date"  # yyyy-mm-dd
    MONEY = "money"  # 1,234.50, with or without a pound sign
    YES_NO = "yes_no"  # a tick, or Yes and No


def canonical(how: Format, value: Value) -> str:
    """One spelling for every way of writing the same value; what cannot be read stays as it is."""
    if value is None:
        return ""
    if how is Format.YES_NO:
        return _yes_no(value)
    if how in (Format.DATE, Format.ISO_DATE):
        return _date(value)
    text = " ".join(unicodedata.normalize("NFC", str(value)).split())
    if how is Format.DIGITS:
        return text.replace(" ", "")
    if how is Format.UPPER:
        return text.upper()
    if how is Format.MONEY:
        return _money(text)
    return text


def folded(text: str) -> str:
    """One spelling for all that people take for the same key: capitals, spaces, full-width letters (NFKC),
    what has no width (category Cf), and every kind of dash count as one."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text)
        wide = (letter for letter in plain if unicodedata.category(letter) != "Cf")
        text = "".join(_DASH if _is_dash(letter) else letter for letter in wide)
    return " ".join(text.casefold().split())


_DASH, _MINUS = "-", "\u2212"


def _is_dash(letter: str) -> bool:
    return letter == _MINUS or unicodedata.category(letter) == "Pd"


def written(how: Format, value: Value) -> str:
    """The value as a clerk would type it into a field of this format."""
    if value is None:
        return ""
    if how is Format.DATE and isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if how is Format.ISO_DATE:
        return _date(value)
    if how is Format.YES_NO:
        return _yes_no(value)
    return str(value)


def as_people_write(value: Value) -> str:
    """A value without a field: dates as dd/mm/yyyy, Yes and No in words."""
    if isinstance(value, bool):
        return _yes_no(value)
    return written(Format.DATE if isinstance(value, date) else Format.TEXT, value)


def _yes_no(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value).strip().lower()
    return {"true": "yes", "on": "yes", "y": "yes", "false": "no", "n": "no"}.get(text, text)


def _date(value: Value) -> str:
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value).strip()
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, pattern).date().isoformat()
        except ValueError:
            continue
    return text


def _money(text: str) -> str:
    bare = re.sub(r"[£\s]|,(?=[0-9]{3}(?![0-9]))", "", text)
    try:
        return f"{Decimal(bare).normalize():f}" if bare else ""
    except InvalidOperation:
        return text


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What a screen shows for one field, with the format that its map declares. `source`: the same as it
    stands in the page, where line breaks may be that are not seen; None: nobody knows, so that lines do not
    count, as in lists."""

    text: str
    format: Format = Format.TEXT
    source: str | None = None

    def equals(self, value: Value) -> bool:
        if canonical(self.format, self.text) != canonical(self.format, value):
            return False
        wanted = self._lines(value)
        if self.source is None or len(wanted) < 2:
            return True
        return wanted in (self._lines(self.text), self._lines(self.source))

    def _lines(self, value: Value) -> list[str]:
        """Without the blank ones: a page may show each line as a paragraph."""
        found = [canonical(self.format, line) for line in str(value).splitlines()]
        return [line for line in found if line]

    def __str__(self) -> str:
        return canonical(self.format, self.text)


def differences(expected: Mapping[str, Value], shown: Mapping[str, Shown]) -> list[str]:
    """The names that both sides have and that are not equal, in the order of `expected`."""
    return [name for name, value in expected.items() if name in shown and not shown[name].equals(value)]


def unequal(wanted: Mapping[str, Value], shown: Mapping[str, Shown]) -> list[str]:
    """Like `differences`, but an entry that shares no value at all is not equal either."""
    return differences(wanted, shown) if set(wanted) & set(shown) else sorted(wanted)


@dataclass(frozen=True, kw_only=True)
class Found:
    """One entry of a target: its own reference and the values it shows, by the step's names."""

    reference: str
    values: Mapping[str, Shown]

    @property
    def empty(self) -> bool:
        """Whether it shows nothing but its reference: what is gone opens so in some systems."""
        return not any(str(one) for one in self.values.values() if str(one) != self.reference)
