"""Invoices made from a seed, each with its JSON beside it, and with what leads a reader astray.

Other numbers and dates, subtotals, values under their labels or far from them, type that touches.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random
from typing import TypeVar

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595, 842
Thing = TypeVar("Thing")
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class Words:
    """What one language writes on its invoices."""

    title: str
    numbers: Sequence[str]
    dates: Sequence[str]
    totals: Sequence[str]
    others: Sequence[str]
    subtotal: str
    tax: str
    unknown: str  # a label for the total that the layout does not know
    amounts: Sequence[str]  # thousands, then the decimal sign


WORDS = (
    Words(
        title="INVOICE",
        numbers=("Invoice number", "Invoice No.", "Invoice #", "Invoice"),
        dates=("Invoice date", "Date", "Date of issue"),
        totals=("Total", "Grand total", "Amount due", "Total due"),
        others=("Order number", "Order date", "Due date", "Customer no", "Ref.", "VAT no"),
        subtotal="Subtotal",
        tax="VAT 20%",
        unknown="For everything",
        amounts=(",.", "."),
    ),
    Words(
        title="Rechnung",
        numbers=("Rechnungsnummer", "Rechnung Nr.", "Rechnungs-Nr."),
        dates=("Rechnungsdatum", "Datum"),
        totals=("Gesamtbetrag", "Gesamt", "Rechnungsbetrag", "Summe"),
        others=("Kundennummer", "Bestelldatum", "Lieferdatum", "Fällig am", "Auftragsnr."),
        subtotal="Zwischensumme",
        tax="MwSt. 20%",
        unknown="Endsaldo",
        amounts=(".,",),
    ),
    Words(
        title="Facture",
        numbers=("Facture n°", "N° facture", "Numéro de facture"),
        dates=("Date de facture", "Date", "Date facture"),
        totals=("Total TTC", "Net à payer", "Total"),
        others=("N° client", "Date de commande", "Échéance", "N° commande", "Date d'échéance"),
        subtotal="Total HT",
        tax="TVA 20%",
        unknown="Pour le tout",
        amounts=(" ,", ".,"),
    ),
)
_FONTS, _SIZES = ("Helvetica", "Courier", "Times-Roman"), (7, 9, 10, 12)
_NUMBERS = ("INV-%05d", "%07d", "2024/%04d", "F%06d", "20 %04d", "RE-%d-A")
_DATES = ("%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%d %b %Y", "%m/%d/%Y")
_MONTHS_IN_WORDS = 3  # how many of those forms any language has


def make(folder: Path, count: int, seed: int) -> None:
    for number in range(count):
        _Invoice(folder / f"made-{number:05d}.pdf", Random(seed * 1_000_000 + number)).write()


class _Invoice:
    def __init__(self, path: Path, chance: Random) -> None:
        self._path, self._chance = path, chance
        self._words = chance.choice(WORDS)
        self._font, self._size = chance.choice(_FONTS), chance.choice(_SIZES)
        self._step = self._size * chance.choice((1.1, 1.3, 1.6, 2.2))
        self._colon = chance.choice((":", " :", ""))
        forms = _DATES if self._words is WORDS[0] else _DATES[:_MONTHS_IN_WORDS]
        self._form = chance.choice(forms)
        self._sign = chance.choice(self._words.amounts)
        self._canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), pageCompression=1)

    def write(self) -> None:
        number, day = self._number(), self._day()
        self._type(50, 50, self._words.title, size=self._size * 2)
        self._head(number, day)
        total = self._sums(self._items())
        self._canvas.save()
        values = {"invoice_number": number, "date": day.isoformat(), "amount": total}
        self._path.with_suffix(".json").write_text(json.dumps([values]), encoding="utf-8")

    # ---- number, date, and what looks like them ---------------------------------------------
    def _head(self, number: str, day: date) -> None:
        chance, words = self._chance, self._words
        pairs = [(label, self._other()) for label in chance.sample(words.others, chance.randint(1, 4))]
        if chance.random() < 0.9:
            pairs.append((chance.choice(words.numbers), number))
        if chance.random() < 0.9:
            pairs.append((chance.choice(words.dates), day.strftime(self._form)))
        chance.shuffle(pairs)
        chance.choice((self._rows, self._inline, self._tight, self._grid, self._stacked))(pairs)

    def _rows(self, pairs: Pairs) -> None:
        left, gap, end = self._margin(), self._chance.choice((90, 120, 180)), self._chance.choice("lr")
        for top, (label, value) in self._down(110, pairs):
            self._type(left, top, label + self._colon)
            self._type(left + gap + (60 if end == "r" else 0), top, value, end)

    def _inline(self, pairs: Pairs) -> None:
        left = self._margin()
        for top, (label, value) in self._down(110, pairs):
            self._type(left, top, f"{label}{self._colon} {value}")

    def _tight(self, pairs: Pairs) -> None:
        left = self._margin()
        for top, (label, value) in self._down(110, pairs):
            self._type(left, top, label + self._colon)
            behind = self._wide(label + self._colon) + self._size * self._chance.choice((0.3, 1, 2))
            self._type(left + behind, top, value)

    def _grid(self, pairs: Pairs) -> None:
        """A row of labels, and a row of values that need not stand just under them."""
        wide, heads = 500 / len(pairs), self._chance.choice("lrc")
        for place, (label, value) in enumerate(pairs):
            values = heads if self._chance.random() < 0.8 else self._chance.choice("lrc")
            for top, text, end in ((110, label, heads), (110 + self._step, value, values)):
                self._type(50 + wide * place + {"l": 0, "r": wide - 5, "c": wide / 2}[end], top, text, end)
        if self._chance.random() < 0.2:
            self._type(50, 110 + 2 * self._step, self._number())

    def _stacked(self, pairs: Pairs) -> None:
        left, top = self._margin(), 110.0
        for label, value in pairs:
            self._type(left, top, label + self._colon)
            self._type(left, top + self._size * 1.2, value)
            top += self._size * 1.2 + self._step

    # ---- amounts ----------------------------------------------------------------------------
    def _items(self) -> float:
        net = 0.0
        for top, item in self._down(350, range(self._chance.randint(1, 5))):
            count, price = self._chance.randint(1, 9), round(self._chance.uniform(1, 900), 2)
            net += count * price
            self._type(50, top, f"Item {item}")
            amounts = (str(count), self._amount(price), self._amount(count * price))
            for right, text in zip((400, 470, 545), amounts, strict=True):
                self._type(right, top, text, "r")
        return round(net, 2)

    def _sums(self, net: float) -> float:
        chance, words = self._chance, self._words
        tax = round(net * 0.2, 2)
        total = round(net + tax, 2)
        if chance.random() < 0.15:
            total = round(total * 0.9, 2)
        label = chance.choice(words.totals)
        sums = [(words.subtotal, net), (words.tax, tax), (label, total)]
        if chance.random() < 0.2:
            sums += [("Paid", round(total / 2, 2)), ("Balance due", round(total - total / 2, 2))]
        elif chance.random() < 0.15:
            sums = [(label, net), (words.tax, tax), (words.unknown, total)]
        self._show_sums(sums, label, total)
        return total

    def _show_sums(self, sums: Sequence[tuple[str, float]], label: str, total: float) -> None:
        chance, money = self._chance, self._chance.choice(("", "€ ", "EUR ", "$"))
        kind = chance.choice(("column", "row", "grid"))
        if kind == "column":
            left, right = chance.choice((300, 350)), chance.choice((545, 500))
            for top, (text, value) in self._down(480, sums):
                self._type(left, top, text + self._colon)
                self._type(right, top, money + self._amount(value), "r")
        elif kind == "row":
            self._type(50, 480, label)
            for right, (_, value) in zip((300, 400, 545), [*sums[:2], (label, total)], strict=True):
                self._type(right, 480, self._amount(value), "r")
            if chance.random() < 0.5:
                self._type(300, 520, f"{chance.choice(self._words.totals)} {money}{self._amount(total)}")
        else:
            for place, (text, value) in enumerate(sums):
                self._type(110 + 100 * place, 480, text, "r")
                self._type(110 + 100 * place, 480 + self._step, money + self._amount(value), "r")

    # ---- small things -----------------------------------------------------------------------
    def _down(self, top: float, things: Sequence[Thing]) -> list[tuple[float, Thing]]:
        return [(top + place * self._step, thing) for place, thing in enumerate(things)]

    def _margin(self) -> float:
        return self._chance.choice((50, 300))

    def _number(self) -> str:
        return self._chance.choice(_NUMBERS) % self._chance.randint(100, 99999)

    def _day(self) -> date:
        return date(
            self._chance.randint(2012, 2025), self._chance.randint(1, 12), self._chance.randint(1, 28)
        )

    def _other(self) -> str:
        texts = (self._number(), f"C-{self._chance.randint(1000, 9999)}", "GB123456789", "Net 30")
        return self._chance.choice(
            (*texts, self._day().strftime(self._form), self._day().strftime(self._form))
        )

    def _amount(self, value: float) -> str:
        thousands, decimal = self._sign[:-1], self._sign[-1]
        return f"{value:,.2f}".replace(".", "|").replace(",", thousands).replace("|", decimal)

    def _wide(self, text: str, size: float | None = None) -> float:
        return float(stringWidth(text, self._font, size or self._size))

    def _type(self, left: float, top: float, text: str, end: str = "l", size: float | None = None) -> None:
        """`end`: which end of the text stands there: left, right or its centre."""
        self._canvas.setFont(self._font, size or self._size)
        share = {"l": 0.0, "c": 0.5, "r": 1.0}[end]
        self._canvas.drawString(left - share * self._wide(text, size), HEIGHT - top, text)
