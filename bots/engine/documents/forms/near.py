"""Values that stand to the right of a label or below it, wherever on the pages of a case that is.

It is for documents of many makers, whose labels are known and whose places are not. Every place where a value
could stand is looked at, and all of them must agree; what could be read in two ways is a person's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import reduce

from ..dates import Day, order_of
from ..pages.page import Box, Word
from ..scans.leaf import Leaf
from .labels import Labels
from .layout import Layout, Near
from .near_labels import Found, Rows
from .near_text import (
    amount_in,
    amounts,
    day_in,
    first_number,
    like_a_day,
    like_a_year,
    number_in,
)
from .taken import Taken
from .taking import sure_of

NOWHERE, UNREAD = "is not where it should be", "could not be made out beside its label"
SEVERAL, ORDER = "could be one of several", "could have the day or the month first"
NOT_LARGEST, OTHERS = "is not the largest amount", "may hold more than this document's own"

_WEAK_REACH = 0.05  # of the page's width: how far a number may stand from a word such as `Invoice`
_PARTS = 3  # words in which 1 234 567,89 may come
_LOOSE = 2.0  # heights between them, where it only makes somebody doubt
_AS_TALL = 0.6
_REACH = {
    "number": 0.4,
    "date": 0.4,
    "amount": 1.0,
}  # amounts stand at the right margin, wherever their label is

Value = str | Day | Decimal


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What stands at one label: one value, or of a row of amounts each of them.

    `clear`: it can be read so. What is not clear says nothing by itself, but nothing may be read that it
    speaks against.
    """

    values: frozenset[Value]
    clear: bool
    words: Sequence[Word]
    sure: float = 1.0
    strong: bool = True
    page: int = 0
    why: str = ""  # it is not what people see there


class Nearby:
    """The fields of one case that are found by their labels alone; its pages are added one by one."""

    def __init__(self, layout: Layout) -> None:
        self._fields = {name: field.near for name, field in layout.fields.items() if field.near is not None}
        self._found: dict[str, list[Candidate]] = {name: [] for name in self._fields}
        self._labelled = {name: [False, False] for name in self._fields}  # by a weak label, by a strong one
        self._barred: set[str] = set()
        self._largest = Decimal(0)
        self._orders: dict[str, set[str]] = {}

    def add(self, leaf: Leaf) -> None:
        if not self._fields:
            return
        if leaf.shown is not None:  # what nobody sees says nothing
            leaf = replace(leaf, page=replace(leaf.page, words=leaf.shown.visible(leaf.page.words)))
        rows, labels = Rows(leaf.page), Labels(leaf.page)
        self._learn(leaf)
        for name, near in self._fields.items():
            if labels.says(near.unless):
                self._barred.add(name)
            for strong, texts in ((True, near.labels), (False, near.weak)):
                for label in rows.find(texts):
                    self._labelled[name][strong] = True
                    self._found[name] += self._at(leaf, rows, label, near, strong)

    def values(self) -> dict[str, Taken]:
        return {name: self._value(name, near) for name, near in self._fields.items()}

    def _learn(self, leaf: Leaf) -> None:
        """What the rest of the page tells of its amounts and dates."""
        words = leaf.page.words
        for end in range(1, len(words) + 1):
            for size in range(1, _PARTS + 1):
                amount = amount_in(words[max(0, end - size) : end], gap=_LOOSE)
                self._largest = max(self._largest, amount or Decimal(0))
        for word in words:
            if (told := order_of(word.text)) is not None:
                self._orders.setdefault(told[0], set()).add(told[1])

    # ---- what stands at a label -------------------------------------------------------------
    def _at(self, leaf: Leaf, rows: Rows, label: Found, near: Near, strong: bool) -> Iterator[Candidate]:
        if not strong and (rows.goes_on(label) or (near.kind != "amount" and not _in_head(leaf, label))):
            return
        heading = near.kind == "number" and not strong
        places = [rows.right(label, _WEAK_REACH if heading else _REACH[near.kind])]
        if strong:
            places.append([below] if (below := rows.below(label)) else [])
        clear = False
        for read in filter(None, (_read(near, runs) for runs in places)):
            if heading and not _is_heading(label, read):
                continue
            if clear and not read.clear:  # below a label with its value stand other things
                continue
            clear = clear or read.clear
            sure = sure_of(leaf, read.words) if read.clear else 0.0
            why = leaf.shown.doubt_of_words(read.words) if leaf.shown is not None else ""
            yield replace(read, sure=sure, strong=strong, page=leaf.page.number, why=why)

    # ---- what they say together -------------------------------------------------------------
    def _value(self, name: str, near: Near) -> Taken:
        found = self._counting(name, near)
        clear = [each for each in found if each.clear]
        if not clear:
            return Taken(text="", sure=0.0, why=UNREAD if any(self._labelled[name]) else NOWHERE)
        agreed = reduce(lambda one, other: one & other, (each.values for each in found))
        best = min(clear, key=lambda each: len(each.values))
        box = _around(best.words)
        if len(agreed) != 1:
            return Taken(text=_said(best.words), sure=0.0, box=box, why=SEVERAL, page=best.page)
        [value] = agreed
        text, why = self._as_text(value)
        unlike = next((each.why for each in found if each.why), "")
        sure = 0.0 if unlike else max(each.sure for each in clear)
        doubt = why or unlike or self._doubt(name, value)
        return Taken(text=text, sure=sure, box=box, why=doubt, page=best.page)

    def _counting(self, name: str, near: Near) -> list[Candidate]:
        """A weak label counts where there is no strong one; of amounts all count."""
        strong = self._labelled[name][True] and near.kind != "amount"
        return [each for each in self._found[name] if each.strong or not strong]

    def _as_text(self, value: Value) -> tuple[str, str]:
        if isinstance(value, Decimal):
            return f"{value:.2f}", ""
        if isinstance(value, str):
            return value, ""
        date = value.date(self._orders.get(value.between, set()))
        return (date.isoformat(), "") if date else (value.text, ORDER)

    def _doubt(self, name: str, value: Value) -> str:
        if name in self._barred:
            return OTHERS
        too_small = isinstance(value, Decimal) and not Decimal(0) < value >= self._largest
        return NOT_LARGEST if too_small and self._fields[name].largest else ""


