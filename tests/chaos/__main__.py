"""Workers are killed, frozen and cut off while the council misbehaves; then the council's books are read.

    python -m tests.chaos --kills 300 --workers 2 --sessions 2 --seed 1

Exit status 1 when anything was lost, keyed twice or keyed wrongly.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from bots.engine.core.errors import ConfigurationError
from bots.terminal.display import console, facts, table, write_json
from tests.chaos.asked import Asked
from tests.chaos.run import about, run, sizes
from tests.chaos.verdict import Report
from tests.chaos.without import WITHOUT

_SAID_EVERY = 25  # rounds, where no bar can be shown


def main() -> None:
    given = _parser().parse_args()
    asked = Asked(
        kills=given.kills,
        workers=given.workers,
        sessions=given.sessions,
        seed=given.seed,
        lease=given.lease,
        database=given.database,
        without=given.without,
        prefect=given.prefect,
        keep=given.keep,
    )
    bins, moves, claims = sizes(asked.kills)
    console.print(
        f"{asked.kills} kills over {bins} reports, {moves} moves and {claims} forms: "
        f"about {about(asked) / 60:.0f} minutes. It can be left alone.",
        soft_wrap=True,
    )
    try:
        report = asyncio.run(_shown(asked))
    except ConfigurationError as error:
        console.print(error.sentence)
        sys.exit(2)
    show(report)
    write_json(given.json, report.as_json())
    sys.exit(0 if report.clean else 1)


async def _shown(asked: Asked) -> Report:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console) as shown:
        task = shown.add_task("beginning", total=None)

        def say(over: int, rounds: int, what: str) -> None:
            shown.update(task, completed=over, total=rounds, description=what)
            if not console.is_terminal and over % _SAID_EVERY == 0:
                console.print(f"{over} of {rounds}: {what}")

        return await run(asked, say)


def show(report: Report) -> None:
    plain = report.as_json()
    kept = ("kills", "items", "done", "in_doubt_for_people", "lost", "twice", "wrong")
    saves = ("arrived_undeclared", "saves", "doubts_per_1000_saves", "doubts_settled_by_people")
    settled = ("minutes_to_settle_median", "minutes_to_settle_most")
    times = ("recover_seconds_median", "recover_seconds_most", "seconds")
    table("What went wrong on purpose", ("Fault", "Count"), sorted(report.faults.items()))
    table("Where workers were killed", ("Where", "Count"), sorted(report.points.items()))
    table("What people did", ("What", "Count"), sorted(report.people.items()))
    table("Exceptions for people", ("Code", "Count"), sorted(report.exceptions.items()))
    if report.unexpected:
        rows = sorted(report.unexpected.items())
        table("Good records among them, which a person was told about", ("Outcome", "Count"), rows)
    if report.doubts:
        doubts = [(d.item, d.code, d.sentence, ", ".join(d.history)) for d in report.doubts]
        table("In doubt, for a person", ("Item", "Code", "Why", "What happened to it"), doubts)
    for name in ("lost", "twice", "wrong"):
        if getattr(report, name):
            console.print(f"{name}: {', '.join(getattr(report, name))}", soft_wrap=True)
    facts(
        f"Chaos, seed {report.seed}",
        {name.replace("_", " "): plain[name] for name in (*kept, *saves, *settled, *times)},
    )
    if report.left:
        console.print(f"Ended early: {report.left}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sessions", type=int, default=2, help="of each worker")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lease", type=float, default=3.0, help="seconds")
    parser.add_argument(
        "--database", help="default: SQLite for one worker, a PostgreSQL of its own for several"
    )
    parser.add_argument("--prefect", action="store_true", help="also runs under a Prefect that goes away")
    parser.add_argument("--without", choices=sorted(WITHOUT), help="take a guard out, to see the run fail")
    parser.add_argument("--keep", type=Path, help="a folder for the council and the store, kept afterwards")
    parser.add_argument("--json", type=Path)
    return parser


if __name__ == "__main__":
    main()
