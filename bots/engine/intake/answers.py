"""What goes back: the sender's own workbook, or a cover report, with what became of every row or case."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..core.column import columns_of
from ..core.errors import ConfigurationError
from ..core.item import Batch, BatchRow, State
from ..core.process import Process
from ..core.queue import Queue
from ..core.vocabulary import words_of
from ..documents.answers.answer import Answer, CoverCase
from ..documents.sandbox.sandbox import Limits, Sandbox
from ..home.rights import Team

_LONDON = ZoneInfo("Europe/London")
LIMITS = Limits(seconds=600.0, megabytes=2000)
"""Of one return: 100,000 rows take 0.7 GB, as openpyxl keeps cells."""
HIDDEN = "read, not shown here"
PART_DONE = "Partly done, needs a person"
OTHERWISE = "Not as in this row"
NOT_AS_READ = "Not as on these pages"
CORRECTED = "Staff corrected before it was keyed: {fields}."
ON_A_WORD = " (said by staff)"
OTHER_DATA = (
    "Rekey holds other data for this case: a later workbook or staff changed it, or it was done before."
)


@dataclass(frozen=True, kw_only=True)
class Returned:
    """The workbooks that were written, and the hand-ins of which none could be."""

    written: Sequence[Path] = ()
    failed: Sequence[str] = ()


class Answers:
    """Writes answers into copies of the files in `kept` and puts them into `outbox`. In `sandbox` a sender's
    workbook is opened once more, at a distance like anything from outside."""

    def __init__(
        self, *, queue: Queue, kept: Path, outbox: Path, sandbox: Sandbox, team: Team | None = None
    ) -> None:
        self._queue = queue
        self._sandbox = sandbox
        self._kept = kept
        self._outbox = outbox
        self._team = team or Team()

    async def give_back(self, process: Process[Any], batch: str) -> Path:
        """Write the return workbook of one hand-in, as things stand now.

        Raises ConfigurationError when there is no such hand-in, or it was not a file.
        """
        for found in await self._queue.batches(process.name):
            if found.id == batch:
                return await self._write(process, found)
        raise ConfigurationError("unknown-batch", f"{process.name} has no hand-in {batch}.")

    async def give_back_finished(self, process: Process[Any]) -> Returned:
        """The same for every hand-in in which nothing waits for the bot any more; one that cannot be written
        keeps no other from going back."""
        written, failed = [], []
        for batch in await self._queue.unanswered(process.name) if process.takes_files else ():
            if "kept" in batch.detail:
                try:
                    written.append(await self._write(process, batch))
                # Whatever is wrong with one sender's workbook: openpyxl raises what it comes across.
                except Exception:
                    failed.append(batch.id)
        return Returned(written=written, failed=failed)

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
        target = self._free(batch.id, original.suffix)
        if "header" in batch.detail:
            said = list(answers(process, rows))
            written = await self._workbook(original, target, batch.detail["header"], said)
        else:
            from ..documents.answers.cover import write_cover

            title = f"{process.title}: what became of your document"
            facts = {"File": batch.detail.get("file", ""), "Hand-in": batch.id}
            if "attachment" in batch.detail:
                facts["Attachment"] = batch.detail["attachment"]
            written = write_cover(target.with_suffix(".pdf"), title, facts, list(cases(process, rows)))
        self._team.may_read(written)
        await self._queue.answered(batch.id, at)
        return written

    async def _workbook(
        self, original: Path, target: Path, header: Mapping[str, int], said: Sequence[Answer]
    ) -> Path:
        """Made beside its place, so that what is ended in the middle leaves nothing behind."""
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".") as beside:
            written = await self._sandbox.answer(original, Path(beside) / target.name, header, said)
            # Of a process that a file may have taken over only the suffix is believed.
            path = target.with_suffix(".xlsm" if written.suffix == ".xlsm" else ".xlsx")
            os.replace(Path(beside) / path.name, path)
        return path

    def _free(self, name: str, suffix: str) -> Path:
        """A name that is not there yet: somebody may be working in the workbook that went back before."""
        stem, number = name, 1
        while any(self._outbox.glob(f"{stem}.*")):  # whatever its suffix: an .xls comes back as an .xlsx
            number += 1
            stem = f"{name}-{number}"
        return self._outbox / f"{stem}{suffix}"


def answers(process: Process[Any], rows: Sequence[BatchRow]) -> Iterator[Answer]:
    """What is said of each row: of what the row itself said, not only of the item that it is about."""
    first: dict[tuple[str, str], int] = {}
    for row in rows:
        if not row.origin:  # its personal data was erased, and nothing is left to be said
            continue
        number = int(row.origin["row"])
        same_as = first.setdefault((row.item.id, row.digest), number)
        ours = _ours(row)
        outcome = _outcome(process, row) if ours or row.item.state is State.EXCEPTION else OTHERWISE
        yield Answer(
            sheet=str(row.origin["sheet"]),
            row=number,
            outcome=outcome if same_as == number else f"Same as row {same_as}",
            reference=_reference(process, row) if ours else "",
            reason=_reason(process, row),
            when=_local(row.item.updated),
            item=row.item.id,
        )


def _ours(row: BatchRow) -> bool:
    """Whether the item is what this row says, or what staff made of it and nobody else."""
    return row.digest == row.item.digest or row.said is not None


def cases(process: Process[Any], rows: Sequence[BatchRow]) -> Iterator[CoverCase]:
    """The same of each case of a document."""
    for row in rows:
        if not row.origin:
            continue
        first, last = row.origin["pages"]
        ours = _ours(row)
        yield CoverCase(
            pages=str(first) if first == last else f"{first} to {last}",
            outcome=_outcome(process, row) if ours or row.item.state is State.EXCEPTION else NOT_AS_READ,
            reference=_reference(process, row) if ours else "",
            reason=_reason(process, row),
            when=_local(row.item.updated),
            item=row.item.id,
            read=_read(process, row.item.data) if ours else {},
        )


def _read(process: Process[Any], data: Mapping[str, Any]) -> dict[str, str]:
    """By the record's names; of sensitive values only that they were read."""
    hidden = process.record.sensitive()
    return {
        name.replace("_", " ").capitalize(): HIDDEN if name in hidden else _shown(value)
        for name, value in data.items()
        if value not in (None, "")
    }


