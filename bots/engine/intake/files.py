"""Reading handed-in files into the queue: every row and page gets an outcome, every problem its place."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.claim import Claim
from ..core.errors import BusinessException, ConfigurationError, LeaseLost, RekeyError, refusal
from ..core.item import AddOutcome, NewItem
from ..core.process import Process
from ..core.summary import CHANGED, FileChecked, HandInSummary, IntakeSummary, OnProgress, Progress, Verdict
from ..core.working_days import WorkingDays
from ..documents.mail.attached import Attached
from ..documents.sandbox.arrival import settled
from ..documents.sandbox.sandbox import Reading, Sandbox
from ..store.work.claims import BROKEN_OFF_ROW, StoreClaims
from .blame import blamed
from .called import called, suffix_of
from .claiming import Claiming, digest_of, went_away
from .deadlines import dated

PROBLEMS_SHOWN = 100
BROKEN_OFF = "not-read-to-its-end"
_AGAIN = "Hand the file in again, put right or split up: what is known adds nothing. Then close this one."


class HandIn:
    """Takes files in. `folder` keeps a copy of each as it was read: the answers go back into that copy.

    `turn` is waited for before anything is queued, not before a file is read. `holder`: this very process;
    `waits`: seconds that it waits for another reader of the same file. `called`: what the sender calls a file
    that lies under a name of ours. `begins`: nothing new is keyed before.
    """

    def __init__(
        self,
        *,
        claims: StoreClaims,
        sandbox: Sandbox,
        who: str,
        folder: Path,
        holder: str = "",
        patience: float = 30.0,
        waits: float | None = None,
        turn: AbstractAsyncContextManager[None] | None = None,
        working_days: WorkingDays | None = None,
        called: str = "",
        begins: float | None = None,
    ) -> None:
        self._claims = claims
        self._claiming = Claiming(
            claims, holder=holder or who, who=who, patience=patience if waits is None else waits
        )
        self._sandbox = sandbox
        self._who = who
        self._folder = folder
        self._patience = patience
        self._turn = turn or nullcontext()
        self._days = working_days or WorkingDays()
        self._called = called
        self._begins = begins

    async def read(
        self, process: Process[Any], path: Path, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        """Queue every row of a file. A file that cannot be taken is refused with a sentence, never raised."""
        try:
            await self.complete(process, path)
            async with self.held(process, path) as claim:
                return await self.read_complete(process, path, claim, on_progress)
        except Exception as error:
            return refused(called(path), blamed(error))

    def held(self, process: Process[Any], path: Path) -> AbstractAsyncContextManager[Claim]:
        """The file is ours to read within this block. Raises BusinessException when somebody else has it."""
        return self._claiming.held(process.name, path, f"{new_name()}{suffix_of(path)}")

    async def still_held(self, claim: Claim) -> None:
        """Raises LeaseLost when another reader has taken over."""
        await self._claiming.show_life(claim)

    async def complete(self, process: Process[Any], path: Path) -> None:
        """Wait until the file is whole and nobody has it open. Raises a BusinessException."""
        if not process.takes_files:
            raise ConfigurationError("no-files", f"{process.name} does not read its records from files.")
        await settled(path, self._patience)

    async def read_complete(
        self, process: Process[Any], path: Path, claim: Claim, on_progress: OnProgress | None = None
    ) -> HandInSummary:
        """Raises a BusinessException for a file that is another one by now, and LeaseLost."""
        kept = await asyncio.to_thread(_copied, path, self._folder / claim.kept, claim.digest)
        return await self._take(process, {"file": called(path)}, kept, claim, "", on_progress)

    async def read_attached(
        self,
        process: Process[Any],
        path: Path,
        one: Attached,
        claim: Claim,
        on_progress: OnProgress | None = None,
    ) -> HandInSummary:
        """The same of an attachment of the e-mail `path`, which was taken out into our folder."""
        source = {"file": called(path), "attachment": one.name or str(one.number)}
        kept = self._folder / one.file
        return await self._take(process, source, kept, claim, str(one.number), on_progress)

    async def unpack(self, path: Path, claim: Claim) -> list[Attached] | None:
        """The documents that a file holds, in our folder, under names that its next reader would use as well;
        None: it is one itself. Raises a BusinessException."""
        found = await self._sandbox.unpack(path, self._folder, Path(claim.kept).stem)
        if await asyncio.to_thread(digest_of, path) != claim.digest:
            self.drop(found or ())
            raise _changed()
        return found

    def drop(self, found: Sequence[Attached]) -> None:
        for one in found:
            if one.file:
                (self._folder / one.file).unlink(missing_ok=True)

    async def _take(
        self,
        process: Process[Any],
        source: Mapping[str, str],
        kept: Path,
        claim: Claim,
        part: str,
        on_progress: OnProgress | None,
    ) -> HandInSummary:
        if self._called:
            source = {**source, "file": self._called}
        try:
            reading = await self._sandbox.read(
                kept, process.record, process.sheets, process.papers, self._folder
            )
        except BusinessException as refusal:
            if not await self._claims.is_open(claim, part):  # what an earlier reader queued goes back into it
                kept.unlink(missing_ok=True)
            return refused(source["file"], refusal)
        async with self._turn:
            return await self._rows(process, source, kept, reading, claim, part, on_progress)

    async def _rows(
        self,
        process: Process[Any],
        source: Mapping[str, str],
        kept: Path,
        reading: Reading,
        claim: Claim,
        part: str,
        on_progress: OnProgress | None,
    ) -> HandInSummary:
        began = time.monotonic()
        detail: dict[str, Any] = {**source, "kept": kept.name}
        if reading.sheet:
            detail["header"] = {reading.sheet: reading.header_row}
        what = "workbook" if reading.sheet else "document"
        opened = await self._claims.open_batch(claim, part, what, self._who, detail, self._begins)
        tally = Tally(known=opened.outcomes)
        with _rare_collections():
            await self._add(process, claim, opened.batch, _told(reading, source), tally, on_progress)
        return HandInSummary(
            file=source["file"],
            verdict=Verdict.PARTLY if tally.refused else Verdict.READ,
            rows=tally.summary(process.name, opened.batch, time.monotonic() - began),
            unread=tally.unread,
            problems=tally.problems,
            warnings=tuple(reading.warnings),
        )

    async def _add(
        self,
        process: Process[Any],
        claim: Claim,
        batch: str,
        reading: Reading,
        tally: Tally,
        on_progress: OnProgress | None,
    ) -> None:
        received = await self._claims.now()

        async def queued(rows: Sequence[NewItem]) -> Sequence[AddOutcome]:
            dues = dated(process, rows, received, self._days)
            return await self._claims.add(claim, batch, dues, process.record.same_case) if dues else ()

        try:
            async with aclosing(reading.items) as items:
                async for some in items:
                    known = tally.known_of(some)  # by a reader before us, who did not come to the end
                    tally.count(some, [*known, *await queued(some[len(known) :])])
                    if on_progress is not None:
                        read = tally.rows
                        await on_progress(Progress(process=process.name, done=read, exceptions=0, total=read))
        except LeaseLost:
            raise
        except Exception as error:
            # Nobody would miss the rest of it: what is in no queue waits for nobody.
            rest = tally.broke_off(blamed(error), batch, reading)
            await queued([rest])


def new_name() -> str:
    """Of a file that is kept: nothing of the name that somebody gave it."""
    return f"h-{secrets.token_hex(8)}"


def _copied(path: Path, target: Path, digest: str) -> Path:
    """What is read is what is kept, and what was claimed: nobody can change it in between."""
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(f"{target.name}.part")
    try:
        shutil.copyfile(path, half)
    except FileNotFoundError:
        raise went_away() from None
    if digest_of(half) != digest:
        half.unlink()
        raise _changed()
    os.replace(half, target)
    return target


def _changed() -> BusinessException:
    return refusal(CHANGED, "The file changed while it was taken in. Hand it in again when it is complete.")


def refused(file: str, refusal: RekeyError) -> HandInSummary:
    return HandInSummary(file=file, verdict=Verdict.REFUSED, code=refusal.code, sentence=refusal.sentence)


def _told(reading: Reading, source: Mapping[str, str]) -> Reading:
    """Each record of an attachment tells of which e-mail it came: the file itself is ours."""
    if "attachment" not in source:
        return reading

    async def items() -> AsyncGenerator[list[NewItem]]:
        async with aclosing(reading.items) as found:
            async for some in found:
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
    except Exception as error:
        refusal = blamed(error)
        verdict, code, sentence = Verdict.REFUSED, refusal.code, refusal.sentence
    return FileChecked(
        file=called(path),
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

    known: Sequence[AddOutcome] = ()  # of the first rows: they are queued already
    rows: int = 0
    refused: int = 0
    outcomes: Counter[AddOutcome] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    last: NewItem | None = None

    def known_of(self, rows: Sequence[NewItem]) -> Sequence[AddOutcome]:
        """Of the first of these, which come next."""
        return self.known[self.rows : self.rows + len(rows)]

    def count(self, rows: Sequence[NewItem], outcomes: Sequence[AddOutcome]) -> None:
        self.rows += len(rows)
        self.last = rows[-1] if rows else self.last
        self.outcomes.update(outcomes)
        bad = [row for row in rows if row.code]
        self.refused += len(bad)
        room = PROBLEMS_SHOWN - len(self.problems)
        self.problems += [_placed(row) for row in bad[:room]]

    def broke_off(self, refusal: RekeyError, batch: str, reading: Reading) -> NewItem:
        """What was read so far is queued. The rest is a question to a person, as an item of its own."""
        self.refused += 1
        sentence = f"Only the first {self.rows} rows were read. {refusal.sentence}"
        self.problems.insert(0, sentence)
        self.unread.append(sentence)
        return NewItem(
            reference=BROKEN_OFF_ROW.format(batch=batch),
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
