"""Processes that an earlier life left behind, because the one that watched them was killed itself."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from bots.engine.core.errors import ConfigurationError
from bots.prefect_child import Child, descendants, end_all

Mark = dict[str, Any]


class Leftovers:
    """A note of who watches which processes, kept beside Prefect's database while they run."""

    def __init__(self, home: Path) -> None:
        self._note = home / "prefect" / "processes.json"

    def clear(self) -> None:
        """End what an earlier life left; refuse when that life is still going on."""
        note = self._read()
        if (watcher := _find(note.get("watcher"))) is not None:
            raise ConfigurationError(
                "prefect-already-running",
                f"Rekey already runs here (process {watcher.pid}). Stop it, or use another home folder.",
            )
        found = [process for mark in note.get("children", ()) if (process := _find(mark)) is not None]
        # They get no time to finish: the one that could have asked them is gone, and what they had in hand
        # is what leases and open intents are for.
        end_all([each for process in found for each in descendants(process.pid)], grace=5.0)

    def remember(self, children: Sequence[Child]) -> None:
        marks = [_mark(child.process.pid) for child in children if child.running]
        note = {"watcher": _mark(os.getpid()), "children": [mark for mark in marks if mark]}
        self._note.parent.mkdir(parents=True, exist_ok=True)
        self._note.write_text(json.dumps(note))

    def forget(self) -> None:
        self._note.unlink(missing_ok=True)

    def _read(self) -> Mark:
        try:
            note: Mark = json.loads(self._note.read_text())
        except (FileNotFoundError, ValueError):
            # None yet, or cut off while it was written.
            return {}
        return note


def _mark(pid: int) -> Mark | None:
    """Numbers of processes are used again; with the start time they are not mistaken."""
    try:
        return {"pid": pid, "started": psutil.Process(pid).create_time()}
    except psutil.NoSuchProcess:
        return None


def _find(mark: Mark | None) -> psutil.Process | None:
    """The marked process, if it still runs."""
    if not mark:
        return None
    try:
        process = psutil.Process(mark["pid"])
        same = abs(process.create_time() - mark["started"]) < 1
        # Where nobody reaps it (a container without an init), a killed process stays as a zombie.
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None
