"""What a run of words says: an amount, a day, or a number by which something is known. As a whole, or not
at all: where something is left over, a person reads it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from ..dates import Day, day_of
from ..pages.page import Word
from ..plain_letters import plain_letters

# Named one by one: three capital letters before an amount may be NET or VAT.
_CODES = (
    "EUR|USD|GBP|PLN|INR|CHF|SEK|NOK|DKK|CZK|HUF|RON|BGN|CAD|AUD|NZD|JPY|CNY|HKD|SGD|ZAR|BRL|MXN|TRY"
    "|AED|SAR|ILS|RUB|UAH|KRW|THB|MYR|IDR|PHP|VND|COP|CLP|ARS|PEN"
)
_MONEY = rf"(?:US|A|C|NZ|HK|S|R)?\$|[€£¥₹₩₺]|Rs\.?|zł|Kč|kr\.?|Ft|lei|{_CODES}"
_GAP = r"[ \u202f\u2009]"
# Two decimals, always: a dot or a comma before three digits could be either.
_DIGITS = (
    r"[0-9]+[.,][0-9]{2}"
    r"|[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]{2}"
    r"|[0-9]{1,2}(?:,[0-9]{2})*,[0-9]{3}\.[0-9]{2}"
    r"|[0-9]{1,3}(?:['’][0-9]{3})+\.[0-9]{2}"
    rf"|[0-9]{{1,3}}(?:\.[0-9]{{3}})+,[0-9]{{2}}|[0-9]{{1,3}}(?:{_GAP}[0-9]{{3}})+,[0-9]{{2}}"
)
_AMOUNT = re.compile(rf"(?:(?:{_MONEY}) ?){{0,2}}({_DIGITS})(?: ?(?:{_MONEY})){{0,2}}")
_LIKE_AMOUNT = re.compile(
    rf"[-+(]? ?(?:(?:{_MONEY}) ?){{0,2}}[-+]? ?[0-9][0-9.,'’ -]*[)]?(?: ?(?:{_MONEY})){{0,2}}[-)]?"
)
_IN_BRACKETS = re.compile(rf"^[(\[]({_MONEY})[)\]]:?$")
_TURNED = frozenset({"cr", "-", "–", "−"})
_COUNT = re.compile(r"[0-9]{1,3}")
_LIKE_DAY = re.compile(r"[0-9]{1,4}[./-](?:[0-9]{1,2}|[A-Za-z]{3,})[./-][0-9]{1,4}")
_THOUSANDS = 0.6  # heights: the space in 1 234,56 is no wider
_NUMBER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_/.\-]*[A-Za-z0-9])?")
_SHORTEST = 3
_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?:[-/.][0-9]{1,2})?")
_BEFORE = ":#.-"


@dataclass(frozen=True, kw_only=True)
class Row:
    """The amounts of a row, up to the first words that are none: those are the `rest`."""

    values: Sequence[Decimal]
    words: Sequence[Word]
    rest: Sequence[Word]

    @property
    def clear(self) -> bool:
        """Whether the rest is no amount that is written otherwise, and does not turn the last one round."""
        turned = bool(self.rest) and self.rest[0].text.strip(".").casefold() in _TURNED
        return bool(self.values) and not turned and not _like_an_amount(self.rest)

    @property
    def none(self) -> bool:
        return not self.values and not _like_an_amount(self.rest)


def amount_in(words: Sequence[Word], beside: Collection[str] = (), gap: float = _THOUSANDS) -> Decimal | None:
    """`gap`: in heights, between digits that belong together."""
    left_out = {plain_letters(text) for text in beside}
    kept = [word for word in words if plain_letters(word.text) not in left_out]
    found = _AMOUNT.fullmatch(_joined(kept)) if _close(kept, gap) else None
    if found is None:
        return None
    digits = re.sub(r"[^0-9]", "", found[1])
    return Decimal(digits) / 100


def amounts(runs: Sequence[Sequence[Word]], beside: Collection[str]) -> Row:
    """A currency may stand apart from its amount."""
    values, taken, held = list[Decimal](), list[Word](), list[Word]()
    for run in runs:
        held = [*held, *run]
        if _only_money(held):
            continue
        value = amount_in(held, beside)
        if value is None:
            break
        values, taken, held = [*values, value], [*taken, *held], []
    return Row(values=values, words=taken, rest=held)


def _like_an_amount(words: Sequence[Word]) -> bool:
    """Whether it could be one that is written otherwise; a short number alone may be a count of things."""
    text = _joined(words)
    return _LIKE_AMOUNT.fullmatch(text) is not None and not _COUNT.fullmatch(text)


def _joined(words: Sequence[Word]) -> str:
    """Without the signs around a currency."""
    bare = (_IN_BRACKETS.sub(r"\1", word.text) for word in words)
    return " ".join(text for text in bare if text.strip(":=")).strip(":= ")


def like_a_day(words: Sequence[Word]) -> bool:
    return any(_LIKE_DAY.search(word.text) for word in words)


def day_in(words: Sequence[Word]) -> Day | None:
    return day_of(" ".join(word.text for word in words).lstrip(_BEFORE + " "))


def number_in(words: Sequence[Word], then: Collection[str] = ()) -> str | None:
    """One word with a digit in it. `then`: words that may follow, with anything behind them."""
    kept = [word for word in words if word.text.strip(_BEFORE)]
    if len(kept) > 1 and plain_letters(kept[1].text) not in map(plain_letters, then):
        return None
    return first_number(kept)


def first_number(words: Sequence[Word]) -> str | None:
    """The same, whatever follows it."""
    text = next((word.text.lstrip(_BEFORE) for word in words if word.text.strip(_BEFORE)), "")
    plain = _NUMBER.fullmatch(text) and any(letter.isdigit() for letter in text)
    if not plain or len(text) < _SHORTEST or day_of(text) is not None or _AMOUNT.fullmatch(text):
        return None
    return text


def like_a_year(text: str) -> bool:
    return _YEAR.fullmatch(text) is not None


def _only_money(words: Sequence[Word]) -> bool:
    return all(re.fullmatch(_MONEY, part) for part in _joined(words).split())


def _close(words: Sequence[Word], most: float) -> bool:
    """Digits that stand apart are two numbers, such as a quantity and a price."""
    return all(-1.0 <= gap < most * height for gap, height in _gaps(words))


def _gaps(words: Sequence[Word]) -> Iterator[tuple[float, float]]:
    for one, other in pairwise(words):
        if one.text[-1].isdigit() and other.text[0].isdigit():
            yield other.box.left - one.box.right, other.box.bottom - other.box.top
