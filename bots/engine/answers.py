"""The workbook that goes back: the sender's own, with what became of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .core.errors import ConfigurationError
from .core.item import Batch, BatchRow, State
from .core.process import Process
from .core.queue import Queue
from .documents.returned import Answer, write_return

_LONDON = ZoneInfo("Europe/London")
OUTCOMES = {
    State.NEW: "Waiting",
    State.IN_PROGRESS: "Being keyed",
    State.DONE: "Done",
    State.AWAITING_APPROVAL: "Waits for approval",
    State.IN_DOUBT: "Being checked",
    State.EXCEPTION: "Needs a person",
    State.WITHDRAWN: "Closed by staff",
}
PART_DONE = "Partly done, needs a person"


class Answers:
    """Writes answers into copies of the files in `kept` and puts them into `outbox`."""

    def __init__(self, *, queue: Queue, kept: Path, outbox: Path) -> None:
        self._queue = queue
        self._kept = kept
        self._outbox = outbox

    async def give_back(self, process: Process[Any], batch: str) -> Path:
        """Write the return workbook of one hand-in, as things stand now.

        Raises ConfigurationError when there is no such hand-in, or it was not a file.
        """
        for found in await self._queue.batches(process.name):
            if found.id == batch:
                return await self._write(process, found)
        raise ConfigurationError("unknown-batch", f"{process.name} has no hand-in {batch}.")

    async def give_back_finished(self, process: Process[Any]) -> list[Path]:
        """The same for every hand-in in which nothing waits for the bot any more."""
        if process.sheets is None:
            return []
        finished = await self._queue.unanswered(process.name)
        # A file that somebody took away keeps no other from going back.
        return [await self._write(process, batch) for batch in finished if self._original(batch).is_file()]

    def _original(self, batch: Batch) -> Path:
        return self._kept / str(batch.detail.get("kept", ""))

    async def _write(self, process: Process[Any], batch: Batch) -> Path:
        if "kept" not in batch.detail:
            raise ConfigurationError("no-file", f"The hand-in {batch.id} was not a file.")
        original = self._original(batch)
        if not original.is_file():
            raise ConfigurationError("no-file", f"The file of the hand-in {batch.id} is no longer kept.")
        at = await self._queue.now()
        rows = await self._queue.batch_rows(batch.id)
        self._outbox.mkdir(parents=True, exist_ok=True)
        target = self._outbox / f"{batch.id}{original.suffix}"
        written = write_return(original, target, batch.detail["header"], list(answers(process, rows)))
        await self._queue.answered(batch.id, at)
        return written


def answers(process: Process[Any], rows: Sequence[BatchRow]) -> Iterator[Answer]:
    """What is said of each row; of a row that is equal to one before it, which one that is."""
    first: dict[str, int] = {}
    for row in rows:
        number = int(row.origin["row"])
        same_as = first.setdefault(row.item.id, number)
        yield Answer(
            sheet=str(row.origin["sheet"]),
            row=number,
            outcome=_outcome(row) if same_as == number else f"Same as row {same_as}",
            reference=_reference(process, row),
            reason="" if row.item.state is State.DONE else row.item.sentence or "",
            when=datetime.fromtimestamp(row.item.updated, _LONDON).replace(tzinfo=None, microsecond=0),
            item=row.item.id,
        )


def _outcome(row: BatchRow) -> str:
    if row.item.state is State.EXCEPTION and row.receipts:
        return PART_DONE
    return OUTCOMES[row.item.state]


def _reference(process: Process[Any], row: BatchRow) -> str:
    held = [(step, row.receipts[step.name].reference) for step in process.steps if step.name in row.receipts]
    if len(process.steps) == 1:
        return "".join(reference for _, reference in held)
    return "; ".join(f"{step.title or step.name}: {reference}" for step, reference in held)
