"""PDFs: the words of each page with their places, and the fields of forms.

Two readers look at every file: PDFium for what is printed, pypdf for what was filled in. What either cannot
open is refused; a page is never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ...core.errors import BusinessException, RekeyError
from ..pages.drawing import Drawing
from ..pages.fonts import doubtful_fonts
from ..pages.page import Page
from ..pages.pictured import has_pictures, is_scan
from ..pages.room import Room, room
from ..pages.view import Prepared, prepared, view_of
from ..pages.words import Written, once, written
from ..refusals import damaged_document, empty_document, nested_too_deeply, page_too_full, protected_document
from ..scans.ink import Ink
from ..scans.leaf import Leaf
from ..scans.read_back import ReadBack
from ..scans.shown import Shown
from .form_fields import fields_of
from .xfa import XfaData, data_of

PAGES = 500
"""No more are read: who hands in so many has put many cases into one file."""
LETTERS = 100_000
"""On a page; one that is full of small print has 10,000."""


def leaves_of(path: Path, *, scans: bool = True) -> Iterator[Leaf]:
    """Page by page; each may be looked at until the next one is asked for. `scans`: read pictures, too.

    Raises a BusinessException for a file that cannot be read.
    """
    with opened(path) as document, _failing(), path.open("rb") as file, room() as mine:
        count = len(document)
        if count == 0:
            raise empty_document()
        if count > PAGES:
            sentence = f"The document has {count} pages; more than {PAGES} are not read. Split it up."
            raise BusinessException("too-many-pages", sentence)
        forms = PdfReader(file)
        if len(forms.pages) != count:
            raise damaged_document(f"{count} or {len(forms.pages)} pages")
        data = data_of(forms)
        for number in range(count):
            said = forms.pages[number]
            with prepared(document, number, said) as sheet:
                yield _Reading(sheet, said, data, mine).leaf(number + 1, scans=scans)


def pages_of(path: Path, *, scans: bool = True) -> Iterator[Page]:
    return (leaf.page for leaf in leaves_of(path, scans=scans))


class _Reading:
    """`said`: the page as pypdf has it; `data`: what its form says a second time."""

    def __init__(self, sheet: Prepared, said: Any, data: XfaData | None, room: Room) -> None:
        self._sheet, self._said, self._data = sheet, said, data
        self._view = view_of(sheet.page, said)
        self._drawing = Drawing(sheet.page, self._view, room)

    def leaf(self, number: int, *, scans: bool) -> Leaf:
        count = self._sheet.text.count_chars()
        if count > LETTERS:
            raise page_too_full()
        words = self._words(0, min(self._sheet.own, count))
        page = Page(
            number=number,
            width=self._drawing.width,
            height=self._drawing.height,
            words=[each.word for each in words],
            fields=list(fields_of(self._said, self._view, self._data)),
            pictures=has_pictures(self._sheet.page),
        )
        if scans and is_scan(self._sheet.page, self._view, page):
            from ..scans.scan import read_scan  # loads what other documents do not need

            return read_scan(self._drawing, page)
        notes = self._words(self._sheet.own, count)
        back = ReadBack(self._drawing, self._sheet.text.raw, partial(doubtful_fonts, self._said))
        shown = Shown(self._drawing, self._view, words, notes, back)
        return Leaf(page=page, ink=Ink(shown.part), draw=self._drawing.whole, shown=shown)

    def _words(self, begin: int, end: int) -> list[Written]:
        return once(written(self._sheet.text.raw, self._view, begin, end))


@contextmanager
def opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if error.err_code == pdfium.FPDF_ERR_PASSWORD:
            raise protected_document() from error
        raise damaged_document(str(error)) from error
    with closing(document):
        if document.get_formtype() != pdfium.FORMTYPE_NONE:
            document.init_forms()  # so that what was filled in is drawn
        yield document


_BROKEN: tuple[type[Exception], ...] = (
    PyPdfError,
    pypdfium2.PdfiumError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OSError,
    EOFError,
    AssertionError,
    NotImplementedError,
)


@contextmanager
def _failing() -> Iterator[Any]:
    """Whatever a damaged file makes a reader raise is one refusal."""
    try:
        yield
    except RekeyError:
        raise
    except RecursionError:
        raise nested_too_deeply() from None
    except _BROKEN as error:
        raise damaged_document(f"{type(error).__name__}") from error
