"""A record of a move, and workbooks that hold such records, for the tests of reading."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pytest
from openpyxl import Workbook, load_workbook
from pydantic import AfterValidator

from bots.engine.core.column import Column, Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.core.record import PersonName, Postcode, Record, UkDate
from bots.engine.documents.tables.sheet import SheetReading, SheetRow, read_workbook
from bots.engine.settings import ROOT

SHARED = ROOT.parent / "shared" / "data" / "spreadsheets"
SHORT = Annotated[str, AfterValidator(str.strip)]


class Move(Record):
    account: Annotated[SHORT, Column("Account no", "A/c number")]
    name: Annotated[PersonName, Column("Tenant's name", "Name")]
    postcode: Annotated[Postcode | None, Column("Post code")] = None
    moved_on: Annotated[UkDate | None, Column("Moved on", "Date of move")] = None
    source: str = "workbook"


HEADINGS = ("Account no", "Tenant's name", "Post code", "Moved on")
ROW = ("412345", "Asha Testerton", "ZZ1 4AB", date(2026, 2, 5))
DATA = {"account": "412345", "name": "Asha Testerton", "postcode": "ZZ1 4AB", "moved_on": "2026-02-05"}
Sheet = Sequence[Sequence[Any]]


def workbook(path: Path, **sheets: Sheet) -> Path:
    """A workbook with these sheets, each row by row."""
    book = Workbook()
    book.calculation.fullCalcOnLoad = False  # as Excel leaves it
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def changed(path: Path, change: Callable[[Any], None]) -> Path:
    book = load_workbook(path)
    change(book)
    book.save(path)
    return path


def xml_changed(path: Path, *swaps: tuple[str, str], part: str = "xl/worksheets/sheet1.xml") -> Path:
    """Another program's way of writing the same sheet."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts[part].decode()
    for old, new in swaps:
        assert old in text, f"{old} is not in {text}"
        text = text.replace(old, new)
    parts[part] = text.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def read(path: Path, *named: str, ignored: Sequence[str] = ()) -> tuple[SheetReading, list[SheetRow]]:
    reading = read_workbook(path, Move, Sheets(named=named, ignored=tuple(ignored)))
    return reading, list(reading.rows)


def refusal(path: Path, *named: str) -> BusinessException:
    with pytest.raises(BusinessException) as caught:
        read(path, *named)
    return caught.value
