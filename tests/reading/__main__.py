"""Read what is made from a seed, and say how well: `python -m tests.reading --count 1000 --workbooks 20`.

For each kind of paper: precision (of the values that nobody is asked about, how many are right), recall (of
all values, how many are right without asking), and how many good forms are sent to people all the same.
Exit status 1: a value was read wrongly, and nobody was asked.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.processes.benefit_changes.record import BenefitChange
from fixtures.council.samples.benefit_answers import answers_of
from fixtures.council.samples.benefit_change import Paper
from fixtures.council.samples.benefit_file import BenefitFile
from fixtures.council.samples.benefit_inbox import files_of_one_paper
from tests.reading.compare import Tally
from tests.reading.workbooks import read_workbooks

READERS = 2


async def read_paper(paper: Paper, count: int, seed: int, folder: Path, progress: Progress) -> Tally:
    tally, files = Tally(), files_of_one_paper(paper, count, seed)
    bar = progress.add_task(paper.value, total=count)
    await asyncio.gather(
        *(_read(files, tally, folder, lambda: progress.advance(bar)) for _ in range(READERS))
    )
    return tally


async def _read(
    files: Iterator[BenefitFile], tally: Tally, folder: Path, advance: Callable[[], None]
) -> None:
    async with Sandbox() as sandbox:
        for file in files:
            path = folder / f"{file.digest}.pdf"
            path.write_bytes(file.content)
            answers = answers_of(file).values()
            try:
                items = await items_of(sandbox, path)
            except BusinessException as refusal:  # the file is with a person, as a whole
                tally.refuse(answers, refusal.code)
            else:
                for answer, item in zip(answers, items, strict=True):
                    tally.add(file.name, answer, item)
            path.unlink()
            advance()


async def items_of(sandbox: Sandbox, path: Path) -> list[NewItem]:
    reading = await sandbox.read(path, BenefitChange, None, Papers())
    return [item async for some in reading.items for item in some]


def show(tallies: dict[str, Tally], console: Console) -> None:
    table = Table("Paper", "Forms", "Values", "Precision", "Recall", "Sent to people", "Wrong in silence")
    for paper, tally in tallies.items():
        facts = tally.as_json()
        sent = "-" if facts["sent_to_people"] is None else f"{facts['sent_to_people']:.1%}"
        table.add_row(
            *(paper, str(facts["forms"]), str(facts["values"])),
            *(f"{facts['precision']:.3%}", f"{facts['recall']:.2%}", sent, str(facts["silent_errors"])),
        )
    console.print(table)


async def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reading", description=__doc__)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--paper", choices=[paper.value for paper in Paper], action="append")
    parser.add_argument("--workbooks", type=int, default=0, help="of so many seeds, 100 rows each")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    console, began = Console(stderr=True), time.monotonic()
    tallies: dict[str, Tally] = {}
    facts: dict[str, Any]
    with tempfile.TemporaryDirectory() as folder, Progress(console=console) as progress:
        if asked.workbooks:
            bar = progress.add_task("workbook", total=asked.workbooks)
            tallies["workbook"] = await read_workbooks(
                asked.workbooks, asked.seed, Path(folder), lambda: progress.advance(bar)
            )
        for paper in (Paper(word) for word in (asked.paper or Paper) if asked.count):
            tallies[paper.value] = await read_paper(paper, asked.count, asked.seed, Path(folder), progress)
            if asked.json:
                facts = {name: tally.as_json() for name, tally in tallies.items()}
                facts["seconds"] = round(time.monotonic() - began, 1)
                asked.json.write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    show(tallies, Console())
    for paper, tally in tallies.items():
        for line in (*tally.silent, *tally.missed, *tally.renamed)[:20]:
            console.print(f"{paper}: {line}")
        console.print(f"{paper}: {dict(tally.why.most_common(12))}")
    return 1 if any(tally.silent or tally.missed for tally in tallies.values()) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
