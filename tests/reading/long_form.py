"""A form of four pages with invented labels in English and Welsh, to be drafted and read: groups that come
again, dates in three boxes, an address in four, round buttons, ticks, a list, and free text.

    python -m tests.reading.long_form FILE          a blank one that can be filled in
    python -m tests.reading.long_form FILE --seed 1 the same with invented values
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab.lib.colors import black, transparent
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

HEIGHT = A4[1]
TITLE = "Help for your household / Cymorth i'ch aelwyd"
VERSION = "HH4 (05/2026)"
PAGES = 4
CHILDREN = 3
ROW = 18.0
LANGUAGES = ("Choose / Dewiswch", "English / Saesneg", "Welsh / Cymraeg")
PERIODS = {"week": "Every week / Bob wythnos", "month": "Every month / Bob mis"}
HEADINGS = {1: "About you / Amdanoch chi", 2: "Your children / Eich plant", 3: "Your money / Eich arian"}
HEADINGS[4] = "Declaration / Datganiad"


@dataclass(frozen=True, kw_only=True)
class Place:
    """`kind`: text, lines, tick, round or list. `label`: at the left of a text, at the right of a tick."""

    page: int
    name: str
    label: str
    left: float
    top: float
    width: float = 200.0
    height: float = ROW
    kind: str = "text"
    choice: str = ""
    longest: int = 0


@cache
def places() -> tuple[Place, ...]:
    return tuple(_places())


def _places() -> Iterator[Place]:
    yield Place(page=1, name="case_ref", label="Our reference / Ein cyfeirnod", left=220, top=150)
    yield Place(page=1, name="full_name", label="Your name / Eich enw", left=220, top=180)
    yield from _date(1, "born", "Date of birth / Dyddiad geni", 210)
    for line in range(1, 5):
        label = f"Address line {line} / Cyfeiriad {line}"
        yield Place(page=1, name=f"address{line}", label=label, left=220, top=220 + 24 * line)
    yield Place(page=1, name="post", label="Postcode / Cod post", left=220, top=350, width=90)
    yield Place(page=1, name="tel", label="Telephone / Ffôn", left=220, top=380)
    yield Place(page=1, name="speaks", label="Language / Iaith", left=220, top=410, kind="list")
    for child in range(1, CHILDREN + 1):
        top = 120 + 150 * child
        yield Place(page=2, name=f"child{child}_name", label="Name / Enw", left=220, top=top)
        yield from _date(2, f"child{child}_born", "Born on / Ganwyd ar", top + 30)
        yield Place(page=2, name=f"child{child}_school", label="School / Ysgol", left=220, top=top + 60)
        label = "Lives with me / Yn byw gyda mi"
        yield Place(page=2, name=f"child{child}_here", label=label, left=220, top=top + 90, kind="tick")
    yield Place(page=3, name="wages", label="Earnings (£) / Enillion (£)", left=220, top=150, width=90)
    yield Place(page=3, name="pension_sum", label="Pension (£) / Pensiwn (£)", left=220, top=180, width=90)
    for number, (choice, label) in enumerate(PERIODS.items()):
        left = 220 + 160.0 * number
        yield Place(page=3, name="paid", label=label, left=left, top=212, kind="round", choice=choice)
    for number, what in enumerate(("Rent / Rhent", "Council tax / Treth gyngor", "Heating / Gwres")):
        yield Place(page=3, name=f"needs{number}", label=what, left=220, top=250 + 24.0 * number, kind="tick")
    label = "Anything else / Unrhyw beth arall"
    yield Place(page=3, name="more", label=label, left=220, top=350, width=320, height=90, kind="lines")
    label = "I agree / Rwy'n cytuno"
    yield Place(page=4, name="agree", label=label, left=220, top=150, kind="tick")
    yield Place(page=4, name="signed_name", label="Signed by / Llofnodwyd gan", left=220, top=180)
    yield from _date(4, "signed", "Date signed / Dyddiad llofnodi", 210)
    yield Place(page=4, name="team_ref", label="Team / Tîm", left=220, top=240, width=90)
    yield Place(page=4, name="helper", label="Who helped you / Pwy helpodd", left=220, top=270)
    yield Place(page=4, name="helper_tel", label="Their telephone / Eu ffôn", left=220, top=300)


def _date(page: int, name: str, label: str, top: float) -> Iterator[Place]:
    parts = (("day", "DD", 30.0, 2), ("month", "MM", 30.0, 2), ("year", "YYYY", 50.0, 4))
    left = 220.0
    for part, _, width, longest in parts:
        first = label if part == "day" else ""
        yield Place(
            page=page, name=f"{name}_{part}", label=first, left=left, top=top, width=width, longest=longest
        )
        left += width + 14.0


# ---- values ---------------------------------------------------------------------------------
Values = Mapping[str, str]
"""By place; of round buttons by name and `=` and choice. Of ticks `Yes` or blank."""
WORDS = ("Elm", "Ash", "Larch", "Sample", "Rowan", "Hazel", "Alder", "Willow", "Teststead", "Iris", "Ffion")


def values(seed: int) -> dict[str, str]:
    """Invented; each place that may be blank is blank now and then, a date as a whole."""
    chance = random.Random(f"long form/{seed}")
    found: dict[str, str] = {}
    for place in places():
        if place.name.endswith(("_day", "_month", "_year")):
            continue
        if place.kind == "round":
            continue
        found[place.name] = _value(place, chance)
    for name in sorted({place.name.rsplit("_", 1)[0] for place in places() if place.longest}):
        parts = (chance.randint(1, 28), chance.randint(1, 12), chance.randint(1950, 2026))
        given = name == "born" or chance.random() < 0.8
        for part, number in zip(("day", "month", "year"), parts, strict=True):
            found[f"{name}_{part}"] = f"{number:02d}" if given else ""
    paid = chance.choice([*PERIODS, ""])
    found |= {f"paid={choice}": "Yes" if choice == paid else "" for choice in PERIODS}
    return found


def _value(place: Place, chance: random.Random) -> str:
    if place.name == "case_ref":
        return f"HH-{chance.randint(1, 9_999_999):07d}"
    if chance.random() < 0.2:
        return ""
    if place.kind == "tick":
        return "Yes"
    if place.kind == "list":
        return chance.choice(LANGUAGES[1:])
    if place.name == "post":
        return f"ZZ{chance.randint(1, 9)} {chance.randint(1, 9)}AB"
    if place.name in ("tel", "helper_tel"):
        return f"01632 960{chance.randint(0, 999):03d}"
    if place.name == "team_ref":
        return f"T-{chance.randint(1, 99):02d}"
    if place.name in ("wages", "pension_sum"):
        return f"{chance.randint(1, 3000):,}.{chance.randint(0, 99):02d}"
    words = " ".join(chance.sample(WORDS, 3))
    return f"{words}\n{' '.join(chance.sample(WORDS, 4))}" if place.kind == "lines" else words


# ---- the form -------------------------------------------------------------------------------
def form(filled: Values | None = None, *, fillable: bool = True, order: tuple[int, ...] = ()) -> bytes:
    """`fillable`: with fields; otherwise boxes alone, with what was typed in them. `order`: of its pages."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle("HH4")
    for page in order or range(1, PAGES + 1):
        _furnish(canvas, page)
        for place in places():
            if place.page == page:
                _draw(canvas, place, filled or {}, fillable)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _furnish(canvas: Canvas, page: int) -> None:
    _write(canvas, 45, 60, "Examplewick Borough Council / Cyngor Bwrdeistref Examplewick", 9)
    if page == 1:
        _write(canvas, 45, 95, TITLE, 18)
    _write(canvas, 45, 125, HEADINGS[page], 13)
    if page == 2:
        for child in range(1, CHILDREN + 1):
            _write(canvas, 45, 110 + 150 * child, f"Child {child} / Plentyn {child}", 11)
    _write(canvas, 45, 810, VERSION, 8)
    _write(canvas, 480, 810, f"Page {page} of {PAGES}", 8)


