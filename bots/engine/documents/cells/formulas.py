"""What stands in a sheet's XML (xlsx, xlsm) and calamine does not tell, found without parsing it.

Only pieces that hold a formula, an error or a hidden row are looked at closely: 100,000 rows of 12 columns
cost little more than unpacking them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import IO

from ..refusals import damaged
from .addresses import Addresses, place
from .book_facts import BookFacts, holds_dates
from .marks import NO_DAY, UNCOUNTED, UNSAVED, Marks, error
from .package import pieces
from .styled import style_of, styled
from .text_formula import gives_text

_ROW_NUMBER = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")
_TEXT_TYPE = re.compile(rb"""\st\s*=\s*["']str["']""")
_TYPE = re.compile(rb"""\st\s*=\s*["'](?!n["'])""")
_HEAD = re.compile(rb"<(\w+:)?worksheet\b")


@dataclass(frozen=True, kw_only=True)
class _Patterns:
    """`x:` stands before every tag in the files of some programs."""

    formula: bytes
    cell: bytes
    row_end: bytes
    end: bytes
    unsaved: re.Pattern[bytes]
    stored: re.Pattern[bytes]
    long_number: re.Pattern[bytes]
    iso_date: re.Pattern[bytes]
    counted: re.Pattern[bytes]
    error: re.Pattern[bytes]
    hidden: re.Pattern[bytes]
    flat: re.Pattern[bytes]
    tag: re.Pattern[bytes]
    sixty: re.Pattern[bytes]


@cache
def patterns(prefix: bytes) -> _Patterns:
    p = re.escape(prefix)
    formula = rb"<%bf(?:\s[^>]*)?(?:/>|>[^<]*</%bf>)\s*" % (p, p)
    nothing = rb"(<%bv\s*/>\s*|<%bv[^>/]*>\s*</%bv>\s*)?" % (p, p, p)
    value = rb"<%bv[^>/]*>([^<]*)</%bv>" % (p, p)
    return _Patterns(
        formula=b"<" + prefix + b"f",
        cell=b"<" + prefix + b"c",
        row_end=b"</" + prefix + b"row>",
        end=b"</" + prefix + b"worksheet",
        unsaved=re.compile(formula + nothing + rb"</%bc>" % p),
        stored=re.compile(rb"(<%bc\s[^>]*)>\s*" % p + formula + rb"(?:%b|<%bv\s*/>)" % (value, p)),
        long_number=re.compile(
            rb"(<%bc\s[^>]*)>\s*<%bv>(-?[0-9.]{17,}(?:[eE][+-]?[0-9]+)?)</%bv>" % (p, p, p)
        ),
        iso_date=re.compile(rb"""(<%bc\s[^>]*\st\s*=\s*["']d["'][^>]*)>\s*%b""" % (p, value)),
        error=re.compile(rb"""\st\s*=\s*["']e["'][^<>]*>\s*(?:%b)?(?:%b)?""" % (formula, value)),
        counted=re.compile(
            rb"(<%bc\s[^>]*)>\s*<%bf(?:\s[^>]*)?(?:/>|>([^<]*)</%bf>)\s*%b" % (p, p, p, value)
        ),
        flat=re.compile(rb"""<%brow\s[^>]*?\sht\s*=\s*["'][01]?(?:\.[0-9]*)?["'][^>]*>""" % p),
        tag=re.compile(rb"<%b(?:c|row)\b[^>]*>" % p),
        sixty=re.compile(rb"(<%bc\s[^>]*)>\s*(?:<%bf[^>]*>[^<]*</%bf>\s*)?<%bv>60</%bv>" % (p, p, p, p, p)),
        hidden=re.compile(rb"""<%brow\s[^>]*?\shidden\s*=\s*["'](?:1|true)["'][^>]*>""" % p),
    )


def sheet_pieces(file: IO[bytes]) -> Iterator[tuple[_Patterns, bytes]]:
    """The sheet's XML in pieces of whole rows, with the patterns that fit its tags."""
    head = file.read(4096)
    found = _HEAD.search(head)
    look = patterns((found and found[1]) or b"")
    addressed = Addresses(look.tag)
    for number, piece in enumerate(pieces(file, look.row_end)):
        yield look, addressed.of(head + piece if number == 0 else piece)


def xlsx_marks(file: IO[bytes], book: BookFacts) -> Marks:
    """Of one sheet's part: formulas without a value of their own, error cells, hidden rows, and cells of
    which the style tells something."""
    marks = Marks(texts_with_dates=book.texts_with_dates)
    for look, piece in sheet_pieces(file):
        if look.formula in piece:
            _unsaved(look, piece, marks)
            _uncounted(look, piece, book, marks)
        styled(piece, book, marks)
        if book.styles.dates and b">60</" in piece:
            _no_days(look, piece, book, marks)
        if not marks.texts_with_dates and b"inlineStr" in piece:
            marks.texts_with_dates = holds_dates(piece)
        # A single letter is found ten times as fast as two, and few programs write apostrophes.
        if b'"e"' in piece or (b"'" in piece and b"'e'" in piece):
            _errors(look, piece, marks)
        if b"hidden" in piece:
            marks.hidden.update(_row(found[0]) for found in look.hidden.finditer(piece))
        if b' ht="' in piece:
            marks.hidden.update(_row(found[0]) for found in look.flat.finditer(piece))
    if look.end not in piece:  # calamine gives what there is of a torn sheet
        raise damaged("the sheet has no end")
    return marks


def _unsaved(look: _Patterns, piece: bytes, marks: Marks) -> None:
    for found in look.unsaved.finditer(piece):
        tag = piece[piece.rfind(look.cell, 0, found.start()) : found.start()]
        # Excel writes the empty text that a formula gave as a value without content.
        if found[1] is None or not _TEXT_TYPE.search(tag):
            marks.add(*place(tag), UNSAVED)


def _uncounted(look: _Patterns, piece: bytes, book: BookFacts, marks: Marks) -> None:
    """Values that nobody calculated: of a workbook that says so, and a number as the value of a text."""
    for found in look.counted.finditer(piece):
        tag, formula, value = found[1], found[2] or b"", found[3]
        is_number = value.strip() == b"0" and not _TYPE.search(tag)
        if not book.calculated or (is_number and gives_text(formula.decode("utf-8", "replace"))):
            marks.add(*place(tag), UNCOUNTED)


def _no_days(look: _Patterns, piece: bytes, book: BookFacts, marks: Marks) -> None:
    for found in look.sixty.finditer(piece):
        if style_of(found[1]) in book.styles.dates:
            marks.add(*place(found[1]), NO_DAY)


def _errors(look: _Patterns, piece: bytes, marks: Marks) -> None:
    for found in look.error.finditer(piece):
        tag = piece[piece.rfind(look.cell, 0, found.start()) : found.end(0)]
        # The same letters inside a formula or a text stand behind the end of a tag.
        if b">" not in tag[: len(tag) - len(found[0])]:
            marks.add(*place(tag), error(found[1].decode("ascii", "replace") if found[1] else None))


def _row(tag: bytes) -> int:
    found = _ROW_NUMBER.search(tag)
    if not found:
        raise damaged("a row has no number")
    return int(found[1])
