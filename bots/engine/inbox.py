"""The folder of a process into which people put files, and where each file goes when it was read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from .core.summary import HandInSummary, Verdict

NOT_YET = ("file-in-use", "file-incomplete")
"""Refusals that pass by themselves: the file stays for the next intake ..."""
_GIVEN_UP = 3600.0
"""... unless nothing was written to it for so many seconds: nobody is copying that any more."""


class Inbox:
    """`<folder>/`: what waits; `done/`: read; `problems/`: refused, each with a note that says why."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> Sequence[Path]:
        """What waits, by name. Lock files of office programs and hidden files are none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        found = (path for path in self.folder.iterdir() if path.is_file())
        return sorted(path for path in found if not path.name.startswith((".", "~$")))

    def put_away(self, path: Path, summary: HandInSummary) -> None:
        if summary.verdict is Verdict.REFUSED:
            if path.exists() and (summary.code not in NOT_YET or _stale(path)):
                self._refuse(path, summary.sentence or "")
            return
        assert summary.rows is not None
        self._move(path, "done", f"{path.stem} {summary.rows.batch}{path.suffix}")

    def _refuse(self, path: Path, sentence: str) -> None:
        moved = self._move(path, "problems", path.name)
        moved.with_name(f"{moved.name}.txt").write_text(f"{sentence}\n", encoding="utf-8")

    def _move(self, path: Path, where: str, name: str) -> Path:
        folder = self.folder / where
        folder.mkdir(exist_ok=True)
        target = folder / name
        number = 1
        while target.exists():  # nothing that was handed in is overwritten
            number += 1
            target = folder / f"{number} {name}"
        return path.rename(target)


def _stale(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _GIVEN_UP
