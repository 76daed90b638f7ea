"""One damaged file in front of the reader: what became of it, and whether that may be."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from bots.engine.core.errors import BusinessException, RekeyError
from bots.engine.core.item import NewItem
from bots.engine.documents.kinds.beginning import may_hold_documents
from bots.engine.documents.sandbox.sandbox import Limits, Sandbox
from bots.processes.registry import find

LIMITS = Limits(seconds=30.0)
_KNOWN = """
damaged-workbook not-a-workbook empty-workbook no-header doubled-column several-sheets several-tables
wrong-sheet damaged-document not-a-document empty-document too-many-pages password
damaged-email empty-email too-many-attachments unpacks-too-large too-many-parts nested-too-deeply
cells-far-apart
"""
KNOWN = frozenset(_KNOWN.split())
"""What may be said of a damaged file. That it breaks its reader, or takes too much of anything, may not."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    said: str  # "read", or the code of its refusal
    items: int = 0
    finding: str = ""
    seconds: float = 0.0


class Desk:
    """Reads files as an intake does, through the sandbox and a reader that stays warm."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox = sandbox
        self._folder = folder

    async def outcome(self, content: bytes, *, papers: bool, look: bool = False) -> Outcome:
        """`look`: at all that is in the file, as the person does who describes a new kind of it."""
        path, began, items = self._folder / "file", time.monotonic(), 0
        path.write_bytes(content)
        said, finding = "read", ""
        try:
            items = await (self._look(path) if look else self._handed_in(path, papers))
        except BusinessException as refusal:
            said, finding = refusal.code, _wrong(refusal)
        except (RekeyError, AssertionError) as error:
            said, finding = "error", str(error)
        return Outcome(said=said, items=items, finding=finding, seconds=time.monotonic() - began)

    async def _look(self, path: Path) -> int:
        return len([found async for found in self._sandbox.look(path)])

    async def _handed_in(self, path: Path, papers: bool) -> int:
        found = None
        if may_hold_documents(path):
            found = await self._sandbox.unpack(path, self._folder, "attached")
        if found is None:
            return await self._read(path, papers)
        count, refusals = 0, []
        for one in found:
            if one.why:
                continue
            assert (self._folder / one.file).parent == self._folder, f"a path: {one.file}"
            try:
                count += await self._read(self._folder / one.file, papers)
            except BusinessException as refusal:
                refusals.append(refusal)
            (self._folder / one.file).unlink()
        if refusals and (not count or any(map(_wrong, refusals))):
            raise next(filter(_wrong, refusals), refusals[0])
        return count

    async def _read(self, path: Path, papers: bool) -> int:
        process = find("benefit-changes" if papers else "council-tax-moves")
        count = 0
        reading = await self._sandbox.read(path, process.record, process.sheets, process.papers)
        async for items in reading.items:
            for item in items:
                count += 1
                assert _has_origin(item), f"no origin: {item.origin}"
        assert count, "read, and nothing in it"
        return count


def _has_origin(item: NewItem) -> bool:
    origin = item.origin
    row = bool(origin.get("sheet")) and origin.get("row", 0) > 0
    return row or (origin.get("page", 0) > 0 and len(origin.get("pages", ())) == 2)


def _wrong(refusal: BusinessException) -> str:
    if refusal.code not in KNOWN:
        return f"{refusal} {dict(refusal.detail)}"
    sentence = refusal.sentence
    return "" if sentence[:1].isupper() and sentence.endswith(".") else f"no sentence: {sentence!r}"
