"""`rekey intake PROCESS PATH... --check`: what files would give, without queuing anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.summary import FileChecked, Progress, Verdict
from bots.terminal.display import bar, console, table, write_json

from .arguments import run


def check_files(process: str, paths: Sequence[Path], json_file: Path | None) -> None:
    """Exit status 1 when a file would be refused. A folder stands for the files in it."""
    files = [file for path in paths for file in _files(path)]
    if not files:
        raise ConfigurationError("no-files-named", "Name the files that are to be checked.")
    found = run(_checked(process, files))
    rows = [(f.file, f.verdict, f.records, f.problems, f"{f.seconds:.1f}", f"{f.peak_mb:.0f}") for f in found]
    table(
        f"As {process} would read them", ("File", "Verdict", "Records", "For people", "Seconds", "MB"), rows
    )
    for each in found:
        for sentence in filter(None, (each.sentence, *each.said)):
            console.print(f"{each.file}: {sentence}", soft_wrap=True)
    write_json(json_file, {"files": found})
    if any(each.verdict is Verdict.REFUSED for each in found):
        sys.exit(1)


async def _checked(process: str, files: Sequence[Path]) -> list[FileChecked]:
    from bots.engine.documents.sandbox.sandbox import Sandbox
    from bots.engine.intake.mail import check_any
    from bots.engine.settings import load_settings
    from bots.processes.registry import find

    patience, found = load_settings().file_patience, []
    with bar("Reading") as move:
        async with Sandbox() as sandbox:
            for number, file in enumerate(files, start=1):
                found.append(await check_any(find(process), file, sandbox, patience))
                await move(Progress(process=process, done=number, exceptions=0, total=len(files)))
    return found


def _files(path: Path) -> Iterator[Path]:
    yield from sorted(file for file in path.iterdir() if file.is_file()) if path.is_dir() else [path]
