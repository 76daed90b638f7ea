"""What a PDF's page is made of, also inside of the groups on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]

_DEEPEST = 15

Thing = Any
"""PDFium's own handle."""


def things(page: pypdfium2.PdfPage, kind: int) -> Iterator[tuple[Thing, Sequence[Thing]]]:
    """Those of one kind (`FPDF_PAGEOBJ_...`), each with the groups around it, from the inside out.

    Without the wrapper of pypdfium2: it makes an object of its own for everything that it passes (measured).
    """
    for place in range(pdfium.FPDFPage_CountObjects(page.raw)):
        yield from _found(pdfium.FPDFPage_GetObject(page.raw, place), kind, ())


def _found(thing: Thing, kind: int, around: tuple[Thing, ...]) -> Iterator[tuple[Thing, Sequence[Thing]]]:
    its = pdfium.FPDFPageObj_GetType(thing)
    if its == kind:
        yield thing, around
    if its == pdfium.FPDF_PAGEOBJ_FORM and len(around) < _DEEPEST:
        for place in range(pdfium.FPDFFormObj_CountObjects(thing)):
            yield from _found(pdfium.FPDFFormObj_GetObject(thing, place), kind, (thing, *around))
