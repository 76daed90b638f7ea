"""`python -m tests.foreign --items 100`: clean records for every application, judged by its database."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import Progress as Bar
from rich.table import Table

from bots.engine.core.item import State
from bots.engine.core.summary import Progress

from .app import Foreign
from .apps import APPS
from .bench import Bench, Judged, a_bench
from .records import records

CONSOLE = Console(width=None if sys.stdout.isatty() else 180)


@dataclass(frozen=True, kw_only=True)
class Result:
    app: Foreign
    states: Counter[State]
    codes: Counter[str]
    again: Counter[str]
    """Why items were tried again that are done now."""
    judged: Judged
    seen: Counter[str]
    minutes: float
    sessions: int
    locks: int
    stopped: str

    @property
    def well(self) -> bool:
        done = self.states[State.DONE] == self.states.total()
        return done and self.judged.clean and not (self.sessions or self.locks or self.seen["sockets"])


async def keyed(app: Foreign, folder: Path, number: int, sessions: int, bar: Bar, seed: int) -> Result:
    task = bar.add_task(app.name, total=number)

    async def on_progress(progress: Progress) -> None:
        bar.update(task, completed=progress.handled)

    async with a_bench(app, folder) as bench:
        await bench.add(records(number, seed))
        began = time.monotonic()
        summary = await bench.work(sessions=sessions, on_progress=on_progress)
        minutes = (time.monotonic() - began) / 60
        return await result(bench, minutes, summary.stopped)


async def result(bench: Bench, minutes: float, stopped: str) -> Result:
    items = await bench.items()
    again: Counter[str] = Counter()
    for item in items:
        if item.state is State.DONE and item.attempts > 1:
            again.update(one.code for one in await bench.queue.history(item.id) if one.code)
    app, folder = bench.app, bench.folder
    return Result(
        app=app,
        states=Counter(item.state for item in items),
        codes=Counter(f"{item.state.value}: {item.code}" for item in items if item.state is not State.DONE),
        again=again,
        judged=await bench.judged(),
        seen=await bench.seen(),
        minutes=minutes,
        sessions=app.sessions(folder),
        locks=app.locks(folder),
        stopped=stopped,
    )


def show(results: list[Result]) -> None:
    heads = ("items", "done", "stopped", "in doubt", "exceptions", "lost", "twice", "wrong", "stray")
    table = Table(
        "application",
        *heads,
        "spaces",
        "a minute",
        "declared",
        "sessions",
        "locks",
        title="Foreign applications",
    )
    for one in results:
        states, judged = one.states, one.judged
        other = [len(judged.lost), len(judged.twice), len(judged.wrong), len(judged.stray), judged.spaces]
        counts = [
            states.total(),
            states[State.DONE],
            states[State.NEW],
            states[State.IN_DOUBT],
            states[State.EXCEPTION],
        ]
        rest = [f"{states[State.DONE] / one.minutes:.0f}", one.app.declared(), one.sessions, one.locks]
        table.add_row(one.app.name, *(str(value) for value in (*counts, *other, *rest)))
    CONSOLE.print(table)
    for one in results:
        CONSOLE.print(f"{one.app.name}: {one.app.kind}", markup=False)
        CONSOLE.print(f"  planted: {dict(sorted(one.seen.items()))}", markup=False)
        for what, found in (("not done", one.codes), ("tried again", one.again)):
            if found:
                CONSOLE.print(f"  {what}: {dict(found)}", markup=False)
        for what in ("lost", "twice", "wrong", "stray"):
            if getattr(one.judged, what):
                CONSOLE.print(f"  {what}: {list(getattr(one.judged, what))[:20]}", markup=False)
        if one.stopped:
            CONSOLE.print(f"  the run stopped: {one.stopped}", markup=False)


async def run(names: list[str], number: int, sessions: int, folder: Path, seed: int) -> list[Result]:
    results = []
    with Bar(console=CONSOLE) as bar:
        for name in names:
            results.append(await keyed(APPS[name], folder / name, number, sessions, bar, seed))
            show(results[-1:])  # a run that is ended early has said what it saw
    return results


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.foreign", description=__doc__)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--app", action="append", choices=sorted(APPS))
    parser.add_argument("--sessions", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--keep", type=Path, help="a folder for databases and evidence, to look at afterwards"
    )
    given = parser.parse_args()
    names = given.app or list(APPS)
    missing = [name for name in names if not APPS[name].there()]
    for name in missing:
        CONSOLE.print(f"{name} is not installed: pip install -e '.\\[foreign]'")
    names = [name for name in names if name not in missing]
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        results = asyncio.run(run(names, given.items, given.sessions, folder, given.seed))
    return 0 if results and all(one.well for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
