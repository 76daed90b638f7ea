"""How far a store had come, kept beside it: a store that has less was restored from a backup."""

from __future__ import annotations

import json
import os
from pathlib import Path

from .core.queue import Queue

_NAME = "store.mark"


class HighWater:
    """A file in the home of each worker. Nothing personal: the store's id and a number."""

    def __init__(self, home: Path) -> None:
        self._file = home / _NAME

    async def check(self, queue: Queue) -> None:
        """Tell a store that fell back that it is a restored one; then what it has is the new mark."""
        store, last = (await queue.store()).id, await queue.last_entry()
        if last < self._known(store):
            await queue.note_restored()
        self._keep(store, last)

    async def keep(self, queue: Queue) -> None:
        self._keep((await queue.store()).id, await queue.last_entry())

    def _known(self, store: str) -> int:
        try:
            mark = json.loads(self._file.read_text(encoding="utf-8"))
            return int(mark["last"]) if mark["store"] == store else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0  # a home without a mark is a new one

    def _keep(self, store: str, last: int) -> None:
        beside = self._file.with_suffix(f".{os.getpid()}")
        try:
            beside.write_text(json.dumps({"store": store, "last": last}), encoding="utf-8")
            beside.replace(self._file)
        except OSError:
            return  # a full disk must not stop what still can be done