def _draw(canvas: Canvas, place: Place, filled: Values, fillable: bool) -> None:
    round_or_tick = place.kind in ("tick", "round")
    height = 12.0 if round_or_tick else place.height
    if place.label and round_or_tick:
        _write(canvas, place.left + 18, place.top + 10, place.label, 9)
    elif place.label:
        _write(canvas, 45, place.top + 12, place.label, 9)
    bottom = HEIGHT - place.top - height
    if not (round_or_tick and fillable):
        canvas.rect(place.left, bottom, 12.0 if round_or_tick else place.width, height)
    key = f"{place.name}={place.choice}" if place.choice else place.name
    if fillable:
        _field(canvas, place, filled.get(key, ""), bottom)
    elif round_or_tick and filled.get(key):
        canvas.line(place.left + 2, bottom + 2, place.left + 10, bottom + 10)
        canvas.line(place.left + 2, bottom + 10, place.left + 10, bottom + 2)
    elif not round_or_tick:
        for number, line in enumerate(filled.get(key, "").split("\n")):
            _write(canvas, place.left + 4, place.top + 12 + 12 * number, line, 9)


def _field(canvas: Canvas, place: Place, text: str, bottom: float) -> None:
    where: dict[str, Any] = {"x": place.left, "y": bottom}
    if place.kind == "tick":
        canvas.acroForm.checkbox(name=place.name, checked=bool(text), size=12, fieldFlags="", **where)
    elif place.kind == "round":
        canvas.acroForm.radio(
            name=place.name,
            value=place.choice,
            selected=bool(text),
            size=12,
            shape="square",
            fieldFlags="noToggleToOff radio",
            **where,
        )
    else:
        where |= {"width": place.width, "height": place.height, "fontName": "Helvetica", "fontSize": 9}
        where |= {"fillColor": transparent, "borderColor": black, "borderWidth": 0}
        if place.kind == "list":
            options = [(LANGUAGES[0], ""), *((one, one) for one in LANGUAGES[1:])]
            canvas.acroForm.choice(name=place.name, options=options, value=[text or LANGUAGES[0]], **where)
        else:
            flags = "multiline" if place.kind == "lines" else ""
            canvas.acroForm.textfield(
                name=place.name, value=text, maxlen=place.longest, fieldFlags=flags, **where
            )


def _write(canvas: Canvas, left: float, base: float, text: str, size: float) -> None:
    canvas.setFont("Helvetica", size)
    canvas.drawString(left, HEIGHT - base, text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--printed", action="store_true", help="Without fields.")
    given = parser.parse_args()
    filled = None if given.seed is None else values(given.seed)
    given.file.write_bytes(form(filled, fillable=not given.printed))


if __name__ == "__main__":
    main()
