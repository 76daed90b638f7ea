"""What the commands print: tables and progress that people read, and the same facts as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from bots.engine.core.errors import ConfigurationError
from bots.engine.core.operations import Drift
from bots.engine.core.summary import OnProgress, Progress

console = Console(highlight=False, markup=False)
problems = Console(stderr=True, highlight=False, markup=False)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    made = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        right = column in ("Items", "Count", "Attempts")
        # An item's number is copied from here: it is never cut off.
        made.add_column(
            column, justify="right" if right else "left", no_wrap=column == "Item", overflow="fold"
        )
    for row in rows:
        made.add_row(*(Text(str(cell)) for cell in row))  # data may hold [brackets]: they are no mark-up
    console.print(made)


def drift(counts: Mapping[str, int]) -> None:
    """Where maps and systems are not as one."""
    found = [(Drift(place=place, times=times, first=0.0, last=0.0), times) for place, times in counts.items()]
    locators = [(one.place, times) for one, times in found if not one.request]
    requests = [(one.system, one.request, times) for one, times in found if one.request]
    if locators:
        table("Locators that found nothing: a screen is changing", ("Where", "Count"), locators)
    if requests:
        title = "Stopped, because no map declares it. What changes nothing goes under harmless in system.yaml"
        table(title, ("System", "Line", "Count"), requests)


def facts(title: str, rows: Mapping[str, object]) -> None:
    table(title, ("", ""), list(rows.items()))


def plain(value: Any) -> Any:
    """Dataclasses, enums and paths as plain JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def write_json(file: Path | None, value: Any) -> None:
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(plain(value), indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            sentence = f"The facts could not be written to {file.name} ({error.strerror})."
            raise ConfigurationError("json-file", sentence) from None


@contextmanager
def bars() -> Iterator[Callable[[str], OnProgress]]:
    """Progress bars below one another: each call gives one that a run's progress moves."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console) as shown:

        def bar(what: str) -> OnProgress:
            task = shown.add_task(what, total=None)

            async def move(progress: Progress) -> None:
                note = f" ({progress.exceptions} for people)" if progress.exceptions else ""
                total = progress.total
                shown.update(task, completed=progress.handled, total=total, description=f"{what}{note}")

            return move

        yield bar


@contextmanager
def bar(what: str) -> Iterator[OnProgress]:
    """A progress bar that a run's progress moves."""
    with bars() as add:
        yield add(what)
