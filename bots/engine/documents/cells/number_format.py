"""Number formats of spreadsheets (ECMA-376 part 1, 18.8.31), as far as they change what a value means.

Most formats show a number as it is, with signs that nobody reads as a part of it: `#,##0.00`, `£#,##0`,
`0" days"`. A few do not: zeros before it or letters in front make an identifier of it (`00000000`,
`"HB"0000000`), `%` a hundredth, a sign of another currency other money, and `;;;` shows nothing at all.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*].|\[([^\]]*)\]|(General)|(E[+-])|(.)', re.S | re.I)
_DATES = frozenset("dmyhs")
_CURRENCY = re.compile(r"\$([^-]*)(?:-[0-9A-F]+)?", re.I)
_ELAPSED = re.compile(r"h+|m+|s+", re.I)
_OURS = frozenset({"£", "GBP", ""})
_LEAST_ZEROS = 2
BUILT_IN = {9: "0%", 10: "0.00%"}
"""Those of the built-in formats that say anything: money and dates follow the computer's own place."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a format makes of a number. `parts`: literals, and None for each digit that always stands."""

    percent: bool = False
    currency: str = ""  # another one than pounds
    hidden: bool = False
    parts: tuple[str | None, ...] = ()  # of an identifier
    decimals: int = 0

    @property
    def tells(self) -> bool:
        return self.percent or bool(self.currency) or self.hidden or bool(self.parts)

    def text(self, number: float) -> str | None:
        """What stands in the cell, where that is another text than the number; None: nobody can say."""
        if self.percent:
            return f"{_plain(Decimal(f'{number:.15g}') * 100)}%"
        if number < 0 or number != round(number, self.decimals) or abs(number) >= 1e15:
            return None
        whole, _, part = f"{number:.{self.decimals}f}".partition(".")
        digits, made = list(whole), list[str]()
        slots = sum(one is None for one in self.parts)
        for one in reversed(self.parts):
            if one is not None:
                made.append(one)
                continue
            slots -= 1
            made.append(digits.pop() if digits else "0")
            if slots == 0:
                made += reversed(digits)
        return "".join(reversed(made)) + (f".{part}" if part else "")


PLAIN = Look()


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@cache
def look_of(code: str) -> Look:
    """Of a positive number: the code's first part."""
    if code.strip() and not code.replace(";", "").strip():
        return Look(hidden=True)
    tokens = list(_tokens(_first_part(code)))
    if any(kind == "date" for kind, _ in tokens):
        return PLAIN  # a date or a time, which the reader knows
    currency = _currency(tokens)
    if any(kind == "percent" for kind, _ in tokens):
        return Look(percent=True)
    return Look(currency=currency) if currency else _identifier(tokens)


def is_date(code: str) -> bool:
    return any(kind == "date" for kind, _ in _tokens(_first_part(code)))


def _first_part(code: str) -> str:
    for found in _TOKEN.finditer(code):
        if found[6] == ";":
            return code[: found.start()]
    return code


def _tokens(code: str) -> list[tuple[str, str]]:
    return [_token(found) for found in _TOKEN.finditer(code)]


def _token(found: re.Match[str]) -> tuple[str, str]:
    quoted, escaped, bracket, general, exponent, letter = found.groups()
    if quoted is not None or escaped is not None:
        return "literal", quoted if quoted is not None else escaped
    if bracket is not None:
        if money := _CURRENCY.fullmatch(bracket):
            return "currency", money[1]
        return ("date" if _ELAPSED.fullmatch(bracket) else "other"), bracket
    if general or exponent:
        return "other", ""
    if letter is None:
        return "space", ""
    if letter in "0#?":
        return "zero" if letter == "0" else "digit", letter
    if letter == "%":
        return "percent", letter
    if letter.lower() in _DATES:
        return "date", letter
    return ("mark" if letter in ".,/@" else "literal"), letter


def _currency(tokens: list[tuple[str, str]]) -> str:
    for kind, text in tokens:
        if kind == "currency" and text.strip() not in _OURS:
            return text.strip()
        if kind == "literal" and (sign := _sign(text)):
            return sign
    return ""


def _sign(text: str) -> str:
    bare = text.strip()
    if _CODE.fullmatch(bare.upper()):
        return bare.upper()
    return next((one for one in bare if unicodedata.category(one) == "Sc" and one != "£"), "")


_CODE = re.compile("EUR|USD|CHF|PLN|SEK|NOK|DKK|CZK|HUF|RON|BGN|TRY|JPY|CNY|INR|AUD|CAD|NZD|ZAR|KR|ZŁ|FR")


_NO_NUMBER = frozenset({("mark", "/"), ("mark", "@"), ("mark", ",")})
"""A fraction, a text, and groups of thousands: no identifier is written so."""


def _identifier(tokens: list[tuple[str, str]]) -> Look:
    """A number with zeros before it, or with letters in front."""
    kinds = [kind for kind, _ in tokens]
    if "other" in kinds or not _NO_NUMBER.isdisjoint(tokens):
        return PLAIN
    point = tokens.index(("mark", ".")) if ("mark", ".") in tokens else len(tokens)
    whole = tokens[:point]
    zeros = sum(kind == "zero" for kind, _ in whole)
    if zeros == 0:
        return PLAIN
    first = next(place for place, (kind, _) in enumerate(whole) if kind in ("zero", "digit"))
    front = "".join(text for kind, text in whole[:first] if kind == "literal")
    if zeros < _LEAST_ZEROS and not any(letter.isalnum() for letter in front):
        return PLAIN
    decimals = sum(kind in ("zero", "digit") for kind, _ in tokens[point:])
    behind = [text for kind, text in tokens[point:] if kind == "literal"] if decimals == 0 else []
    parts = [None if kind == "zero" else text for kind, text in whole if kind in ("zero", "literal")]
    return Look(parts=(*parts, *behind), decimals=decimals)
