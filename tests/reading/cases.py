"""Read the cases of folders with manifests: `python -m tests.reading.cases FOLDER... [--json FILE]`.

A `manifest.json` says of each file what should become of it (`expected.py`). Exit status 1: a value was taken
wrongly in silence, or a reader broke. A folder without a manifest: any honest answer is right.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bots.engine.core.column import Sheets
from bots.engine.core.errors import BusinessException
from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.core.record import Record
from bots.engine.core.summary import Progress
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.processes.registry import find
from bots.terminal.display import bar, console, table, write_json
from tests.reading.expected import REFUSED, RIGHT, TOLD, WRONG, Seen, Told, judged, plain
from tests.reading.invoices.record import Invoice
from tests.reading.probe import Probe

ANY = "?"
BROKE = frozenset({"breaks-the-reader", "reader-did-not-start", "too-slow", "too-large"})


@dataclass(frozen=True, kw_only=True)
class Case:
    path: Path
    read_as: str  # probe, move, benefit or invoice
    wanted: Any
    base: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`what`: the record or field that is meant."""

    kind: str
    file: str
    what: str
    verdict: str
    said: str = ""


def cases_in(folder: Path) -> list[Case]:
    manifest = folder / "manifest.json"
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and path != manifest]
    if not manifest.exists():
        return [Case(path=path, read_as="benefit", wanted=ANY) for path in files]
    told = json.loads(manifest.read_text(encoding="utf-8"))
    return [_case(folder / name, entry) for name, entry in told.items()]


def _case(path: Path, entry: Mapping[str, Any]) -> Case:
    if "expect" not in entry:
        return Case(path=path, read_as="invoice", wanted=entry)
    read_as = entry.get("proc", "benefit")
    return Case(path=path, read_as=read_as, wanted=entry["expect"], base=entry.get("base", ""))


def _source(read_as: str) -> tuple[type[Record], Sheets | None, Papers | None]:
    if read_as == "probe":
        return Probe, Sheets(), None
    if read_as == "invoice":
        return Invoice, None, Papers()
    process = find("council-tax-moves" if read_as == "move" else "benefit-changes")
    return process.record, process.sheets, process.papers


# ---- reading --------------------------------------------------------------------------------
async def told_of(sandbox: Sandbox, case: Case) -> Told:
    """What became of a file; of an e-mail or a zip all that came of the documents in it."""
    with TemporaryDirectory() as folder:
        try:
            found = await sandbox.unpack(case.path, Path(folder), "case")
        except BusinessException as refusal:
            return Told(refused=refusal.code, warnings=(refusal.sentence,))
        if found is None:
            return await _read(sandbox, case.path, case.read_as)
        parts = [await _read(sandbox, Path(folder) / one.file, case.read_as) for one in found if one.file]
    seen = [one for part in parts for one in part.seen]
    warnings = [one for part in parts for one in part.warnings]
    return Told(seen=seen, warnings=warnings) if seen else Told(refused="mail", warnings=warnings)


async def _read(sandbox: Sandbox, path: Path, read_as: str) -> Told:
    record, sheets, papers = _source(read_as)
    try:
        reading = await sandbox.read(path, record, sheets, papers)
        items = [item async for some in reading.items for item in some]
    except BusinessException as refusal:
        return Told(refused=refusal.code, warnings=(refusal.sentence,))
    return Told(seen=[_seen(record, item) for item in items], warnings=reading.warnings)


def _seen(record: type[Record], item: NewItem) -> Seen:
    return Seen(
        reference=item.reference,
        row=item.origin.get("row", 0),
        data=record.as_read(item.data),
        asked=item.code,
        fields=frozenset(item.detail.get("fields", ())),
    )


