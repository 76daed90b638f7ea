"""Sheets that say one thing and show another: `python -m tests.reading.odd_sheets FOLDER` makes them.

One small file for each kind, read as `probe.py`, with a manifest of what should become of it; some are sound
ones beside them, which must not be refused. `python -m tests.reading.cases FOLDER` reads them.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font

HEAD = ("Case ref", "Id", "Amount", "Day", "Text", "Count", "Flag")
FIELDS = ("ref", "id", "amount", "day", "text", "count", "flag")
USUAL = {"id": "A1", "amount": "10.00", "day": "01/02/2026", "text": "plain", "count": "3", "flag": "No"}
ASKED = "person"


@dataclass(frozen=True, kw_only=True)
class Row:
    """`cells`: by field, where they are not the usual ones. `wanted`: what should become of it."""

    wanted: Any
    cells: Mapping[str, Any] = field(default_factory=lambda: USUAL)
    formats: Mapping[str, str] | None = None
    struck: Sequence[str] = ()
    height: float | None = None


def row(wanted: Any, formats: Mapping[str, str] | None = None, **cells: Any) -> Row:
    return Row(wanted=wanted, cells={**USUAL, **cells}, formats=formats)


# ---- xlsx -----------------------------------------------------------------------------------
def write_xlsx(path: Path, rows: Sequence[Row], change: Callable[[Any], None] | None = None) -> None:
    book = Workbook()
    book.calculation.fullCalcOnLoad = False  # as Excel leaves it
    sheet = book.active
    sheet.append(HEAD)
    for number, one in enumerate(rows, start=1):
        sheet.append([one.cells.get("ref", f"R{number}"), *map(one.cells.get, FIELDS[1:])])
        at = number + 1
        sheet.row_dimensions[at].height = one.height
        for name, code in (one.formats or {}).items():
            sheet.cell(at, FIELDS.index(name) + 1).number_format = code
        for name in one.struck:
            sheet.cell(at, FIELDS.index(name) + 1).font = Font(strike=True)
    if change is not None:
        change(book)
    book.save(path)


def stored(path: Path, value: str) -> None:
    """Each formula gets this as the value that is stored with it."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace(b"<v />", b"<v>%b</v>" % value.encode())
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def uncalculated(book: Any) -> None:
    book.calculation.fullCalcOnLoad = True


