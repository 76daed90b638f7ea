"""Open every file under a folder as any hand-in: `python -m tests.reading.sweep FOLDER [--json FILE]`.

Each in a new reader of its own, pictures of words included. It says what became of each file, with its time
and memory. Exit status 1: a reader broke, hung, or took more memory than it may.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bots.engine.core.errors import RekeyError
from bots.engine.core.summary import Progress
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from bots.terminal.display import bar, console, table, write_json

READ, CRASHED = "read", "crashed"
TROUBLE = frozenset({CRASHED, "breaks-the-reader", "reader-did-not-start", "too-slow"})
"""What no file may bring about. A file that is refused as too large was stopped in time: its memory tells."""


@dataclass(frozen=True, kw_only=True)
class Swept:
    """What became of one file. `verdict`: read, or the code of its refusal, of which a person is told
    the `sentence`."""

    file: str
    kind: str  # as its name has it
    verdict: str = READ
    sentence: str = ""
    pages: int = 0
    scanned: int = 0  # of its pages
    words: int = 0
    sheets: int = 0
    rows: int = 0
    seconds: float = 0.0
    megabytes: float = 0.0

    def trouble(self, limits: Limits) -> bool:
        return self.verdict in TROUBLE or self.megabytes > limits.megabytes


async def sweep(folder: Path, limits: Limits) -> list[Swept]:
    files, found = sorted(path for path in folder.rglob("*") if path.is_file()), list[Swept]()
    with bar("Files") as move:
        for path in files:
            found.append(await opened(path, folder, limits))
            trouble = sum(each.trouble(limits) for each in found)
            done = len(found) - trouble
            await move(Progress(process="", done=done, exceptions=trouble, total=len(files)))
    return found


async def opened(path: Path, folder: Path, limits: Limits) -> Swept:
    """In a new reader: one that is warm still holds memory of the files before."""
    name = path.relative_to(folder).as_posix()
    swept = Swept(file=name, kind=path.suffix.lower().lstrip(".") or "(none)")
    async with Sandbox(limits) as sandbox:
        try:
            async for part in sandbox.look(path):
                swept = _with(swept, part)
        except RekeyError as refused:
            swept = replace(swept, verdict=refused.code, sentence=refused.sentence)
        except Exception as error:
            swept = replace(swept, verdict=CRASHED, sentence=type(error).__name__)
        return replace(swept, seconds=round(sandbox.seconds, 2), megabytes=round(sandbox.megabytes))


def _with(swept: Swept, part: dict[str, dict[str, int]]) -> Swept:
    if "page" in part:
        page = part["page"]
        words, scanned = swept.words + page["words"], swept.scanned + bool(page["scan"])
        return replace(swept, pages=swept.pages + 1, words=words, scanned=scanned)
    if "table" in part:
        return replace(swept, sheets=swept.sheets + 1, rows=swept.rows + part["table"]["rows"])
    return swept


def show(found: Sequence[Swept], limits: Limits) -> None:
    table("What became of each kind", ("Kind", "Verdict", "Count", *_MEASURES), summary(found))
    refused = {each.verdict: each.sentence for each in found if each.verdict != READ}
    table("Refusals", ("Verdict", "Such as"), sorted(refused.items()))
    trouble = [
        (each.file, each.verdict, each.seconds, each.megabytes) for each in found if each.trouble(limits)
    ]
    if trouble:
        table("Trouble", ("File", "Verdict", "Seconds", "MB"), trouble)
    console.print(f"{len(found)} files, {len(trouble)} of them trouble.")


_MEASURES = ("Pages (scanned)", "Words", "Sheets", "Rows", "Longest (s)", "Most (MB)")


def summary(found: Sequence[Swept]) -> list[tuple[object, ...]]:
    """By kind and verdict."""
    counts = Counter((each.kind, each.verdict) for each in found)
    rows = list[tuple[object, ...]]()
    for (kind, verdict), count in sorted(counts.items()):
        some = [each for each in found if (each.kind, each.verdict) == (kind, verdict)]
        pages = f"{sum(each.pages for each in some)} ({sum(each.scanned for each in some)})"
        sums = (sum(each.words for each in some), sum(each.sheets for each in some))
        most = (max(each.seconds for each in some), f"{max(each.megabytes for each in some):.0f}")
        rows.append((kind, verdict, count, pages, *sums, sum(each.rows for each in some), *most))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    usual = Limits()
    parser = argparse.ArgumentParser(prog="python -m tests.reading.sweep", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=float, default=usual.seconds)
    parser.add_argument("--megabytes", type=int, default=usual.megabytes)
    asked = parser.parse_args(arguments)
    limits = Limits(seconds=asked.seconds, megabytes=asked.megabytes)
    found = asyncio.run(sweep(asked.folder, limits))
    show(found, limits)
    write_json(asked.json, found)
    return 1 if any(each.trouble(limits) for each in found) else 0


if __name__ == "__main__":
    sys.exit(main())
