"""PDFs: the words of each page with their places, and the fields of forms.

Two readers look at every file: PDFium for what is printed, pypdf for what was filled in. What either cannot
open is refused; a page is never passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ..core.errors import BusinessException, RekeyError
from .drawing import Drawing
from .form_fields import fields_of
from .ink import Ink
from .leaf import Leaf
from .page import Page
from .page_view import view_of
from .page_words import once, written
from .pictured import has_pictures, is_scan
from .refusals import damaged_document, empty_document, nested_too_deeply, page_too_full, protected_document
from .shown import Shown
from .xfa import data_of

PAGES = 500
"""No more are read: who hands in so many has put many cases into one file."""
LETTERS = 100_000
"""On a page; one that is full of small print has 10,000."""


def leaves_of(path: Path, *, scans: bool = True) -> Iterator[Leaf]:
    """Page by page; each may be looked at until the next one is asked for. `scans`: read pictures, too.

    Raises a BusinessException for a file that cannot be read.
    """
    with opened(path) as document, _failing(), path.open("rb") as file:
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
            with _flat(document, number, said) as (drawn, own):
                yield _leaf(drawn, own, number, said, data, scans=scans)


def pages_of(path: Path, *, scans: bool = True) -> Iterator[Page]:
    return (leaf.page for leaf in leaves_of(path, scans=scans))


def _leaf(drawn: pypdfium2.PdfPage, own: int, number: int, said: Any, data: Any, *, scans: bool) -> Leaf:
    """`own`: how many of its letters are the page's own; those behind them stand in fields and notes."""
    with closing(drawn.get_textpage()) as text:
        count = text.count_chars()
        if count > LETTERS:
            raise page_too_full()
        view = view_of(drawn, said, text.raw)
        words = once(written(text.raw, view, 0, min(own, count)))
        notes = once(written(text.raw, view, own, count))
    drawing = Drawing(drawn, view)
    page = Page(
        number=number + 1,
        width=drawing.width,
        height=drawing.height,
        words=[each.word for each in words],
        fields=list(fields_of(said, view, data)),
        pictures=has_pictures(drawn),
    )
    if scans and is_scan(drawn, view, page):
        from .scan import read_scan  # loads what other documents do not need

        return read_scan(drawing, page)
    shown = Shown(drawing, view, words, notes)
    return Leaf(page=page, ink=Ink(drawing.part), draw=drawing.whole, shown=shown)


@contextmanager
def _flat(document: pypdfium2.PdfDocument, number: int, said: Any) -> Iterator[tuple[pypdfium2.PdfPage, int]]:
    """A page with its fields and notes as parts of it, drawn as people see them; and how many letters were
    its own before. Nothing is changed in the file."""
    page = document[number]
    own = LETTERS + 1
    if pdfium.FPDFPage_GetAnnotCount(page.raw) > 0:
        with closing(page.get_textpage()) as text:
            own = text.count_chars()
        # PDFium would forget the sizes that stand in the groups above the page.
        page.set_mediabox(*map(float, said.mediabox))
        page.set_cropbox(*map(float, said.cropbox))
        pdfium.FPDFPage_Flatten(page.raw, pdfium.FLAT_NORMALDISPLAY)
        page.close()
        page = document[number]
    with closing(page):
        yield page, own


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