SHEETS: dict[str, Sequence[Row]] = {
    "date_in_text": [
        row(ASKED, text=date(2026, 2, 1), formats={"text": "d-mmm"}),
        row(ASKED, id=date(2026, 3, 4), formats={"id": "dd/mm/yyyy"}),
        row({"day": "2026-03-04"}, day=date(2026, 3, 4)),
    ],
    "long_numbers": [
        row(ASKED, id=1234567890123456, formats={"id": "0"}),
        row(ASKED, count=10**18),
        row({"id": "123456789012345"}, id=123456789012345),
        row({"id": "1234567890123456"}, id="1234567890123456"),
    ],
    "identifiers": [
        row({"id": "00004012"}, id=4012, formats={"id": "00000000"}),
        row({"id": "HB0004012"}, id=4012, formats={"id": '"HB"0000000'}),
        row({"id": "12-34-56"}, id=123456, formats={"id": "00\\-00\\-00"}),
        row(ASKED, id=40.5, formats={"id": "00000"}),
        row({"id": "4012"}, id=4012, formats={"id": '0" days"'}),
        row({"id": "4012"}, id=4012, formats={"id": "#,##0.00"}),
        row({"count": 7}, count=7, formats={"count": "000"}),
        row({"text": "12.5%"}, text=0.125, formats={"text": "0%"}),
    ],
    "money": [
        row(ASKED, amount=100, formats={"amount": "[$€-2] #,##0.00"}),
        row(ASKED, amount=100, formats={"amount": '"USD" 0'}),
        row(ASKED, amount=0.5, formats={"amount": "0%"}),
        row(ASKED, amount=5, formats={"amount": ";;;"}),
        row({"amount": "1234.50"}, amount=1234.5, formats={"amount": '"£"#,##0'}),
        row({"amount": "1234.50"}, amount=1234.5, formats={"amount": '_-[$£-809]* #,##0.00_-'}),
        row({"amount": "0.30"}, amount=0.1 + 0.2),
        row(ASKED, amount=0.125),
        row(ASKED, amount=-5),
    ],
    "times": [
        row({"text": "36:00"}, text=timedelta(hours=36), formats={"text": "[h]:mm"}),
        row({"text": "12:00:00"}, text=time(12), formats={"text": "h:mm"}),
        row(ASKED, day=time(12), formats={"day": "h:mm"}),
    ],
    "no_day": [
        row(ASKED, day=60, formats={"day": "dd/mm/yyyy"}),
        row({"day": "1900-02-28"}, day=59, formats={"day": "dd/mm/yyyy"}),
        row({"count": 60}, count=60),
    ],
    "words": [
        row(ASKED, day="12 Marsh 2026"),
        row(ASKED, day="12 Augment 2026"),
        row({"day": "2026-03-12"}, day="12 March 2026"),
        row({"day": "2026-09-12"}, day="12th Sept 26"),
        row({"day": "1985-03-12"}, day="12/03/85"),
        row({"text": "TRUE"}, text=True),
    ],
    "struck": [
        Row(wanted="struck-out-row", struck=FIELDS),
        Row(wanted=ASKED, struck=["amount"]),
        Row(wanted="record"),
    ],
    "flat": [
        Row(wanted="hidden-row", height=0.1),
        Row(wanted="hidden-row", height=0.75),
        Row(wanted="record", height=15),
    ],
    "month_first": [
        row(ASKED, day="07/31/2026"),
        row(ASKED, day="05/06/2026"),
        row({"day": "2026-05-05"}, day="05/05/2026"),
        row(ASKED, day=date(2026, 6, 5)),
    ],
    "half_swapped": [
        row(ASKED, day=date(2026, 6, 5)),
        row({"day": "2026-08-25"}, day="25/08/2026"),
        row({"day": "2026-07-07"}, day=date(2026, 7, 7)),
    ],
    "day_first": [
        row({"day": "2026-06-05"}, day=date(2026, 6, 5)),
        row({"day": "2026-08-25"}, day="25/08/2026"),
        row({"day": "2026-07-06"}, day="06/07/2026"),
    ],
    "no_records": [
        row("record"),
        Row(wanted="no-record", cells={"id": "Total", "amount": 10}),
        Row(wanted="no-record", cells={"ref": "Please fill in every column"}),
        row({"text": "Total"}, text="Total"),
    ],
    "unseen": [
        row({"text": "Ash Lane", "id": "A1"}, text="Ash\u200b La\u00adne", id="\ufeffA1"),
        row(ASKED, text="Ash \u202eLane"),
        row(ASKED, text="Caf\ufffd"),
        row({"text": "A \U0001f468\u200d\U0001f467 B"}, text="A \U0001f468\u200d\U0001f467 B"),
    ],
}  # fmt: skip
FORMULAS = [
    row(ASKED, flag='=IF(1=1,"Yes","No")'),
    row(ASKED, text='="Left by "&B2'),
    row(ASKED, text='=UPPER("a")'),
]
SUMS = [row(ASKED, amount="=SUM(1,2)"), row(ASKED, count="=1+2"), row("record")]


# ---- text and OpenDocument ------------------------------------------------------------------
TEXTS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "short": (
        "R1,A1,10,01/02/2026\nR2,A1,10,01/02/2026,x,3,No\nR3,A1,10,01/02/2026,x,3,No\n",
        {"R1": ASKED, "R2": "record", "R3": "record"},
    ),
    "all_short": (
        "R1,A1,10,01/02/2026\nR2,A1,10,01/02/2026\nR3,A1,10,01/02/2026,x\n",
        {"R1": "record", "R2": "record", "R3": "record"},
    ),
    "note_goes_on": (
        "R1,A1,10,01/02/2026,two\nlines,3,No\nR2,A1,10,01/02/2026,x,3,No\n",
        {"R1": ASKED, "R2": "record"},
    ),
    "as_text": (
        'R1,"=""00123""",10,01/02/2026,x,3,No\nR2,="007",10,01/02/2026,x,3,No\n',
        {"R1": {"id": "00123"}, "R2": {"id": "007"}},
    ),
    "month_first": (
        "R1,A1,10,07/31/2026,x,3,No\nR2,A1,10,05/06/2026,x,3,No\nR3,A1,10,5 June 2026,x,3,No\n",
        {"R1": ASKED, "R2": ASKED, "R3": {"day": "2026-06-05"}},
    ),
}  # fmt: skip
SEMICOLONS = ("R1;A1;1,234;01/02/2026;x;3;No\nR2;A1;12,50;01/02/2026;x;3;No\n", {"R1": ASKED, "R2": ASKED})
POINTS = (
    "R1;A1;1,234;01/02/2026;x;3;No\nR2;A1;12.50;01/02/2026;x;3;No\n",
    {"R1": {"amount": "1234.00"}, "R2": "record"},
)

