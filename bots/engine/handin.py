"""Reading handed-in workbooks into the queue: every row gets an outcome, every problem its place."""

from __future__ import annotations

import gc
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from .core.column import columns_of
from .core.errors import BusinessException, ConfigurationError
from .core.item import HIDDEN, AddOutcome, NewItem
from .core.process import Process
from .core.queue import Queue
from .core.record import Record, digest
from .core.summary import HandInSummary, IntakeSummary, OnProgress, Progress, Verdict
from .documents.arrival import settled
from .documents.sheet import WHOLE_ROW, SheetReading, SheetRow, read_workbook

_CHUNK = 2000
PROBLEMS_SHOWN = 100


class HandIn:
    """Takes files in. `folder` keeps a copy of each as it was read: the answers go back into that copy."""

    def __init__(self, *, queue: Queue, who: str, folder: Path, patience: float = 30.0) -> None:
        self._queue = queue
        self._who = who
        self._folder = folder
        self._patience = patience

    async def read(
        self, process: Process[Any], path: Path, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        """Queue every row of a file. A file that cannot be taken is refused with a sentence, never raised."""
        if process.sheets is None:
            raise ConfigurationError("no-files", f"{process.name} does not read its records from files.")
        kept = self._folder / f"h-{secrets.token_hex(8)}{path.suffix.lower()}"
        try:
            await settled(path, self._patience)
            self._folder.mkdir(parents=True, exist_ok=True)
            # What is read is what is kept: nobody can change it in between.
            shutil.copyfile(path, kept)
            reading = read_workbook(kept, process.record, process.sheets)
        except BusinessException as refusal:
            kept.unlink(missing_ok=True)
            return HandInSummary(
                file=path.name, verdict=Verdict.REFUSED, code=refusal.code, sentence=refusal.sentence
            )
        return await self._rows(process, path, kept, reading, on_progress)

    async def _rows(
        self,
        process: Process[Any],
        path: Path,
        kept: Path,
        reading: SheetReading,
        on_progress: OnProgress | None,
    ) -> HandInSummary:
        began = time.monotonic()
        detail = {"file": path.name, "kept": kept.name, "header": {reading.sheet: reading.header_row}}
        batch = await self._queue.open_batch(process.name, "workbook", self._who, detail)
        tally, reader = Tally(), RowReader(process.record, reading)
        with _rare_collections():
            await self._add(process, batch, reader, reading, tally, on_progress)
        return HandInSummary(
            file=path.name,
            verdict=Verdict.PARTLY if tally.refused else Verdict.READ,
            rows=tally.summary(process.name, batch, time.monotonic() - began),
            problems=tally.problems,
            warnings=reading.warnings,
        )

    async def _add(
        self,
        process: Process[Any],
        batch: str,
        reader: RowReader,
        reading: SheetReading,
        tally: Tally,
        on_progress: OnProgress | None,
    ) -> None:
        rows = iter(reading.rows)
        while some := [reader.item(row) for row in islice(rows, _CHUNK)]:
            outcomes = await self._queue.add(process.name, batch, some, process.record.same_case)
            tally.count(some, [outcome for outcome, _ in outcomes])
            if on_progress is not None:
                read = tally.rows
                await on_progress(Progress(process=process.name, done=read, exceptions=0, total=read))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Rows make many objects and no cycles: looking for those took a tenth of the time (measured)."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@dataclass(kw_only=True)
class Tally:
    """What became of the rows so far."""

    rows: int = 0
    refused: int = 0
    outcomes: Counter[AddOutcome] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def count(self, rows: list[NewItem], outcomes: list[AddOutcome]) -> None:
        self.rows += len(rows)
        self.outcomes.update(outcomes)
        bad = [row for row in rows if row.code]
        self.refused += len(bad)
        room = PROBLEMS_SHOWN - len(self.problems)
        self.problems += [f"Row {row.origin['row']}: {row.sentence}" for row in bad[:room]]

    def summary(self, process: str, batch: str, seconds: float) -> IntakeSummary:
        return IntakeSummary(
            process=process,
            batch=batch,
            source=self.rows,
            added=self.outcomes[AddOutcome.ADDED],
            same=self.outcomes[AddOutcome.SAME],
            changed=self.outcomes[AddOutcome.CHANGED],
            updated=self.outcomes[AddOutcome.UPDATED],
            refused=self.refused,
            seconds=round(seconds, 3),
        )


class RowReader:
    """Makes rows of one sheet into items; a row that is no valid record is an exception from the start."""

    def __init__(self, record: type[Record], reading: SheetReading) -> None:
        self._record = record
        self._sheet = reading.sheet
        self._places = {
            name: f"column {reading.columns[name]} ({column.name})"
            for name, column in columns_of(record).items()
            if name in reading.columns
        }

    def item(self, row: SheetRow) -> NewItem:
        # What is blank is as good as absent: the record's own defaults stand for it.
        data = {name: value for name, value in row.data.items() if value is not None}
        origin = {"sheet": self._sheet, "row": row.row}
        wrong = dict(row.problems)
        try:
            record = self._record.model_validate(data)
        except ValidationError as error:
            return self._bad(row, data, origin, wrong | _mistakes(error, wrong))
        reference = record.known_as
        if reference is None:
            wrong.setdefault(WHOLE_ROW, "has none of the fields by which a case is known")
        if reference is None or set(wrong) - {WHOLE_ROW}:
            return self._bad(row, data, origin, wrong)
        found = NewItem(reference=reference, data=record.data(), origin=origin, item=row.item)
        # A whole record in a hidden row: known already, it is as good as any; new, it is a question.
        return replace(found, code=HIDDEN, sentence=f"The row {wrong[WHOLE_ROW]}.") if wrong else found

    def _bad(
        self, row: SheetRow, data: Mapping[str, Any], origin: Mapping[str, Any], wrong: Mapping[str, str]
    ) -> NewItem:
        places = [f"{self._places.get(name, 'the row')} {why}" for name, why in wrong.items()]
        return NewItem(
            reference=self._record.reference_in(data) or f"row {digest(data)}",
            data=data,
            origin=origin,
            code="invalid-record",
            sentence="; ".join(places)[:1].upper() + "; ".join(places)[1:] + ".",
            detail={"fields": dict(wrong)},
            item=row.item,
        )


def _mistakes(error: ValidationError, known: Mapping[str, str]) -> dict[str, str]:
    """What is wrong by field, in words that fit after the column's name, without the values."""
    found: dict[str, str] = {}
    for one in error.errors(include_input=False, include_url=False):
        name = str(one["loc"][0]) if one["loc"] else "row"
        if name not in known:
            found.setdefault(name, _words(one["type"], one["msg"]))
    return found


def _words(kind: str, message: str) -> str:
    if kind == "missing":
        return "is blank"
    if kind == "value_error":
        return message.removeprefix("Value error, ")
    return f"is not as it should be ({message[:1].lower()}{message[1:]})"
