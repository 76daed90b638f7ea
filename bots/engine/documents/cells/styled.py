"""Cells of a sheet's XML whose style tells something: another look of a number, or a line through it."""

from __future__ import annotations

import re

from .addresses import place
from .book_facts import BookFacts
from .marks import PARTLY_STRUCK, Marks
from .styles import mark_style

_STYLED = re.compile(rb"""<(?:\w+:)?c(\s[^>]*?\bs\s*=\s*["']([0-9]+)["'][^>]*)>""")
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]+)["']""")
_SHARED = re.compile(rb"""<(?:\w+:)?c(\s[^>]*\st\s*=\s*["']s["'][^>]*)>\s*<(?:\w+:)?v>([0-9]+)<""")


def style_of(tag: bytes) -> int:
    found = _STYLE.search(tag)
    return int(found[1]) if found else 0


def styled(piece: bytes, book: BookFacts, marks: Marks) -> None:
    telling = book.styles.telling
    if telling and any(b's="%d"' % number in piece or b"s='%d'" % number in piece for number in telling):
        for found in _STYLED.finditer(piece):
            style = telling.get(int(found[2]))
            if style is None or found[1].endswith(b"/"):
                continue
            mark_style(marks, *place(found[1]), style)
    if book.struck:
        for found in _SHARED.finditer(piece):
            if int(found[2]) in book.struck:
                marks.add(*place(found[1]), PARTLY_STRUCK)
