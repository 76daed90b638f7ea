"""Damage files and read them: `python -m tests.fuzz --minutes 10 --seed 1`.

Each file must be read, or be refused with a known code and a sentence. Exit status 1: one was not, and is
kept.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bots.terminal.display import console, facts, table, write_json
from tests.fuzz.run import Report, Run
from tests.fuzz.seeds import more_seeds, seeds


def main() -> None:
    given = _parser().parse_args()
    found, left_out = more_seeds()
    run = Run(seeds=(*seeds(), *found), seed=given.seed, kept=given.keep, seconds=given.minutes * 60)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as shown:
        task = shown.add_task("damaging", total=run.seconds)

        def say(report: Report) -> None:
            words = f"{report.files} files, {len(report.findings)} findings"
            shown.update(task, completed=report.seconds, description=words)

        report = run.run(say)
    report.left_out = left_out
    show(report)
    write_json(given.json, report.as_json())
    sys.exit(1 if report.findings else 0)


def show(report: Report) -> None:
    rows = [
        (kind, ", ".join(f"{code} {n}" for code, n in c.most_common()))
        for kind, c in sorted(report.said.items())
    ]
    table("What was said of the damaged files", ("Kind", "Verdicts"), rows)
    if report.left_out:
        console.print(f"No files of these kinds could be made here: {', '.join(report.left_out)}.")
    for one in report.findings:
        console.print(f"{one['file']}: {one['finding']}", soft_wrap=True)
    kept = ("files", "items", "slowest", "megabytes", "seconds")
    facts(
        f"Fuzzing, seed {report.seed}",
        {name: report.as_json()[name] for name in kept} | {"findings": len(report.findings)},
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the same facts for machines")
    parser.add_argument(
        "--keep", type=Path, default=Path("var/fuzz"), help="the folder for files that do harm"
    )
    return parser


if __name__ == "__main__":
    main()
