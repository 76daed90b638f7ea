"""Values beside their labels, wherever they stand: right, or a person's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from bots.engine.core.papers import Papers
from bots.engine.documents.forms.layout import load_layouts
from bots.engine.documents.forms.paper_reader import PaperReader
from bots.engine.settings import ROOT
from tests.reading.invoices.record import Invoice

LAYOUTS = load_layouts(ROOT / "tests" / "reading" / "invoices" / "layouts")
LEFT, RIGHT = 60.0, 420.0
Texts = Mapping[tuple[float, float], str]

NUMBER: Texts = {(LEFT, 100): "Invoice number: INV-0042"}
DATE: Texts = {(LEFT, 130): "Invoice date: 14/11/2026"}
TOTAL: Texts = {(RIGHT, 400): "Total: £120.00"}


def nothing(canvas: Canvas) -> None:
    """Draws nothing more."""


def read(
    folder: Path, *pages: Texts, font: str = "Helvetica", more: Callable[[Canvas], object] = nothing
) -> Any:
    """The only case of a document with these texts, each where its line begins."""
    path = folder / "invoice.pdf"
    canvas = Canvas(str(path), pagesize=A4)
    for page in pages:
        canvas.setFont(font, 10)
        canvas.drawString(LEFT, A4[1] - 40, "Invoices of Example Ltd")
        for (left, top), text in page.items():
            canvas.drawString(left, A4[1] - top, text)
        more(canvas)
        canvas.showPage()
    canvas.save()
    [item] = PaperReader(Invoice, Papers(), LAYOUTS, None).items(path)
    return item


def value(item: Any, name: str) -> tuple[str | None, str | None]:
    """What was read without asking, and else what a person is told."""
    why = item.detail.get("fields", {}).get(name)
    return (None, why) if why else (item.data.get(name), None)


def test_values_beside_their_labels_are_read(tmp_path: Path) -> None:
    item = read(tmp_path, {**NUMBER, **DATE, **TOTAL})
    assert item.code is None
    assert item.data == {"number": "INV-0042", "date": "2026-11-14", "total": "120.00"}
    assert item.origin["pages"] == [1, 1]


def test_a_total_may_stand_on_a_later_page(tmp_path: Path) -> None:
    item = read(tmp_path, {**NUMBER, **DATE}, {**NUMBER, **TOTAL})
    assert (item.code, item.origin["pages"]) == (None, [1, 2])
    assert {name: place["page"] for name, place in item.origin["places"].items()} == {
        "number": 1,
        "date": 1,
        "total": 2,
    }


NUMBERS: dict[str, tuple[Texts, str | None]] = {
    "in German": ({(LEFT, 100): "Rechnungs-Nr.:", (200, 100): "30064443"}, "30064443"),
    "in French, without a space": ({(LEFT, 100): "Facture n°562044387 du 2 juillet 2015"}, "562044387"),
    "below its label": ({(LEFT, 80): "Invoice no.", (200, 80): "Order", (LEFT, 95): "A/17-3"}, "A/17-3"),
    "as a heading": ({(LEFT, 100): "Invoice INV/2023/0008"}, "INV/2023/0008"),
    "the same twice": ({**NUMBER, (LEFT, 700): "Invoice no. INV-0042"}, "INV-0042"),
    "two of them": ({**NUMBER, (LEFT, 700): "Invoice no. INV-0043"}, None),
    "in two words": ({(LEFT, 100): "Invoice number: 2014 / 0042"}, None),
    "in two words elsewhere": ({**NUMBER, (LEFT, 700): "Invoice no. INV 0043"}, None),
    "another one beside it": ({(LEFT, 100): "Original invoice number: 555"}, None),
    "only an order's": ({(LEFT, 100): "Order number: 555123"}, None),
    "a year in the heading": ({(LEFT, 100): "Invoice 2014-05"}, None),
    "a row of several": ({(LEFT, 100): "Invoice no.", (LEFT, 115): "10001", (LEFT, 127): "10002"}, None),
    "two below one label": ({(LEFT, 100): "Invoice number", (LEFT, 115): "10001", (105, 115): "7"}, None),
    "a date": ({(LEFT, 100): "Invoice no. 14/11/2026"}, None),
}

DATES: dict[str, tuple[Texts, str | None]] = {
    "month in words": ({(LEFT, 130): "Date: Jan 1, 2022"}, "2022-01-01"),
    "in Dutch": ({(LEFT, 130): "Factuurdatum: 19 april 2014"}, "2014-04-19"),
    "in German": ({(LEFT, 130): "Rechnungsdatum", (200, 130): "7. März 2014"}, "2014-03-07"),
    "the American way": ({(LEFT, 130): "Invoice Date: 03/20/2023"}, "2023-03-20"),
    "ISO, with a time": ({(LEFT, 130): "Invoice date: 2023-03-04 10:15"}, "2023-03-04"),
    "with points": ({(LEFT, 130): "Datum: 04.03.2023"}, "2023-03-04"),
    "day or month first": ({(LEFT, 130): "Invoice date: 03/04/2023"}, None),
    "another date tells": (
        {(LEFT, 130): "Invoice date: 03/04/2023", (LEFT, 160): "Due date: 30/04/2023"},
        "2023-04-03",
    ),
    "others disagree": (
        {(LEFT, 130): "Invoice date: 03/04/2023", (LEFT, 160): "30/04/2023 and 04/30/2023"},
        None,
    ),
    "two digits of a year": ({(LEFT, 130): "Invoice date: 04.05.06"}, None),
    "unclear at its own label": (
        {(LEFT, 130): "Invoice date: 04.05.06", (LEFT, 160): "Date of issue: 1 May 2006"},
        None,
    ),
    "only the date due": ({(LEFT, 130): "Due date: 14/11/2026"}, None),
    "due, on two lines": ({(LEFT, 130): "Due", (LEFT, 142): "Date: 14/11/2026"}, None),
    "a column of dates": ({(LEFT, 130): "Date", (200, 130): "Item", (LEFT, 145): "14/11/2026"}, None),
    "beside a signature": ({(LEFT, 700): "Date: 14/11/2026"}, None),
    "a period": ({(LEFT, 130): "Invoice date: 01.05.2014-31.05.2014"}, None),
    "a day that does not exist": ({(LEFT, 130): "Invoice date: 31/02/2026"}, None),
}

TOTALS: dict[str, tuple[Texts, str | None]] = {
    "in Dutch": ({(RIGHT, 400): "Totaal", (490, 400): "€ 4.904,94"}, "4904.94"),
    "in Portuguese": ({(300, 400): "Total a pagar: 1 316,83 EUR"}, "1316.83"),
    "Swiss": ({(300, 400): "Gesamtbetrag CHF 1'316.85"}, "1316.85"),
    "a currency apart": ({(300, 400): "Total", (400, 400): "USD", (500, 400): "$ 1,234.50"}, "1234.50"),
    "not the subtotal": ({(RIGHT, 380): "Subtotal: £100.00", **TOTAL}, "120.00"),
    "with its net and its tax": (
        {(LEFT, 400): "Total", (200, 400): "100.00", (300, 400): "20.00", (RIGHT, 400): "120.00"}
        | {(LEFT, 430): "Amount due: 120.00"},
        "120.00",
    ),
    "net and gross alone": ({(LEFT, 400): "Total", (200, 400): "100.00", (300, 400): "120.00"}, None),
    "only the net one": ({(LEFT, 400): "Total: 100.00", (LEFT, 420): "With tax we ask for 120.00"}, None),
    "several": ({**TOTAL, (RIGHT, 430): "Amount due: £20.00"}, None),
    "only a subtotal": ({(RIGHT, 400): "Sub total: £120.00"}, None),
    "a subtotal on two lines": ({(RIGHT, 388): "Sub", (RIGHT, 400): "Total £120.00"}, None),
    "before tax": ({(RIGHT, 400): "Total HT : 120,00 €"}, None),
    "no decimals": ({(RIGHT, 400): "Total: £1,939"}, None),
    "no decimals elsewhere": ({**TOTAL, (RIGHT, 430): "Amount due: £1,939"}, None),
    "only the net one, in wide type": (
        {(LEFT, 400): "Total: 234,50 €", (LEFT, 420): "Pour le tout: 1", (140, 420): "281,40 €"},
        None,
    ),
    "negative": ({(RIGHT, 400): "Total: -120.00"}, None),
    "negative, apart": ({(RIGHT, 400): "Total - 120.00"}, None),
    "a credit": ({(LEFT, 400): "Total: 120.00", (200, 400): "CR"}, None),
    "currency in brackets": ({(LEFT, 400): "Total (EUR): 120.00"}, "120.00"),
    "net, and gross without decimals": ({(LEFT, 400): "Total 100.00", (200, 400): "1,200"}, None),
    "a currency, then no decimals": (
        {**TOTAL, (LEFT, 430): "Amount due", (200, 430): "EUR"} | {(260, 430): "1,939"},
        None,
    ),
    "a count and a price": ({(LEFT, 400): "Total 1 234,56", (68, 500): "x"}, "1234.56"),
    "a count, then a price": ({(LEFT, 400): "Total 1   234,56"}, None),
    "with what was owed": ({**TOTAL, (LEFT, 300): "Previous balance: 20.00"}, None),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_numbers(tmp_path: Path, case: str) -> None:
    texts, wanted = NUMBERS[case]
    _same(value(read(tmp_path, {**texts, **DATE, **TOTAL}), "number"), wanted)


@pytest.mark.parametrize("case", DATES)
def test_dates(tmp_path: Path, case: str) -> None:
    texts, wanted = DATES[case]
    _same(value(read(tmp_path, {**NUMBER, **texts, **TOTAL}), "date"), wanted)


@pytest.mark.parametrize("case", TOTALS)
def test_totals(tmp_path: Path, case: str) -> None:
    texts, wanted = TOTALS[case]
    _same(value(read(tmp_path, {**NUMBER, **DATE, **texts}), "total"), wanted)


def _same(found: tuple[str | None, str | None], wanted: str | None) -> None:
    """A value that is not read has a reason."""
    told, why = found
    assert told == wanted, why
    assert (why is None) == (wanted is not None)


def _off(canvas: Canvas) -> None:
    canvas.drawString(LEFT, -30, "Invoice number: INV-7777")


def _small(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(LEFT, 300, "Invoice number: INV-7777")


def _white(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.drawString(LEFT, 300, "Invoice number: INV-7777")


@pytest.mark.parametrize("hidden", [_off, _small, _white])
def test_what_nobody_sees_says_nothing(hidden: Callable[[Canvas], None], tmp_path: Path) -> None:
    item = read(tmp_path, NUMBER | DATE | TOTAL, more=hidden)
    assert value(item, "number") == ("INV-0042", None)


def test_a_total_that_is_struck_out_is_a_question(tmp_path: Path) -> None:
    high = A4[1] - 400 + 3
    item = read(
        tmp_path, NUMBER | DATE | TOTAL, more=lambda canvas: canvas.line(RIGHT + 20, high, RIGHT + 70, high)
    )
    assert value(item, "total") == (None, "is struck out or written over")
    assert item.code == "value-to-check"


def test_in_type_of_equal_widths_a_label_is_still_whole(tmp_path: Path) -> None:
    item = read(tmp_path, {**NUMBER, (LEFT, 130): "Order Date: 14/11/2026", **TOTAL}, font="Courier")
    assert value(item, "date") == (None, "is not where it should be")
