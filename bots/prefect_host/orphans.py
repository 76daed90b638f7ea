"""Processes that an earlier life left behind, because the one that watched them was killed itself."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from bots.engine.core.errors import ConfigurationError

from .child import Child, descendants, end_all
from .private_files import write_private

Mark = dict[str, Any]


class Leftovers:
    """A note of who watches which processes, kept beside Prefect's database while they run."""

    def __init__(self, home: Path, address: str) -> None:
        self._note, self._address = _note_in(home), address

    def clear(self) -> None:
        """End what an earlier life left; refuse when that life is still going on."""
        note = _read(self._note)
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
        note = {
            "watcher": _mark(os.getpid()),
            "children": [mark for mark in marks if mark],
            "address": self._address,
        }
        write_private(self._note, json.dumps(note))

    def forget(self) -> None:
        self._note.unlink(missing_ok=True)


def running_address(home: Path) -> str | None:
    """Where the Prefect server of this home answers, while somebody watches over it."""
    note = _read(_note_in(home))
    return note.get("address") if _find(note.get("watcher")) else None


def _note_in(home: Path) -> Path:
    return home / "prefect" / "processes.json"


def _read(file: Path) -> Mark:
    try:
        note: Mark = json.loads(file.read_text())
    except (FileNotFoundError, ValueError):
        # None yet, or of an earlier version and cut off while it was written.
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
