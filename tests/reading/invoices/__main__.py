"""Read invoices that have their expected values beside them: `python -m tests.reading.invoices FOLDER`.

Every PDF with a JSON of the same name, through the sandboxed reader and one general layout. Each value is
right, marked for a person, or wrong in silence; exit status 1: one was wrong in silence. `--made 1000`: so
many invoices are made and put into the folder first.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path

from bots.engine.core.summary import Progress
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.terminal.display import bar, table, write_json

from .compare import EXPECTED, Compared, Verdict, compare, invoices_in
from .made import make


async def read_all(folder: Path) -> list[Compared]:
    files, found = invoices_in(folder), list[Compared]()
    with bar("Invoices") as move:
        async with Sandbox() as sandbox:
            for number, path in enumerate(files, start=1):
                found += await compare(sandbox, path)
                await move(Progress(process="", done=number, exceptions=0, total=len(files)))
    return found


def show(found: list[Compared]) -> None:
    counts = Counter((each.value, each.verdict) for each in found)
    rows = [(value, *(counts[value, verdict] for verdict in Verdict)) for value in EXPECTED]
    table("Invoices", ("Value", *(verdict.capitalize() for verdict in Verdict)), rows)
    asked = Counter((each.value, each.why) for each in found if each.verdict is Verdict.PERSON)
    rows = [(*about, count) for about, count in sorted(asked.items())]
    table("Why a person is asked", ("Value", "Why", "Count"), rows)
    wrong = [(each.file, each.value) for each in found if each.verdict is Verdict.WRONG]
    if wrong:
        table("Wrong in silence", ("File", "Value"), wrong)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reading.invoices", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--made", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.made:
        asked.folder.mkdir(parents=True, exist_ok=True)
        make(asked.folder, asked.made, asked.seed)
    found = asyncio.run(read_all(asked.folder))
    show(found)
    write_json(asked.json, found)
    return 1 if any(each.verdict is Verdict.WRONG for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
