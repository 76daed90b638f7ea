"""Binary records in a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..cells.marks import Marks
from ..cells.package import part_named, sheet_parts
from ..cells.styles import NO_STYLES
from ..cells.xlsb import ROW, records, xlsb_marks, xlsb_styles
from .format import Marked, Place, Places, Workbook

_VALUES = range(1, 12)
"""The records of cells that hold something."""


class Xlsb(Workbook):
    name = "xlsb"

    def is_package(self, archive: zipfile.ZipFile, names: Mapping[str, str]) -> bool:
        return "workbook.bin" in names

    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        return _XlsbMarks(path)

    def places(self, path: Path) -> Places:
        with zipfile.ZipFile(path) as archive:
            for sheet, part in sheet_parts(archive).items():
                yield sheet, _cells(archive.read(part))


class _XlsbMarks(Marked):
    def __init__(self, path: Path) -> None:
        self._path = path

    def of(self, sheet: str) -> Marks:
        with zipfile.ZipFile(self._path) as archive:
            styles = part_named(archive, "styles.bin")
            known = xlsb_styles(archive.read(styles)) if styles else NO_STYLES
            return xlsb_marks(archive.read(sheet_parts(archive)[sheet]), known)


def _cells(sheet: bytes) -> Iterator[Place]:
    row = 0
    for kind, at, _ in records(sheet):
        if kind == ROW:
            row = int.from_bytes(sheet[at : at + 4], "little")
        elif kind in _VALUES:
            yield row, int.from_bytes(sheet[at : at + 4], "little")
