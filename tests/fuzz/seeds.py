"""Whole files of every kind that is read, made by the project's own samples: what is then damaged."""

from __future__ import annotations

import random
import shutil
import subprocess
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from functools import cache
from html import escape
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from openpyxl import load_workbook

from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_inbox import files_of_one_paper
from fixtures.council.samples.moves import make_moves, properties_for
from fixtures.council.samples.moves_workbook import FIRST_EDITION, SHEET, write_workbooks
from fixtures.council.samples.places import make_properties
from tests.unit.engine.documents.pdf.test_pdf import form, letter
from tests.unit.engine.documents.tables.test_refused import ODS, ods_cell
from tests.unit.moves_workbook import SHARED

ROWS = 8
_XLSX = "spreadsheetml.sheet.main+xml"
_TEXTS = {
    "csv": (",", "utf-8"),
    "csv-windows": (",", "cp1252"),
    "csv-utf16": (";", "utf-16"),
    "tsv": ("\t", "utf-8"),
}
_OFFICE_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Seed:
    kind: str
    content: bytes
    papers: bool = False

    def __repr__(self) -> str:
        return f"{self.kind} of {len(self.content)} bytes"


@cache
def seeds() -> tuple[Seed, ...]:
    """Those that can be made quickly and everywhere."""
    workbook = _workbook()
    return (
        Seed(kind="xlsx", content=workbook),
        Seed(kind="xlsm", content=_with_macros(workbook)),
        Seed(kind="ods", content=_ods(workbook)),
        *(Seed(kind=kind, content=_text(workbook, *how)) for kind, how in _TEXTS.items()),
        *_pdfs(),
        *_mails(workbook),
    )


@cache
def more_seeds() -> tuple[tuple[Seed, ...], tuple[str, ...]]:
    """Those that want another program, or files that lie beside the project; and what cannot be made here."""
    found = [*_converted("xls"), *_converted("ods"), *_shared()]
    found += [Seed(kind="pdf-scanned", content=one, papers=True) for one in _papers(Paper.SCANNED, 1)]
    made = {seed.kind for seed in found}
    return tuple(found), tuple(kind for kind in ("xls", "xlsb") if kind not in made)


def _workbook() -> bytes:
    chance = random.Random("fuzz")
    moves = make_moves(chance, make_properties(chance, properties_for(ROWS)), ROWS)
    with TemporaryDirectory() as folder:
        write_workbooks(moves, Path(folder))
        return (Path(folder) / FIRST_EDITION).read_bytes()


def _with_macros(workbook: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(workbook)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            macros = b"ms-excel.sheet.macroEnabled.main+xml"
            new.writestr(
                name, old.read(name).replace(b"vnd.openxmlformats-officedocument." + _XLSX.encode(), macros)
            )
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 not read")
    return target.getvalue()


def _cells(workbook: bytes) -> Iterator[Sequence[str]]:
    for row in load_workbook(BytesIO(workbook))[SHEET].iter_rows(values_only=True, max_row=30):
        yield ["" if cell is None else str(cell) for cell in row]


def _ods(workbook: bytes) -> bytes:
    rows = ("".join(ods_cell(escape(cell)) for cell in row) for row in _cells(workbook))
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        lines = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        archive.writestr("content.xml", ODS.format(rows=lines))
    return target.getvalue()


def _text(workbook: bytes, separator: str, encoding: str) -> bytes:
    lines = (separator.join(_quoted(cell) for cell in row) for row in _cells(workbook))
    return "\r\n".join(lines).encode(encoding, "replace")


def _quoted(cell: str) -> str:
    return f'"{cell}"' if set(cell) & set(",;\t\n") else cell


def _pdfs() -> Iterator[Seed]:
    for paper in (Paper.FILLED, Paper.PRINTED):
        for content in _papers(paper, 2):
            yield Seed(kind=f"pdf-{paper.name.lower()}", content=content, papers=True)
    with TemporaryDirectory() as folder:
        yield Seed(kind="pdf-form", content=form(Path(folder) / "a.pdf").read_bytes(), papers=True)
        yield Seed(kind="pdf-letter", content=letter(Path(folder) / "a.pdf").read_bytes(), papers=True)


def _papers(paper: Paper, count: int) -> Iterator[bytes]:
    return (file.content for file in files_of_one_paper(paper, count, 1))


def _mails(workbook: bytes) -> Iterator[Seed]:
    yield Seed(
        kind="eml", content=_mail((workbook, "moves.xlsx"), (_text(workbook, ",", "utf-8"), "moves.csv"))
    )
    [paper] = _papers(Paper.PRINTED, 1)
    yield Seed(kind="eml-papers", content=_mail((paper, "Form – Zoë.pdf")), papers=True)


def _mail(*attached: tuple[bytes, str]) -> bytes:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "asha@example.org", "moves@example.org", "Moves – November"
    inner.set_content("Please find enclosed.\n\nAsha Testerton")
    inner.add_alternative("<p>Please find enclosed.</p>", subtype="html")
    for content, name in attached:
        inner.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "desk@example.org", "inbox@example.org", "FW: Moves"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    for content, name in attached:
        outer.add_attachment(content, maintype="application", subtype="pdf", filename=f"again {name}")
    return outer.as_bytes()


def _converted(kind: str) -> Iterator[Seed]:
    """By an office program, where there is one."""
    program = shutil.which("soffice")
    if program is None:
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "moves.xlsx").write_bytes(_workbook())
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        command = [
            program,
            profile,
            "--headless",
            "--convert-to",
            kind,
            "--outdir",
            name,
            name + "/moves.xlsx",
        ]
        subprocess.run(command, capture_output=True, check=False, timeout=_OFFICE_SECONDS)
        for path in folder.glob(f"moves.{kind}"):
            yield Seed(kind=kind, content=path.read_bytes())


def _shared() -> Iterator[Seed]:
    for path in sorted(SHARED.glob("*.xls*")) if SHARED.exists() else ():
        if path.suffix in (".xls", ".xlsb") and path.stat().st_size < 100_000:
            yield Seed(kind=path.suffix[1:], content=path.read_bytes())
