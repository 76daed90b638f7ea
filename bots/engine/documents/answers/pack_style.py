"""How evidence packs look: fonts, paragraphs and tables."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.lib import colors  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.styles import ParagraphStyle  # type: ignore[import-untyped, unused-ignore]
from reportlab.lib.units import mm  # type: ignore[import-untyped, unused-ignore]
from reportlab.pdfbase import pdfmetrics  # type: ignore[import-untyped, unused-ignore]
from reportlab.pdfbase.ttfonts import TTFError, TTFont  # type: ignore[import-untyped, unused-ignore]
from reportlab.platypus import Paragraph, Table, TableStyle  # type: ignore[import-untyped, unused-ignore]

WIDTH, HEIGHT = A4
MARGIN = 18 * mm
_FRAME = 6  # what the library's frames keep free on each side
LEFT = MARGIN + _FRAME
INNER = WIDTH - 2 * LEFT
INK, GREY, LINE, SHADE = (colors.HexColor(one) for one in ("#0b0c0c", "#505a5f", "#b1b4b6", "#f3f2f1"))
_FONTS = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("arial.ttf", "arialbd.ttf"), ("Vera.ttf", "VeraBd.ttf"))
_FOLDERS = ("/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu-sans-fonts")


@cache
def fonts() -> frozenset[int]:
    """Register a font that the machine has, and say which characters it can draw.

    The one that comes with the library lacks letters of Welsh names, so it is the last choice.
    """
    for regular, bold in _FONTS:
        try:
            faces = [TTFont("Pack", _found(regular)), TTFont("Pack-Bold", _found(bold))]
        except TTFError:
            continue
        for face in faces:
            pdfmetrics.registerFont(face)
        pdfmetrics.registerFontFamily("Pack", normal="Pack", bold="Pack-Bold", italic="Pack")
        return frozenset(faces[0].face.charToGlyph)
    raise AssertionError("the library's own font is always there")


def _found(name: str) -> str:
    return next((str(path) for folder in _FOLDERS if (path := Path(folder, name)).is_file()), name)


def _style(name: str, size: float, **more: Any) -> ParagraphStyle:
    bold = more.pop("bold", False)
    given = {"fontName": "Pack-Bold" if bold else "Pack", "textColor": INK, "leading": size * 1.35} | more
    return ParagraphStyle(name, fontSize=size, **given)


TITLE = _style("title", 20, bold=True, spaceAfter=2 * mm)
LEAD = _style("lead", 9.5, textColor=GREY, spaceAfter=5 * mm)
HEADING = _style("heading", 13, bold=True, spaceBefore=7 * mm, spaceAfter=2 * mm, keepWithNext=1)
SMALL_HEADING = _style("small heading", 10, bold=True, spaceBefore=3 * mm, spaceAfter=1 * mm, keepWithNext=1)
BODY = _style("body", 9, spaceAfter=2 * mm)
NOTE = _style("note", 9, spaceAfter=2 * mm, keepWithNext=1)
CELL = _style("cell", 8, splitLongWords=1)
HEAD = _style("head", 8, bold=True)
HASH = _style("hash", 7, textColor=GREY, splitLongWords=1)
VERDICT = _style("verdict", 10, bold=True)


def text(words: object, style: ParagraphStyle = CELL) -> Paragraph:
    """Words as they are: nothing in them is mark-up, and what the font lacks is named by its number."""
    known = fonts()
    shown = "".join(c if ord(c) in known or c == "\n" else f"[U+{ord(c):04X}]" for c in str(words))
    return Paragraph(html.escape(shown).replace("\n", "<br/>"), style)


def facts(rows: Mapping[str, object]) -> Table:
    """Names on the left, values on the right."""
    cells = [[text(name, HEAD), text(value)] for name, value in rows.items()]
    return _table(cells, [INNER * 0.28, INNER * 0.72], [])


def listing(head: Sequence[str], rows: Sequence[Sequence[object]], widths: Sequence[float]) -> Table:
    """A table whose head is repeated on every page; widths in parts of the whole."""
    cells = [[text(name, HEAD) for name in head]]
    cells += [[one if isinstance(one, Paragraph) else text(one) for one in row] for row in rows]
    shade = [("BACKGROUND", (0, 0), (-1, 0), SHADE)]
    return _table(cells, [INNER * width for width in widths], shade, repeatRows=1)


def verdict(words: str, *, good: bool) -> Table:
    """One sentence in a frame: green, or red."""
    colour = colors.HexColor("#00703c" if good else "#d4351c")
    lines: list[Any] = [("LINEBEFORE", (0, 0), (0, -1), 4, colour), ("BACKGROUND", (0, 0), (-1, -1), SHADE)]
    return Table(
        [[text(words, VERDICT)]], colWidths=[INNER], hAlign="LEFT", style=TableStyle([*lines, *_padding(6)])
    )


def _table(cells: list[list[Any]], widths: Sequence[float], more: list[Any], **options: Any) -> Table:
    lines = [("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    style = TableStyle([*lines, *_padding(2.5), *more])
    return Table(cells, colWidths=list(widths), style=style, hAlign="LEFT", **options)


def _padding(points: float) -> list[Any]:
    whole = ((0, 0), (-1, -1), points)
    sides = [(f"{side}PADDING", (0, 0), (-1, -1), 4) for side in ("LEFT", "RIGHT")]
    return [("TOPPADDING", *whole), ("BOTTOMPADDING", *whole), *sides]
