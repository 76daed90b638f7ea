"""What a file is by its beginning: its name may say anything, and so may what stands further inside it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path

from .mail_mark import begins_as_mail

HEAD = 1 << 16
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN = 1024  # readers of PDFs look so far for the mark: mail systems leave lines before it
_TIFFS = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_HEIC = re.compile(rb"....ftyp(?:hei[cxms]|hev[cxms]|mif1|msf1|avif)", re.S)
_MARKS: tuple[tuple[tuple[bytes, ...], str], ...] = (
    ((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), "zip"),
    ((OLE_MARK,), "ole"),
    ((b"\x78\x9f\x3e\x22",), "tnef"),
    ((b"\xff\xd8\xff",), "jpeg"),
    ((b"\x89PNG\r\n\x1a\n",), "png"),
    (_TIFFS, "tiff"),
    ((b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b"), "archive"),
)


class Begins(StrEnum):
    PDF = "pdf"
    ZIP = "zip"  # workbooks, too
    OLE = "ole"  # old Office files, and Outlook's messages
    TNEF = "tnef"  # winmail.dat
    MAIL = "mail"
    JPEG = "jpeg"
    PNG = "png"
    TIFF = "tiff"
    HEIC = "heic"
    ARCHIVE = "archive"  # of a kind that is not opened
    OTHER = "other"


HOLDERS = frozenset({Begins.MAIL, Begins.ZIP, Begins.TNEF})
PICTURES = frozenset({Begins.JPEG, Begins.PNG, Begins.TIFF})


def beginning(path: Path) -> Begins:
    with path.open("rb") as file:
        return begins(file.read(HEAD))


def may_hold_documents(path: Path) -> bool:
    """A workbook is a zip as well: only opening it tells."""
    return beginning(path) in HOLDERS


def begins(head: bytes) -> Begins:
    """`head`: the first 64 KB."""
    for marks, name in _MARKS:
        if head.startswith(marks):
            return Begins(name)
    if _HEIC.match(head):
        return Begins.HEIC
    if begins_as_mail(head):
        return Begins.MAIL
    is_pdf = b"%PDF-" in head[:_PDF_WITHIN] and not head.lstrip().startswith((b"<", b"{"))
    return Begins.PDF if is_pdf else Begins.OTHER
