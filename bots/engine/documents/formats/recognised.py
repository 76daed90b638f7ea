"""The format of a file, by its content: its name may say anything."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from ...core.errors import BusinessException
from ..kinds.beginning import HEAD, OLE_MARK, Begins, begins
from ..kinds.unpacking import must_be_modest
from ..refusals import AGAIN, damaged, empty, not_a_workbook, outlook_message, password
from .compound import opened
from .format import Format
from .table import FORMATS

_JSON_LIST = re.compile(rb"\[\s*[\[{]")
_NAMED = {
    Begins.JPEG: "a photograph (JPEG)",
    Begins.PNG: "a picture (PNG)",
    Begins.TIFF: "a picture (TIFF)",
    Begins.HEIC: "a photograph (HEIC)",
    Begins.TNEF: "a winmail.dat of Outlook",
    Begins.ARCHIVE: "an archive of another kind than zip",
}
_ENCRYPTED = "encryptedpackage"
_MESSAGE = "__properties_version1.0"
_SAVE = f"If it is a table, {AGAIN}."


def format_of(path: Path) -> Format:
    """The format of a workbook or text, or a BusinessException that says what the file is instead."""
    head = _head(path)
    if not head:
        raise empty("The file has no content at all.")
    if head.startswith(b"PK"):
        return _zipped(path)
    if head.startswith(OLE_MARK):
        return _compound(path)
    return _other(head)


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


def _zipped(path: Path) -> Format:
    try:
        with path.open("rb") as file:
            must_be_modest(file)
            with zipfile.ZipFile(file) as archive:
                return _package(archive)
    # A member that is encrypted is a RuntimeError, one packed in a way unknown to us NotImplementedError.
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError) as error:
        raise damaged(str(error)) from error


def _package(archive: zipfile.ZipFile) -> Format:
    names = {name.replace("\\", "/").rsplit("/", 1)[-1].lower(): name for name in archive.namelist()}
    if any(info.flag_bits & 1 for info in archive.infolist()):
        raise password()
    for one in FORMATS:
        if one.is_package(archive, names):
            return one
    raise not_a_workbook(_office(set(names)))


def _office(names: set[str]) -> str:
    if "document.xml" in names:
        return "a Word document"
    if "presentation.xml" in names:
        return "a PowerPoint presentation"
    return "a zip archive"


def _compound(path: Path) -> Format:
    try:
        with opened(path) as file:
            for one in FORMATS:
                if one.is_compound(file):
                    return one
            names = file.names
    except (ValueError, OSError) as error:
        raise damaged(str(error)) from error
    if _ENCRYPTED in names:
        raise password()
    if _MESSAGE in names:
        raise outlook_message()
    raise not_a_workbook("a Word document" if "worddocument" in names else "another kind of Office file")


def _other(head: bytes) -> Format:
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
    for one in FORMATS:
        if one.is_text(head):
            return one
    raise not_a_workbook("of a kind that is not known")
