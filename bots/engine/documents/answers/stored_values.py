"""Puts back into a saved workbook what openpyxl cannot write: the stored values of its formulas.

Without them, whoever reads the workbook before Excel has calculated it again finds blanks. Two more kinds of
cells are put back: numbers of which openpyxl's sixteen digits are not enough, and dates written as ISO text.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape

from ..cells.addresses import place_name
from ..cells.formulas import sheet_pieces
from ..cells.package import shared_strings, sheet_parts

Stored = Mapping[bytes, tuple[bytes, bytes]]
"""Address -> type and value, as they stand in the XML."""

_TYPE = re.compile(rb"""\st\s*=\s*["']([a-zA-Z]+)["']""")
_SAVED = re.compile(rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))?<v\s*(?:/>|>[^<]*</v>)')


def put_back(original: Path, saved: Path) -> None:
    """Give the formulas of the saved workbook the values that they have in the original."""
    with zipfile.ZipFile(original) as source, zipfile.ZipFile(saved) as made:
        old, new = _Original(source), sheet_parts(made)
        stored = {part: old.stored(name) for name, part in new.items() if name in old.parts}
        if any(stored.values()):
            patched = saved.with_name(f"{saved.name}.patched")
            with zipfile.ZipFile(patched, "w", zipfile.ZIP_DEFLATED) as target:
                for member in made.infolist():
                    _copy(made, target, member, stored.get(member.filename, {}))
    if any(stored.values()):
        os.replace(patched, saved)


class _Original:
    """The workbook that the sender handed in."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.parts = sheet_parts(archive)

    def stored(self, sheet: str) -> Stored:
        found: dict[bytes, tuple[bytes, bytes]] = {}
        with self._archive.open(self.parts[sheet]) as file:
            for look, piece in sheet_pieces(file):
                if look.formula in piece:
                    for tag, value in look.stored.findall(piece):
                        if value or _kind(tag) == b"str":
                            found[place_name(tag)] = self._value(_kind(tag), value)
                for tag, value in look.long_number.findall(piece):
                    if _kind(tag) == b"n" and float(f"{float(value):.16g}") != float(value):
                        found[place_name(tag)] = (b"n", value)
                if b'"d"' in piece:
                    for tag, value in look.iso_date.findall(piece):
                        found[place_name(tag)] = (b"d", value)
        return found

    def _value(self, kind: bytes, value: bytes) -> tuple[bytes, bytes]:
        if kind != b"s":
            return kind, value
        return b"str", escape(self._strings[int(value)]).encode()

    @cached_property
    def _strings(self) -> list[str]:
        return shared_strings(self._archive)


def _kind(tag: bytes) -> bytes:
    found = _TYPE.search(tag)
    return found[1] if found else b"n"


def _copy(made: zipfile.ZipFile, target: zipfile.ZipFile, member: zipfile.ZipInfo, stored: Stored) -> None:
    with made.open(member) as file, target.open(member.filename, "w", force_zip64=True) as copy:
        if not stored:
            while block := file.read(1 << 20):
                copy.write(block)
            return
        for _, piece in sheet_pieces(file):
            copy.write(_SAVED.sub(_patch(stored), piece))


def _patch(stored: Stored) -> Callable[[re.Match[bytes]], bytes]:
    def patch(cell: re.Match[bytes]) -> bytes:
        if cell[1] not in stored:
            return cell[0]
        kind, value = stored[cell[1]]
        attributes = _TYPE.sub(b"", cell[2]) + (b' t="%b"' % kind if kind != b"n" else b"")
        space = b' xml:space="preserve"' if value != value.strip() else b""
        return b'<c r="%b"%b>%b<v%b>%b</v>' % (cell[1], attributes, cell[3] or b"", space, value)

    return patch