def _read(near: Near, runs: Sequence[Sequence[Word]]) -> Candidate | None:
    """Of a row of amounts all of them, up to the first words that are none."""
    if not runs:
        return None
    first = runs[0]
    if near.kind == "amount":
        row = amounts(runs, near.beside)
        if row.none:
            return None
        return _told(row.values, row.words) if row.clear else _unclear([], first)
    if near.kind == "date":
        day = day_in(first)
        return _told([day], first) if day else _unclear([], first) if like_a_day(first) else None
    number = number_in(first, near.then)
    if number is not None:
        return _told([number], first)
    if not any(letter.isdigit() for word in first[:2] for letter in word.text):
        return None
    begun = first_number(first)
    return _unclear([begun] if begun is not None else [], first)


def _told(values: Collection[Value], words: Sequence[Word]) -> Candidate:
    return Candidate(values=frozenset(values), clear=True, words=words)


def _unclear(values: Collection[Value], words: Sequence[Word]) -> Candidate:
    return Candidate(values=frozenset(values), clear=False, words=words)


def _in_head(leaf: Leaf, label: Found) -> bool:
    """Further down, `Date` may stand beside a signature."""
    return label.box.bottom < leaf.page.height / 2


def _is_heading(label: Found, read: Candidate) -> bool:
    """Whether a word such as `Invoice` and what follows it are a heading with the number."""
    tall, value = label.box.bottom - label.box.top, _around(read.words)
    texts = [each for each in read.values if isinstance(each, str)]
    plain = all(text == text.upper() and not like_a_year(text) for text in texts)
    return bool(texts) and plain and value.bottom - value.top > _AS_TALL * tall


def _around(words: Sequence[Word]) -> Box:
    return reduce(Box.around, (word.box for word in words))


def _said(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)
