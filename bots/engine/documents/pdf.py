"""PDFs: the words of each page with their places, and the fields of forms.

Two readers look at every file: PDFium for what is printed, pypdf for what was filled in. What either cannot
open is refused; a page is never passed over in silence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from ctypes import byref, c_double
from functools import partial
from pathlib import Path
from typing import Any

import pypdfium2  # type: ignore[import-untyped, unused-ignore]
import pypdfium2.raw as pdfium  # type: ignore[import-untyped, unused-ignore]
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from ..core.errors import BusinessException, RekeyError
from .form_fields import fields_of
from .ink import Ink
from .leaf import Leaf
from .page import Box, Page, View, Word
from .refusals import damaged_document, empty_document, nested_too_deeply, page_too_full, protected_document

PAGES = 500
"""No more are read: who hands in so many has put many cases into one file."""
LETTERS = 100_000
"""On a page; one that is full of small print has 10,000."""
_OTHER_SIZE = 1.0  # points
_INK_SCALE = 2.0  # pixels a point
_WHOLE = 0.8  # of a page's area
_WORDS_END = frozenset(" \t\r\n\u00a0\ufffe\uffff")
Sides = tuple[float, float, float, float]
"""Left, bottom, right and top, in a page's own coordinates."""
_FAR = 0.8  # of a letter's size
_NO_LETTER = "\ufffd"  # a font may say any number, or none
_HYPHEN = "\x02"  # what PDFium gives for one at a line's end


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
        for number in range(count):
            with closing(document[number]) as drawn:
                view = view_of(drawn)
                width, height = view.size
                page = Page(
                    number=number + 1,
                    width=width,
                    height=height,
                    words=list(_words(drawn, view)),
                    fields=list(fields_of(forms.pages[number], view)),
                    pictures=_has_pictures(drawn),
                )
                if scans and _is_scan(drawn, page):
                    from .scan import read_scan  # loads what other documents do not need

                    yield read_scan(drawn, page)
                else:
                    yield Leaf(page=page, ink=Ink(partial(_part, drawn, page)), draw=partial(_whole, drawn))


def pages_of(path: Path, *, scans: bool = True) -> Iterator[Page]:
    return (leaf.page for leaf in leaves_of(path, scans=scans))


def _whole(drawn: pypdfium2.PdfPage, scale: float) -> Image.Image:
    picture: Image.Image = drawn.render(scale=scale).to_pil()
    return picture


def _part(drawn: pypdfium2.PdfPage, page: Page, box: Box) -> Image.Image | None:
    """A part of a page as a grey picture."""
    left, top = max(0.0, box.left), max(0.0, box.top)
    right, bottom = min(page.width, box.right), min(page.height, box.bottom)
    if min(right - left, bottom - top) < 1.0:
        return None
    crop = (left, page.height - bottom, page.width - right, top)
    picture: Image.Image = drawn.render(scale=_INK_SCALE, crop=crop, grayscale=True).to_pil()
    return picture


def _is_scan(drawn: pypdfium2.PdfPage, page: Page) -> bool:
    """A picture over the whole page. Words behind it are some other program's reading, which nobody knows."""
    return bool(page.pictures) and not page.fields and (not page.words or _covered(drawn))


def _covered(drawn: pypdfium2.PdfPage) -> bool:
    width, height = drawn.get_size()
    whole = width * height
    for one in drawn.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        sides = one.get_bounds()
        if (sides[2] - sides[0]) * (sides[3] - sides[1]) > _WHOLE * whole:
            return True
    return False


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


def view_of(page: pypdfium2.PdfPage) -> View:
    """What is shown of a page. Raises BusinessException where PDFium would draw another part than the page
    says of itself: what is looked at in the picture would then be another place."""
    left, bottom, right, top = _shown(page.get_mediabox(), page.get_cropbox())
    view = View(left=left, bottom=bottom, right=right, top=top, turned=page.get_rotation())
    if max(abs(ours - drawn) for ours, drawn in zip(view.size, page.get_size(), strict=True)) > _OTHER_SIZE:
        raise damaged_document("a page is drawn in another size than it says")
    return view


def _shown(whole: Sides, part: Sides) -> Sides:
    """Some programs crop a page to more than there is of it: the rest is not drawn. Others name its corners
    in another order."""
    whole, part = _in_order(whole), _in_order(part)
    left, bottom = max(whole[0], part[0]), max(whole[1], part[1])
    right, top = min(whole[2], part[2]), min(whole[3], part[3])
    return (left, bottom, right, top) if left < right and bottom < top else whole


def _in_order(sides: Sides) -> Sides:
    left, bottom, right, top = sides
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def _words(page: pypdfium2.PdfPage, view: View) -> Iterator[Word]:
    with closing(page.get_textpage()) as text:
        word, count = _Growing(view), text.count_chars()
        if count > LETTERS:
            raise page_too_full()
        # Called for every letter: PDFium itself, without its wrapper, takes a third of the time (measured).
        letter_at, box_at, raw = pdfium.FPDFText_GetUnicode, pdfium.FPDFText_GetCharBox, text.raw
        sides = [c_double() for _ in range(4)]
        left, right, bottom, top = sides
        places = [byref(side) for side in sides]
        for place in range(count):
            code = letter_at(raw, place)
            letter = chr(code) if 0 < code <= sys.maxunicode else _NO_LETTER
            if letter in _WORDS_END:
                if whole := word.ended():
                    yield whole
                continue
            if not box_at(raw, place, *places):
                raise damaged_document("a letter without a place")
            here = (left.value, bottom.value, right.value, top.value)
            # Columns of a table may stand side by side without a space.
            if word.is_far(here) and (whole := word.ended()):
                yield whole
            word.add("-" if letter == _HYPHEN else letter, here)
        if whole := word.ended():
            yield whole


class _Growing:
    """A word as its letters come."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._letters: list[str] = []
        self._sides: list[Sides] = []

    def is_far(self, here: Sides) -> bool:
        """Whether a letter stands further from the last one than letters of a word do."""
        if not self._sides:
            return False
        left, bottom, right, top = self._sides[-1]
        # Asked for every letter: calls of `max` would be felt.
        gap, size, tall = here[0] - right, right - left, top - bottom
        if left - here[2] > gap:
            gap = left - here[2]
        if here[1] - top > gap:
            gap = here[1] - top
        if bottom - here[3] > gap:
            gap = bottom - here[3]
        if tall > size:
            size = tall
        if here[3] - here[1] > size:
            size = here[3] - here[1]
        return gap > _FAR * size

    def add(self, letter: str, here: Sides) -> None:
        self._letters.append(letter)
        self._sides.append(here)

    def ended(self) -> Word | None:
        """The word, if there is any; the next one begins."""
        if not self._sides:
            return None
        lefts, bottoms, rights, tops = zip(*self._sides, strict=True)
        box = self._view.box((min(lefts), min(bottoms), max(rights), max(tops)))
        whole = Word("".join(self._letters), box)
        self._letters, self._sides = [], []
        return whole


def _has_pictures(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))


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
