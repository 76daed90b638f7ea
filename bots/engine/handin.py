"""Reading handed-in files into the queue: every row and page gets an outcome, every problem its place."""

from __future__ import annotations

import gc
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .core.errors import BusinessException, ConfigurationError
from .core.item import AddOutcome, NewItem
from .core.process import Process
from .core.queue import Queue
from .core.summary import FileChecked, HandInSummary, IntakeSummary, OnProgress, Progress, Verdict
from .core.working_days import WorkingDays
from .deadlines import dated
from .documents.arrival import settled
from .documents.attached import Attached
from .documents.sandbox import Reading, Sandbox

PROBLEMS_SHOWN = 100
BROKEN_OFF = "not-read-to-its-end"
_AGAIN = "Hand the file in again, put right or split up: what is known adds nothing. Then close this one."


class HandIn:
    """Takes files in. `folder` keeps a copy of each as it was read: the answers go back into that copy.

    `turn` is waited for before anything is queued, not before a file is read.
    """

    def __init__(
        self,
        *,
        queue: Queue,
        sandbox: Sandbox,
        who: str,
        folder: Path,
        patience: float = 30.0,
        turn: AbstractAsyncContextManager[None] | None = None,
        working_days: WorkingDays | None = None,
    ) -> None:
        self._queue = queue
        self._sandbox = sandbox
        self._who = who
        self._folder = folder
        self._patience = patience
        self._turn = turn or nullcontext()
        self._days = working_days or WorkingDays()

    async def read(
        self, process: Process[Any], path: Path, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        """Queue every row of a file. A file that cannot be taken is refused with a sentence, never raised."""
        try:
            await self.complete(process, path)
        except BusinessException as refusal:
            return refused(path.name, refusal)
        return await self.read_complete(process, path, on_progress)

    async def complete(self, process: Process[Any], path: Path) -> None:
        """Wait until the file is whole and nobody has it open. Raises a BusinessException."""
        if not process.takes_files:
            raise ConfigurationError("no-files", f"{process.name} does not read its records from files.")
        await settled(path, self._patience)

    async def read_complete(
        self, process: Process[Any], path: Path, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        self._folder.mkdir(parents=True, exist_ok=True)
        # What is read is what is kept: nobody can change it in between.
        kept = Path(shutil.copyfile(path, self._folder / f"{new_name()}{path.suffix.lower()}"))
        return await self._take(process, {"file": path.name}, kept, on_progress)

    async def read_attached(
        self, process: Process[Any], path: Path, one: Attached, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        """The same of an attachment of the e-mail `path`, which was taken out into our folder."""
        source = {"file": path.name, "attachment": one.name or str(one.number)}
        return await self._take(process, source, self._folder / one.file, on_progress)

    async def unpack(self, path: Path) -> list[Attached]:
        """The attachments of an e-mail, in our folder. Raises a BusinessException."""
        return await self._sandbox.unpack(path, self._folder, new_name())

    def drop(self, found: Sequence[Attached]) -> None:
        for one in found:
            if one.file:
                (self._folder / one.file).unlink(missing_ok=True)

    async def _take(
        self, process: Process[Any], source: Mapping[str, str], kept: Path, on_progress: OnProgress | None
    ) -> HandInSummary:
        try:
            reading = await self._sandbox.read(
                kept, process.record, process.sheets, process.papers, self._folder
            )
        except BusinessException as refusal:
            kept.unlink(missing_ok=True)
            return refused(source["file"], refusal)
        async with self._turn:
            return await self._rows(process, source, kept, reading, on_progress)

    async def _rows(
        self,
        process: Process[Any],
        source: Mapping[str, str],
        kept: Path,
        reading: Reading,
        on_progress: OnProgress | None,
    ) -> HandInSummary:
        began = time.monotonic()
        detail: dict[str, Any] = {**source, "kept": kept.name}
        if reading.sheet:
            detail["header"] = {reading.sheet: reading.header_row}
        what = "workbook" if reading.sheet else "document"
        batch = await self._queue.open_batch(process.name, what, self._who, detail)
        tally = Tally()
        with _rare_collections():
            await self._add(process, batch, _told(reading, source), tally, on_progress)
        return HandInSummary(
            file=source["file"],
            verdict=Verdict.PARTLY if tally.refused else Verdict.READ,
            rows=tally.summary(process.name, batch, time.monotonic() - began),
            unread=tally.unread,
            problems=tally.problems,
            warnings=reading.warnings,
        )

    async def _add(
        self,
        process: Process[Any],
        batch: str,
        reading: Reading,
        tally: Tally,
        on_progress: OnProgress | None,
    ) -> None:
        received = await self._queue.now()
        try:
            async for some in reading.items:
                dues = dated(process, some, received, self._days)
                outcomes = await self._queue.add(process.name, batch, dues, process.record.same_case)
                tally.count(some, [outcome for outcome, _ in outcomes])
                if on_progress is not None:
                    read = tally.rows
                    await on_progress(Progress(process=process.name, done=read, exceptions=0, total=read))
        except BusinessException as refusal:
            # Nobody would miss the rest of it: what is in no queue waits for nobody.
            rest = tally.broke_off(refusal, batch, reading)
            await self._queue.add(process.name, batch, dated(process, [rest], received, self._days))


def new_name() -> str:
    """Of a file that is kept: nothing of the name that somebody gave it."""
    return f"h-{secrets.token_hex(8)}"


def refused(file: str, refusal: BusinessException) -> HandInSummary:
    return HandInSummary(file=file, verdict=Verdict.REFUSED, code=refusal.code, sentence=refusal.sentence)


def _told(reading: Reading, source: Mapping[str, str]) -> Reading:
    """Each record of an attachment tells of which e-mail it came: the file itself is ours."""
    if "attachment" not in source:
        return reading

    async def items() -> AsyncIterator[list[NewItem]]:
        async for some in reading.items:
            yield [replace(item, origin={**item.origin, **source}) for item in some]

    return replace(reading, items=items())


Known = Callable[[Sequence[NewItem]], Awaitable[int]]
"""Of how many of these rows the case is in the queue already."""


async def check(
    process: Process[Any],
    path: Path,
    sandbox: Sandbox,
    patience: float = 30.0,
    known: Known | None = None,
) -> FileChecked:
    """Read a file as `HandIn` does, and put nothing into any queue."""
    if not process.takes_files:
        raise ConfigurationError("no-files", f"{process.name} does not read its records from files.")
    tally, taken = Tally(), (0.0, 0.0)
    familiar = 0
    warnings: Sequence[str] = ()
    try:
        await settled(path, patience)
        try:
            reading = await sandbox.read(path, process.record, process.sheets, process.papers)
            warnings = reading.warnings
            async for some in reading.items:
                tally.count(some, ())
                if known is not None:
                    familiar += await known([row for row in some if row.code is None])
        finally:
            taken = sandbox.seconds, sandbox.megabytes
        verdict, code, sentence = Verdict.PARTLY if tally.refused else Verdict.READ, None, None
    except BusinessException as refusal:
        verdict, code, sentence = Verdict.REFUSED, refusal.code, refusal.sentence
    return FileChecked(
        file=path.name,
        verdict=verdict,
        code=code,
        sentence=sentence,
        records=tally.rows - tally.refused,
        problems=tally.refused,
        known=None if known is None else familiar,
        seconds=round(taken[0], 3),
        peak_mb=round(taken[1], 1),
        said=(*warnings, *tally.problems),
    )


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
    unread: list[str] = field(default_factory=list)
    last: NewItem | None = None

    def count(self, rows: Sequence[NewItem], outcomes: Sequence[AddOutcome]) -> None:
        self.rows += len(rows)
        self.last = rows[-1] if rows else self.last
        self.outcomes.update(outcomes)
        bad = [row for row in rows if row.code]
        self.refused += len(bad)
        room = PROBLEMS_SHOWN - len(self.problems)
        self.problems += [_placed(row) for row in bad[:room]]

    def broke_off(self, refusal: BusinessException, batch: str, reading: Reading) -> NewItem:
        """What was read so far is queued. The rest is a question to a person, as an item of its own."""
        self.refused += 1
        sentence = f"Only the first {self.rows} rows were read. {refusal.sentence}"
        self.problems.insert(0, sentence)
        self.unread.append(sentence)
        return NewItem(
            reference=f"the rest of {batch}",
            data={},
            origin=self._behind(reading),
            code=BROKEN_OFF,
            sentence=f"{sentence} {_AGAIN}",
        )

    def _behind(self, reading: Reading) -> Mapping[str, Any]:
        """Where the first stands that was not read."""
        before = self.last.origin if self.last else {}
        mail = {name: before[name] for name in ("file", "attachment") if name in before}
        if reading.sheet:
            return mail | {"sheet": reading.sheet, "row": before.get("row", reading.header_row) + 1}
        page = (before["pages"][1] if before else 0) + 1
        return mail | {"page": page, "pages": [page, page]}

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


def _placed(row: NewItem) -> str:
    """Its sentence; of a row with its number, which that of a page says itself."""
    return f"Row {row.origin['row']}: {row.sentence}" if "row" in row.origin else f"{row.sentence}"