# ---- judging --------------------------------------------------------------------------------
def verdicts(cases: Sequence[Case], told: Sequence[Told]) -> Iterator[Verdict]:
    usual = {base: _usual(base, cases, told) for base in {case.base for case in cases}}
    for case, found in zip(cases, told, strict=True):
        kind = f"{case.path.parent.name} {case.path.suffix.lstrip('.')}"
        said = found.refused or "; ".join(sorted({one.asked for one in found.seen if one.asked}))
        for what, wanted, seen in _asked(case, found):
            verdict = judged(wanted, found, seen, usual[case.base])
            yield Verdict(kind=kind, file=case.path.name, what=what, verdict=verdict, said=said)


def _usual(base: str, cases: Sequence[Case], told: Sequence[Told]) -> dict[str, Any]:
    """By field what most cases of a base say: each of them changes one thing."""
    data = [
        seen.data
        for case, found in zip(cases, told, strict=True)
        for seen in found.seen
        if base and case.base == base and seen.asked is None
    ]
    counts = {name: Counter(plain(one.get(name)) for one in data) for one in data for name in one}
    return {name: count.most_common(1)[0][0] for name, count in counts.items() if name != "document"}


def _asked(case: Case, told: Told) -> Iterator[tuple[str, Any, Seen | None]]:
    """What is wanted of which record."""
    if isinstance(case.wanted, str):
        yield "", case.wanted, _worst(case, told)
        return
    if case.read_as == "invoice":
        first = told.seen[0] if told.seen else None
        yield from ((name, {name: wanted}, first) for name, wanted in case.wanted.items())
        return
    for key, wanted in case.wanted.items():
        yield key, wanted, _meant(case, told, key)


def _worst(case: Case, told: Told) -> Seen | None:
    """The row that the sentence names; else one that a person is asked about, else the first."""
    if case.wanted.startswith("row "):
        number = int(case.wanted.split()[1])
        return next((one for one in told.seen if one.row == number), None)
    return next((one for one in told.seen if one.asked), told.seen[0] if told.seen else None)


def _meant(case: Case, told: Told, key: str) -> Seen | None:
    if case.read_as == "probe":
        return next((one for one in told.seen if one.reference.casefold() == key.casefold()), None)
    at = int(key) - 1
    return told.seen[at] if at < len(told.seen) else None


# ---- the command ----------------------------------------------------------------------------
async def read_cases(folders: Sequence[Path]) -> list[Verdict]:
    cases = [case for folder in folders for case in cases_in(folder)]
    told = []
    with bar("Cases") as move:
        async with Sandbox() as sandbox:
            for number, case in enumerate(cases, start=1):
                told.append(await told_of(sandbox, case))
                await move(Progress(process="", done=number, exceptions=0, total=len(cases)))
    return list(verdicts(cases, told))


def show(found: Sequence[Verdict]) -> None:
    counts = Counter((each.kind, each.verdict) for each in found)
    order = (RIGHT, TOLD, REFUSED, WRONG)
    kinds = sorted({each.kind for each in found})
    rows = [
        (kind, sum(counts[kind, one] for one in order), *(counts[kind, one] for one in order))
        for kind in kinds
    ]
    rows.append(("all", len(found), *(sum(each.verdict == one for each in found) for one in order)))
    table("Cases", ("Kind", "Tried", *(one.capitalize() for one in order)), rows)
    odd = [(each.file, each.what, each.verdict, each.said) for each in found if each.verdict != RIGHT]
    table("Not as the manifest has it", ("File", "What", "Verdict", "Said"), odd)


def wrong(found: Sequence[Verdict]) -> list[str]:
    return [
        f"{each.file} {each.what}".strip()
        for each in found
        if each.verdict == WRONG or BROKE.intersection(each.said.split("; "))
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.reading.cases", description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    found = asyncio.run(read_cases(asked.folders))
    show(found)
    write_json(asked.json, found)
    for one in wrong(found):
        console.print(f"Wrong: {one}")
    return 1 if wrong(found) else 0


if __name__ == "__main__":
    sys.exit(main())