_ODS = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" office:version="1.2">'
    '<office:automatic-styles><style:style style:name="lined" style:family="table-cell">'
    '<style:text-properties style:text-line-through-style="solid"/></style:style>'
    '<style:style style:name="flat" style:family="table-row">'
    '<style:table-row-properties style:row-height="0cm"/></style:style></office:automatic-styles>'
    '<office:body><office:spreadsheet><table:table table:name="Sheet1">{}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)
_MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_TEXT_CELL = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
OPEN: list[tuple[str, str, str, Any]] = [
    ("amount", 'office:value-type="currency" office:currency="EUR" office:value="100"', "€100", ASKED),
    ("amount", 'office:value-type="currency" office:currency="GBP" office:value="9"', "£9", {"amount": "9"}),
    ("amount", 'office:value-type="percentage" office:value="0.5"', "50%", ASKED),
    ("id", 'office:value-type="float" office:value="123"', "00000123", {"id": "00000123"}),
    ("id", 'office:value-type="float" office:value="1234.5"', "1,234.50", {"id": "1234.5"}),
    ("text", 'office:value-type="time" office:time-value="PT36H30M00S"', "36:30:00", {"text": "36:30:00"}),
    ("text", 'office:value-type="string"', "two<text:tab/>or<text:line-break/>3", {"text": "two or 3"}),
    ("text", 'office:value-type="string" office:string-value="stored"', "shown", {"text": "shown"}),
    ("text", 'table:formula="of:=A1" office:value-type="float"', "", ASKED),
    ("text", 'table:style-name="lined" office:value-type="string"', "lined", ASKED),
]  # fmt: skip


def write_ods(path: Path) -> dict[str, Any]:
    rows, wanted = ["".join(map(_TEXT_CELL.format, HEAD))], {}
    for number, (name, attributes, inside, what) in enumerate(OPEN, start=1):
        cell = f"<table:table-cell {attributes}><text:p>{inside}</text:p></table:table-cell>"
        usual = [_TEXT_CELL.format(USUAL.get(one, f"R{number}")) for one in FIELDS]
        usual[FIELDS.index(name)] = cell
        rows.append("".join(usual))
        wanted[f"R{number}"] = what
    flat = "".join(_TEXT_CELL.format(USUAL.get(name, "R99")) for name in FIELDS)
    body = "".join(f"<table:table-row>{one}</table:table-row>" for one in rows)
    body += f'<table:table-row table:style-name="flat">{flat}</table:table-row>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", _ODS.format(body))
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
    return {**wanted, "R99": "hidden-row"}


# ---- all of them ----------------------------------------------------------------------------
def make(folder: Path) -> dict[str, Any]:
    """The files, and the manifest beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted: dict[str, Any] = {}
    for name, rows in SHEETS.items():
        write_xlsx(folder / f"{name}.xlsx", rows)
        wanted[f"{name}.xlsx"] = _of(rows)
    for name, formulas, change in (("text_formulas", FORMULAS, None), ("uncalculated", SUMS, uncalculated)):
        write_xlsx(folder / f"{name}.xlsx", formulas, change)
        stored(folder / f"{name}.xlsx", "0")
        wanted[f"{name}.xlsx"] = _of(formulas)
    write_xlsx(folder / "calculated.xlsx", [row({"amount": "3"}, amount="=SUM(1,2)")])
    stored(folder / "calculated.xlsx", "3")
    wanted["calculated.xlsx"] = {"R1": {"amount": "3"}}
    for name, (text, what) in {**TEXTS, "semicolons": SEMICOLONS, "points": POINTS}.items():
        head = (";" if ";" in text else ",").join(HEAD)
        (folder / f"{name}.csv").write_text(f"{head}\n{text}", encoding="utf-8")
        wanted[f"{name}.csv"] = what
    wanted["shown.ods"] = write_ods(folder / "shown.ods")
    manifest = {name: {"proc": "probe", "expect": what} for name, what in wanted.items()}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    return manifest


def _of(rows: Sequence[Row]) -> dict[str, Any]:
    return {one.cells.get("ref", f"R{number}"): one.wanted for number, one in enumerate(rows, start=1)}


if __name__ == "__main__":
    print(f"{len(make(Path(sys.argv[1])))} files in {sys.argv[1]}")
