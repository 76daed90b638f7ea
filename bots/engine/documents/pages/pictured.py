"""Whether a PDF's page is the picture of one: a scan, or a photograph.

Whatever lies on it, a layer of invisible words or a field for a signature, is some other program's: nobody
knows how well that read.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

from .objects import Thing, things
from .page import Page, View
from .words import Sides

_COVERED = 0.6  # of a page's area: scans may have wide margins
_CELLS = 50  # across and down: strips and tiles of a scan are added up
_INVISIBLE = frozenset({pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP})


def has_pictures(drawn: pypdfium2.PdfPage) -> bool:
    return any(True for _ in things(drawn, pdfium.FPDF_PAGEOBJ_IMAGE))


def is_scan(drawn: pypdfium2.PdfPage, view: View, page: Page) -> bool:
    """Pictures cover it, or its words are invisible; a picture and nothing else is one, too."""
    if page.pictures and (not (page.words or page.fields) or _covered(drawn, view)):
        return True
    return bool(page.words) and _invisible(drawn)


def _covered(drawn: pypdfium2.PdfPage, view: View) -> bool:
    across = _CELLS / max(1.0, view.right - view.left)
    down = _CELLS / max(1.0, view.top - view.bottom)
    cells = np.zeros((_CELLS, _CELLS), dtype=bool)
    for picture, groups in things(drawn, pdfium.FPDF_PAGEOBJ_IMAGE):
        left, bottom, right, top = _sides(picture, groups)
        columns = _span((left - view.left) * across, (right - view.left) * across)
        rows = _span((bottom - view.bottom) * down, (top - view.bottom) * down)
        cells[rows, columns] = True
    return float(cells.mean()) >= _COVERED


def _span(first: float, last: float) -> slice:
    return slice(max(0, round(first)), max(0, min(_CELLS, round(last))))


def _sides(picture: Thing, groups: Sequence[Thing]) -> Sides:
    """On the page: a group has coordinates of its own."""
    matrix = _matrix(picture)
    for group in groups:
        matrix = matrix.multiply(_matrix(group))
    left, bottom, right, top = matrix.on_rect(0, 0, 1, 1)
    return left, bottom, right, top


def _matrix(thing: Thing) -> pypdfium2.PdfMatrix:
    raw = pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetMatrix(thing, raw)
    return pypdfium2.PdfMatrix.from_raw(raw)


def _invisible(drawn: pypdfium2.PdfPage) -> bool:
    modes = [pdfium.FPDFTextObj_GetTextRenderMode(one) for one, _ in things(drawn, pdfium.FPDF_PAGEOBJ_TEXT)]
    return sum(mode in _INVISIBLE for mode in modes) * 2 > len(modes)
