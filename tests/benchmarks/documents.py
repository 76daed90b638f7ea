"""How fast documents become records, beside the bare libraries; in turns, in one run, all of them warm.

- *forms*: fillable forms through two readers, as an inbox is read, and through one; beside pypdf asked for
  all fields;
- *scans*: scanned pages through two readers, beside RapidOCR as it comes, which uses all cores by itself;
- *workbook*: a hand-in, beside openpyxl with one insert and one commit a row, as a first program does it.
  Both begin with an open store.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2  # type: ignore[import-untyped, unused-ignore]
from openpyxl import load_workbook
from pypdf import PdfReader

from bots.engine.core.papers import Papers
from bots.engine.documents.sandbox.readers import Readers, Turn
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.engine.documents.scans.scan import SCALE
from bots.engine.intake.files import HandIn
from bots.engine.store.database.database import SqliteDatabase
from bots.engine.store.work.claims import StoreClaims
from bots.engine.store.work.queue import SqlQueue
from bots.processes.benefit_changes.record import BenefitChange
from bots.processes.registry import find
from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_inbox import files_of_one_paper
from fixtures.council.samples.big_workbook import big_workbook
from tests.benchmarks.timing import Stopwatch

ROUNDS = 5
FORMS, SCANS = 40, 6
ROWS = 10_000


async def run(items: int = ROWS) -> dict[str, Any]:
    """`items`: rows of the workbook. Times are of all files together."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        forms = _files(Paper.FILLED, FORMS, folder)
        scans = _files(Paper.SCANNED, SCANS, folder)
        big_workbook(folder / "big.xlsx", items)
        watches = [
            *await _forms(forms),
            *await _scans(scans),
            *await _workbook(folder / "big.xlsx", folder),
        ]
    by_name = {watch.name: watch.median for watch in watches}
    return {
        "rows": [watch.row() for watch in watches],
        "ratios": {
            "forms: speed of bare pypdf": by_name["forms, bare"] / by_name["forms"],
            "forms, one reader: speed of bare pypdf": by_name["forms, bare"] / by_name["forms, one reader"],
            "scans: speed of bare RapidOCR": by_name["scans, bare"] / by_name["scans"],
            "workbook: speed of openpyxl, one insert a row": by_name["workbook, bare"] / by_name["workbook"],
        },
        "facts": {"forms": FORMS, "scans": SCANS, "rows of the workbook": f"{items:,}"},
    }


def _files(paper: Paper, count: int, folder: Path) -> list[Path]:
    paths = []
    for number, file in enumerate(files_of_one_paper(paper, count, seed=1)):
        paths.append(folder / f"{paper.value}-{number}.pdf")
        paths[-1].write_bytes(file.content)
    return paths


async def _forms(paths: Sequence[Path]) -> list[Stopwatch]:
    bare, ours, alone = (Stopwatch(name) for name in ("forms, bare", "forms", "forms, one reader"))
    async with Readers(2) as two, Readers(1) as one:
        for readers in (two, one):
            await _read(readers, paths)
        for _ in range(ROUNDS):
            with bare.timed():
                for path in paths:
                    assert PdfReader(path).get_fields()
            for readers, watch in ((two, ours), (one, alone)):
                with watch.timed():
                    assert await _read(readers, paths) == len(paths)
    return [bare, ours, alone]


async def _scans(paths: Sequence[Path]) -> list[Stopwatch]:
    from rapidocr import RapidOCR  # type: ignore[import-not-found, import-untyped, unused-ignore]

    bare, ours = Stopwatch("scans, bare"), Stopwatch("scans")
    eyes = RapidOCR(params={"Global.log_level": "critical"})
    async with Readers(2) as readers:
        await _read(readers, paths[:2])
        _look(eyes, paths[:1])
        for _ in range(max(1, ROUNDS // 2)):
            with bare.timed():
                _look(eyes, paths)
            with ours.timed():
                assert await _read(readers, paths) == len(paths)
    return [bare, ours]


def _look(eyes: Any, paths: Sequence[Path]) -> None:
    for path in paths:
        for page in pypdfium2.PdfDocument(path):
            picture = page.render(scale=SCALE, grayscale=True).to_pil().convert("RGB")
            assert eyes(np.asarray(picture)).txts


async def _read(readers: Readers, paths: Sequence[Path]) -> int:
    """How many records there were."""

    async def read(path: Path, sandbox: Sandbox, turn: Turn) -> int:
        reading = await sandbox.read(path, BenefitChange, None, Papers())
        async with turn:
            return sum([len(some) async for some in reading.items])

    return sum(await readers.each(paths, read))


async def _workbook(workbook: Path, folder: Path) -> list[Stopwatch]:
    bare, ours = Stopwatch("workbook, bare"), Stopwatch("workbook")
    async with Sandbox() as sandbox:
        for number in range(ROUNDS):
            with closing(_table(folder / f"bare-{number}.db")) as table, bare.timed():
                _insert_rows(workbook, table)
            async with _store(folder / f"ours-{number}.db") as claims:
                with ours.timed():
                    await _hand_in(workbook, claims, folder / f"kept-{number}", sandbox)
    return [bare, ours]


def _table(database: Path) -> sqlite3.Connection:
    table = sqlite3.connect(database)
    table.execute("PRAGMA journal_mode=WAL")
    table.execute("PRAGMA synchronous=FULL")
    table.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, data TEXT NOT NULL)")
    return table


def _insert_rows(workbook: Path, table: sqlite3.Connection) -> None:
    book = load_workbook(workbook, read_only=True, data_only=True)
    for number, row in enumerate(book["Moves"].iter_rows(values_only=True)):
        with table:
            table.execute("INSERT INTO rows VALUES (?, ?)", (number, repr(row)))


@asynccontextmanager
async def _store(database: Path) -> AsyncIterator[StoreClaims]:
    store, in_force = SqliteDatabase(database), {"code": "c0de"}
    queue = await SqlQueue.open(store, "test", versions=in_force)
    try:
        yield StoreClaims(store, in_force)
    finally:
        await queue.close()


async def _hand_in(workbook: Path, claims: StoreClaims, kept: Path, sandbox: Sandbox) -> None:
    desk = HandIn(claims=claims, sandbox=sandbox, who="benchmark", folder=kept)
    summary = await desk.read(find("council-tax-moves"), workbook)
    assert summary.rows is not None, summary
    assert summary.rows.added == summary.rows.source > 0, summary
