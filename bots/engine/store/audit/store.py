"""The audit of a store in a database: reads every chain, and writes the checkpoints."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from functools import partial
from hashlib import sha256

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...core.audit import Checkpoint, Finding, HistoryRow, Pack, Past, Tamper, Verification
from ...core.work_list import DAY
from ..database import tables as t
from ..database.database import Clock, Database, database_clock
from ..work.queue import read_store
from . import chunks, erasure, packs
from . import history as looking_back
from .checks import Look, check, check_evidence, check_hand_ins

FINDINGS_KEPT = 1000
FIRST = "0" * 64
"""What the first checkpoint stands on."""


class Findings:
    """The first findings, and how many there are."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.found = 0

    def add(self, findings: Iterable[Finding]) -> None:
        for finding in findings:
            self.found += 1
            if len(self.kept) < FINDINGS_KEPT:
                self.kept.append(finding)


class StoreAudit:
    """Reads in short transactions: workers go on meanwhile, and memory does not grow with the store."""

    def __init__(
        self,
        database: Database,
        clock: Clock = database_clock,
        versions: Mapping[str, str] | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._versions = dict(versions or {})

    async def store_id(self) -> str:
        return (await self._database.run(read_store)).id

    async def verify(
        self, copies: Iterable[Checkpoint] | None = None, look: Look | None = None
    ) -> Verification:
        """Whether every row is as the store wrote it. `copies`: checkpoints kept outside of it; `look`: where
        evidence lies."""
        began, findings, items, rows = time.monotonic(), Findings(), 0, 0
        async for chunk in self._chunks():
            items, rows = items + len(chunk.items), rows + len(chunk.history)
            findings.add(check(chunk))
            if look is not None:
                findings.add(check_evidence(chunk, look))
        findings.add(check_hand_ins(*await self._database.run(_hand_ins)))
        checkpoints = await self.checkpoints()
        findings.add([finding async for finding in self._spans(checkpoints)])
        kept = list(copies) if copies is not None else None
        findings.add(compared(checkpoints, kept))
        return Verification(
            items=items,
            rows=rows,
            checkpoints=len(checkpoints),
            compared=len(kept or ()),
            found=findings.found,
            findings=findings.kept,
            seconds=round(time.monotonic() - began, 3),
        )

    async def histories(self, process: str | None) -> AsyncIterator[tuple[str, list[HistoryRow]]]:
        """Every item's whole history, with its process; of one process, or of all."""
        async for chunk in self._chunks():
            rows: dict[str, list[HistoryRow]] = {}
            for row in chunk.history:
                rows.setdefault(row.item, []).append(packs.history_row(row))
            for item in chunk.items:
                if process in (None, item.process):
                    yield item.process, rows.get(item.id, [])

    async def look_back(self, past: Past, below: int | None = None) -> AsyncIterator[tuple[str, HistoryRow]]:
        """Rows that fit, each with its process, the newest first. `below`: only those of a smaller number."""
        while True:
            found = await self._database.run(partial(looking_back.stretch, past=past, below=below))
            for each in found.found:
                yield each
            if found.next is None:
                return
            below = found.next

    async def pack(self, item: str) -> Pack | None:
        """What the store holds of an item, without the evidence's files; None: there is no such item."""
        found = await self._database.run(lambda c: packs.about(c, item))
        if found is None:
            return None
        store, shown, batch, receipts, covering = found
        chunk = await self._database.run(lambda c: chunks.only(c, item))
        return Pack(
            store=store.id,
            environment=store.environment,
            item=shown,
            batch=batch,
            history=[packs.history_row(row) for row in chunk.history],
            receipts=receipts,
            findings=list(check(chunk)),
            checkpoint=covering,
        )

    async def _chunks(self) -> AsyncIterator[chunks.Chunk]:
        after = ""
        while True:
            chunk = await self._database.run(partial(chunks.chunk, after=after))
            yield chunk
            if len(chunk.items) < chunks.ITEMS_AT_ONCE:
                return
            after = chunk.items[-1].id

    async def _spans(self, checkpoints: list[Checkpoint]) -> AsyncIterator[Finding]:
        """Each checkpoint, computed again from the rows that it covers."""
        before = _NONE
        for number, kept in enumerate(checkpoints, start=1):
            if kept.number != number:
                yield _checkpoint(Tamper.REMOVED, number, "There should be one checkpoint of each number.")
                return
            again = await self._computed(before, kept.at, kept.last)
            if again != kept:
                sentence = f"The rows of history {before.last + 1} to {kept.last} are not those of that day"
                counts = f": {again.rows} rows of {kept.rows}, {again.items} items of {kept.items} begun."
                yield _checkpoint(Tamper.CHANGED, number, sentence + counts)
            before = kept

    async def checkpoints(self) -> list[Checkpoint]:
        return await self._database.run(_checkpoints)

    async def checkpoint(self) -> Checkpoint:
        """Write the next checkpoint over everything that is in the store by now."""
        at, last = await self._database.run(lambda c: (self._clock(c), _mark(c)))
        before = [_NONE, *await self.checkpoints()][-1]
        made = await self._computed(before, at, last)
        await self._database.run(lambda c: c.execute(sa.insert(t.checkpoints).values(**vars(made))))
        return made

    async def days_ago(self, days: float) -> float:
        return await self._database.run(self._clock) - days * DAY

    async def due(self, process: str, before: float) -> list[str]:
        """Items that ended before a moment and still hold personal data."""
        return await self._database.run(lambda c: erasure.due(c, process, before))

    async def erase(self, item: str, before: float, who: str, why: str) -> bool:
        """Erase one item's personal data for ever. False: it did not end before that moment, or goes on."""
        return await self._database.run(
            lambda c: erasure.erase(c, self._clock(c), self._versions, item, before, who, why)
        )

    async def erased(self, items: Sequence[str]) -> list[str]:
        """Those of some items that are erased."""
        return await self._database.run(lambda c: erasure.erased(c, items))

    async def emptied(self, process: str) -> Sequence[tuple[str, str]]:
        """Hand-ins of which nothing is left, and the names of their kept files."""
        return await self._database.run(lambda c: erasure.emptied(c, process))

    async def files_of(self, process: str) -> set[str]:
        """The names of the files that its hand-ins and records have."""
        return await self._database.run(lambda c: erasure.files_of(c, process))

    async def forget(self, batch: str) -> None:
        await self._database.run(lambda c: erasure.forget(c, batch))

    async def _computed(self, before: Checkpoint, at: float, last: int) -> Checkpoint:
        """The checkpoint that follows `before`, over the rows up to `last`."""
        digest, rows, items, after = sha256(), 0, 0, before.last
        while True:
            found = await self._database.run(partial(chunks.links, after=after, last=last))
            digest.update(_lines(found))
            rows, items = rows + len(found), items + sum(row[2] == 1 for row in found)
            if len(found) < chunks.ROWS_AT_ONCE:
                break
            after = found[-1][0]
        number = before.number + 1
        said = [number, at, last, rows, items, before.digest, digest.hexdigest()]
        return Checkpoint(
            number=number,
            at=at,
            last=last,
            rows=rows,
            items=items,
            previous=before.digest,
            digest=sha256(orjson.dumps(said)).hexdigest(),
        )


_NONE = Checkpoint(number=0, at=0.0, last=0, rows=0, items=0, previous="", digest=FIRST)


def compared(checkpoints: list[Checkpoint], copies: list[Checkpoint] | None) -> Iterable[Finding]:
    """The store's checkpoints beside those that were kept where its administrator cannot write."""
    if copies is None:
        return
    kept, outside = ({one.number: one for one in many} for many in (checkpoints, copies))
    for number in sorted(kept.keys() | outside.keys()):
        if number not in kept:
            yield _checkpoint(Tamper.REMOVED, number, "It is in the folder, and not in the store.")
        elif number not in outside:
            yield _checkpoint(Tamper.ADDED, number, "It is in the store, and not in the folder.")
        elif kept[number] != outside[number]:
            sentence = "The store's is not the one in the folder: history was written anew since that day."
            yield _checkpoint(Tamper.CHANGED, number, sentence)


def _checkpoint(tamper: Tamper, number: int, sentence: str) -> Finding:
    return Finding(tamper=tamper, table="checkpoints", row=str(number), item=None, sentence=sentence)


def _checkpoints(connection: Connection) -> list[Checkpoint]:
    query = sa.select(t.checkpoints).order_by(t.checkpoints.c.number)
    return [Checkpoint(**row._mapping) for row in connection.execute(query)]


def _mark(connection: Connection) -> int:
    """The last row of history; no row of a smaller number can come after it."""
    if connection.dialect.name == "postgresql":
        # Numbers are drawn before they are committed: wait for those who are writing.
        connection.execute(sa.text("LOCK TABLE history IN SHARE MODE"))
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(t.history.c.id), 0)))
    return int(last.scalar_one())


def _lines(links: chunks.Rows) -> bytes:
    """A line for each row of history: its number, item, place and hash."""
    return "".join(f"{row[0]} {row[1]} {row[2]} {row[3].hex()}\n" for row in links).encode()


def _hand_ins(connection: Connection) -> tuple[int, chunks.Rows, list[tuple[str, int, str]]]:
    return (*chunks.hand_ins(connection), chunks.strays(connection))
