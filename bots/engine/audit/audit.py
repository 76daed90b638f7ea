"""The audit: proves that the store is whole, keeps checkpoints outside of it, erases what is old."""

from __future__ import annotations

import shutil
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..core.audit import Checkpoint, Erasure, HistoryRow, Pack, Verification
from ..core.errors import ConfigurationError
from ..core.process import Process
from ..evidence import Evidence
from ..intake.inbox import Inbox
from ..store.audit.store import StoreAudit
from .checkpoint_folder import CheckpointFolder, line
from .csv_export import write_csv

_DAY = 86_400.0
_AT_ONCE = 500


class Audit:
    """`home`: where evidence and workbooks lie; `folder`: for copies of the checkpoints."""

    def __init__(self, *, store: StoreAudit, home: Path, folder: Path) -> None:
        self._store = store
        self._home = home
        self._evidence = Evidence(home / "evidence")
        self._folder = folder

    @property
    def store(self) -> StoreAudit:
        """For looking only."""
        return self._store

    async def _copies(self, folder: Path) -> CheckpointFolder:
        return CheckpointFolder(folder, await self._store.store_id())

    async def verify(self, against: Path | None = None) -> Verification:
        """Read every chain. `against`: a folder of checkpoints; without one our own, when it is there."""
        copies = await self._copies(against or self._folder)
        outside = copies.all() if against is not None or copies.there() else None
        return await self._store.verify(outside, self._evidence.look)

    async def checkpoint(self) -> Checkpoint:
        """Write the next checkpoint, and its copy outside of the database."""
        copies = await self._copies(self._folder)
        made = await self._store.checkpoint()
        copies.keep(await self._store.checkpoints())
        return made

    async def line(self, checkpoint: Checkpoint) -> str:
        return line(await self._store.store_id(), checkpoint)

    async def erase(
        self, process: Process[Any], days: float, *, who: str, why: str, rehearse: bool = False
    ) -> Erasure:
        """Erase the personal data of items that ended so many days ago. There is no undo.

        In the store first, which asks again: an item that came back meanwhile needs its files. Were this cut
        off then, the files are nobody's, and the next run removes them.
        """
        before = await self._store.days_ago(days)
        due = await self._store.due(process.name, before)
        if rehearse:
            return Erasure(process=process.name, items=due, rehearsed=True)
        named = await self._store.files_of(process.name)
        erased = [item for item in due if await self._store.erase(item, before, who, why)]
        hand_ins, workbooks = await self._workbooks(process.name)
        files = _remove(await self._evidence_of_erased(process.name))
        files += _remove(await self._nobodys(process.name, days, named))
        inbox = Inbox(self._home / "inboxes" / process.name)
        files += _remove(inbox.dealt_with_before(time.time() - days * _DAY))
        return Erasure(
            process=process.name,
            items=erased,
            rehearsed=False,
            hand_ins=hand_ins,
            files=files + workbooks,
        )

    async def export_csv(self, path: Path, process: str | None, item: str | None) -> Path:
        """The history of a process, or of one item, as CSV."""
        if item is None:
            await write_csv(path, self._store.histories(process))
        else:
            await write_csv(path, _one(await self._pack(item)))
        return path

    async def export_pack(
        self, path: Path, item: str, processes: Mapping[str, Process[Any]], who: str
    ) -> Path:
        """The evidence pack of one item as PDF."""
        from ..documents.answers.pack import write_pack  # loads a library that no other command needs

        pack = await self._pack(item)
        process = processes.get(pack.item.process)
        if process is None:
            raise ConfigurationError("unknown-process", f"There is no process {pack.item.process} any more.")
        return write_pack(path, pack, process, who=who, at=time.time())

    async def _pack(self, item: str) -> Pack:
        pack = await self._store.pack(item)
        if pack is None:
            raise ConfigurationError("unknown-item", f"There is no item {item}.")
        names = [row.detail.get("evidence") for row in pack.history] + [r.evidence for r in pack.receipts]
        return replace(pack, evidence=[self._evidence.look(name) for name in dict.fromkeys(names) if name])

    async def _evidence_of_erased(self, process: str) -> Sequence[Path]:
        """Of this run, and of one that was cut off."""
        folder = self._home / "evidence"
        items = sorted(each.name for each in folder.glob(f"{process}-*"))
        parts = [items[at : at + _AT_ONCE] for at in range(0, len(items), _AT_ONCE)]
        return [folder / item for part in parts for item in await self._store.erased(part)]

    async def _workbooks(self, process: str) -> tuple[int, int]:
        """Remove every copy of the workbooks of which each row is erased; how many hand-ins and files."""
        emptied = await self._store.emptied(process)
        files = 0
        for batch, kept in emptied:
            files += _remove([self._home / "handed-in" / process / kept, *self._copies_of(process, batch)])
            await self._store.forget(batch)
        return len(emptied), files

    async def _nobodys(self, process: str, days: float, before: Collection[str]) -> Sequence[Path]:
        """Handed-in files that no hand-in and no record has: the pages of what is erased, and files as old as
        that of a hand-in that was cut off. `before`: the names that were known when this run began.

        A file of today is left alone: a hand-in that is being read may be about to name it.
        """
        folder = self._home / "handed-in" / process
        named, now = await self._store.files_of(process), time.time()
        files = [file for file in folder.glob("*") if file.name not in named]
        ages = [(file, now - file.stat().st_mtime) for file in files]
        return [file for file, age in ages if age > _DAY * (min(days, 1) if file.name in before else days)]

    def _copies_of(self, process: str, batch: str) -> Sequence[Path]:
        """What went back, and what lies in the inbox: both carry the hand-in's id in their names."""
        back = (self._home / "outboxes" / process).glob(f"{batch}*")
        read = (self._home / "inboxes" / process / "done").glob(f"* {batch}*")
        return [*back, *read]


async def _one(pack: Pack) -> AsyncIterator[tuple[str, Sequence[HistoryRow]]]:
    yield pack.item.process, pack.history


def _remove(paths: Sequence[Path]) -> int:
    """Remove files and folders that are there; how many files that were."""
    files = 0
    for path in paths:
        if path.is_dir():
            files += sum(each.is_file() for each in path.rglob("*"))
            shutil.rmtree(path)
        elif path.exists():
            files += 1
            path.unlink()
    return files
