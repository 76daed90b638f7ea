"""What a file really is, by its content: its name may say anything."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from ...core.errors import BusinessException
from ..cells.biff import is_encrypted
from ..refusals import AGAIN, damaged, empty, not_a_workbook, outlook_message, password
from .beginning import HEAD, Begins, begins
from .ole import SIGNATURE, Ole
from .unpacking import must_be_modest

_TEXT = 4096
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_JSON_LIST = re.compile(rb"\[\s*[\[{]")
_BOOKS = ("workbook", "book")
_NAMED = {
    Begins.JPEG: "a photograph (JPEG)",
    Begins.PNG: "a picture (PNG)",
    Begins.TIFF: "a picture (TIFF)",
    Begins.HEIC: "a photograph (HEIC)",
    Begins.TNEF: "a winmail.dat of Outlook",
    Begins.ARCHIVE: "an archive of another kind than zip",
}
_MESSAGE = "__properties_version1.0"
_SAVE = f"If it is a table, {AGAIN}."


class Kind(StrEnum):
    XLSX = "xlsx"  # and xlsm: XML in a zip
    XLSB = "xlsb"  # binary records in a zip
    XLS = "xls"  # binary records in an OLE file
    ODS = "ods"  # OpenDocument
    CSV = "csv"  # text between separators, such as CSV and TSV


def kind_of(path: Path) -> Kind:
    """The kind of workbook or text, or a BusinessException that says what it is instead."""
    head = _head(path)
    if not head:
        raise empty("The file has no content at all.")
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(SIGNATURE):
        return _ole(path)
    return _other(path, head)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except PermissionError as error:
        sentence = "The file cannot be opened: another program has it open, or it may not be read."
        raise BusinessException("file-in-use", sentence) from error
    except FileNotFoundError as error:
        raise BusinessException("no-such-file", "The file is not there.") from error
    except IsADirectoryError as error:
        raise not_a_workbook("a folder") from error


def _zipped(path: Path) -> Kind:
    try:
        with path.open("rb") as file:
            must_be_modest(file)
            with zipfile.ZipFile(file) as archive:
                return _package(archive)
    # A member that is encrypted is a RuntimeError, one packed in a way unknown to us NotImplementedError.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise damaged(str(error)) from error


def _package(archive: zipfile.ZipFile) -> Kind:
    names = {name.replace("\\", "/").rsplit("/", 1)[-1].lower(): name for name in archive.namelist()}
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise password()
    if "workbook.bin" in names:
        return Kind.XLSB
    if "workbook.xml" in names:
        return Kind.XLSX
    if "mimetype" in names and archive.read(names["mimetype"]).startswith(_ODS):
        if "manifest.xml" in names and b"encryption-data" in archive.read(names["manifest.xml"]):
            raise password()
        return Kind.ODS
    raise not_a_workbook(_office(set(names)))


def _office(names: set[str]) -> str:
    if "document.xml" in names:
        return "a Word document"
    if "presentation.xml" in names:
        return "a PowerPoint presentation"
    return "a zip archive"


def _ole(path: Path) -> Kind:
    try:
        ole = Ole(path.read_bytes())
        names = set(ole.entries)
        encrypted = bool(names.intersection(_BOOKS)) and is_encrypted(ole.stream(*_BOOKS))
    except (ValueError, IndexError, struct.error, OSError) as error:
        raise damaged(str(error)) from error
    if encrypted or "encryptedpackage" in names:
        raise password()
    if names.intersection(_BOOKS):
        return Kind.XLS
    if _MESSAGE in names:
        raise outlook_message()
    raise not_a_workbook("a Word document" if "worddocument" in names else "another kind of Office file")


def _other(path: Path, head: bytes) -> Kind:
    kind = begins(head)
    if kind is Begins.MAIL:
        raise not_a_workbook("an e-mail", "Save its attachments, and hand these in.")
    if kind in _NAMED:
        raise not_a_workbook(_NAMED[kind])
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"%pdf"):
        raise not_a_workbook("a PDF")
    if text.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta", b"<style", b"<div")):
        raise not_a_workbook("a web page (HTML)", _SAVE)
    if text.startswith(b"<"):
        raise not_a_workbook("XML", _SAVE)
    if text.startswith(b"{\\rtf"):
        raise not_a_workbook("a text document (RTF)", _SAVE)
    if text.startswith(b"{") or _JSON_LIST.match(text):
        raise not_a_workbook("JSON", _SAVE)
    if _is_text(head[:_TEXT]):
        return Kind.CSV
    raise not_a_workbook("of a kind that is not known")


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    return not any(byte < 32 and byte not in b"\t\n\r\f\x1a" for byte in head)