def _shown(value: Any) -> str:
    return {True: "Yes", False: "No"}[value] if isinstance(value, bool) else str(value)


def _local(at: float) -> datetime:
    return datetime.fromtimestamp(at, _LONDON).replace(tzinfo=None, microsecond=0)


def _outcome(process: Process[Any], row: BatchRow) -> str:
    if row.item.state is State.EXCEPTION and 0 < len(row.receipts) < len(process.steps):
        return PART_DONE
    return words_of(row.item.state, row.item.code).senders


def _reason(process: Process[Any], row: BatchRow) -> str:
    said = "" if row.item.state is State.DONE else row.item.sentence or ""
    if row.item.state is State.DONE and (corrected := _corrected(process, row)):
        return CORRECTED.format(fields=", ".join(_captions(process, corrected)))
    return said if _ours(row) or row.item.state is State.EXCEPTION else f"{OTHER_DATA} {said}".strip()


def _corrected(process: Process[Any], row: BatchRow) -> list[str]:
    """The fields that staff changed; not those that they left, and that are only written otherwise now."""
    if row.said is None:
        return []
    read, now = process.record.as_read(row.said), row.item.data
    return [name for name in {**read, **now} if (read.get(name) or None) != (now.get(name) or None)]


def _captions(process: Process[Any], names: Sequence[str]) -> list[str]:
    """As the sender calls them: by a sheet's headings, or in words."""
    columns = columns_of(process.record)
    return [columns[name].name if name in columns else name.replace("_", " ") for name in names]


def _reference(process: Process[Any], row: BatchRow) -> str:
    proofs = [(step, row.receipts[step.name]) for step in process.steps if step.name in row.receipts]
    held = [(step, one.reference + ("" if one.proven else ON_A_WORD)) for step, one in proofs]
    if len(process.steps) == 1:
        return "".join(reference for _, reference in held)
    return "; ".join(f"{step.title or step.name}: {reference}" for step, reference in held)
