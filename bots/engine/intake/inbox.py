"""The folder of a process into which people put files, and where each file goes when it was read."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from ..core.summary import (
    BEING_READ,
    CHANGED,
    READ_MEANWHILE,
    TAKEN_OVER,
    WENT_AWAY,
    HandInSummary,
    Verdict,
)
from ..documents.sandbox.arrival import MISSING, settled
from ..home.rights import Team
from .blame import blamed
from .called import called, suffix_of

_NOTE = ".txt"
"""Behind a file's whole name: what there is to say of it."""
_LONGEST_NAME = 180  # bytes
_NOT_YET = ("file-in-use", "file-incomplete")
"""Refusals that pass by themselves: the file stays for the next intake ..."""
_STAYS = (BEING_READ, TAKEN_OVER, WENT_AWAY, CHANGED)
"""What happens to the file is not ours to say, or it is another one by now: the next intake sees."""
_GIVEN_UP = 3600.0
"""... unless nothing was written to it for so many seconds: nobody is copying that any more."""


@dataclass(frozen=True, kw_only=True)
class LeftFile:
    """A file of which nothing could be taken. `key`: made of its name, which may name a person. `since`: in
    seconds since 1970, on this machine's clock."""

    key: str
    name: str
    since: float
    why: str


class Inbox:
    """`<folder>/`: what waits; `reading/`: taken in hand; `done/` and `problems/`, among these what was not
    read to its end: with a note beside each file of which there is something to say; `dealt-with/`: problems
    that a person has seen to."""

    def __init__(self, folder: Path, patience: float = 30.0, team: Team | None = None) -> None:
        """`team`: who may look into `done/` and `problems/`."""
        self._folder = folder
        self._patience = patience
        self._team = team or Team()

    def files(self) -> Sequence[Path]:
        """What waits, by name, after what an earlier intake took in hand and did not finish.

        Lock files of office programs and hidden files are none.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        return [*_in(self._folder / "reading"), *_in(self._folder)]

    async def ready(self, path: Path) -> HandInSummary | None:
        """Wait until a file is whole and nobody has it open; or why it cannot be read."""
        try:
            await settled(path, self._patience, appears=False)
        except Exception as error:
            refusal = blamed(error)
            code = WENT_AWAY if refusal.code == MISSING else refusal.code
            summary = HandInSummary(
                file=called(path), verdict=Verdict.REFUSED, code=code, sentence=refusal.sentence
            )
            if path.is_file() and (code not in _NOT_YET or _stale(path)):
                self.put_away(path, summary)
            return summary
        return None

    def take(self, path: Path) -> Path:
        """Take a file in hand, so that a newer one of its name is another file. Raises FileNotFoundError."""
        return path if path.parent.name == "reading" else self._move(path, "reading", _short(path.name))

    def put_away(self, path: Path, *summaries: HandInSummary) -> None:
        """`summaries`: several of an e-mail that had several attachments. What another reader sees to, or has
        put away already, stays as it is."""
        if any(summary.code in _STAYS for summary in summaries):
            return
        with contextlib.suppress(FileNotFoundError):
            self._put_away(path, *summaries)

    def _put_away(self, path: Path, *summaries: HandInSummary) -> None:
        batches = [summary.rows.batch for summary in summaries if summary.rows is not None]
        unread = [sentence for summary in summaries for sentence in summary.unread]
        if batches and not unread:
            kept = Path(_short(path.name))
            moved = self._move(path, "done", f"{kept.stem} {batches[0]}{kept.suffix}")
        elif all(summary.code == READ_MEANWHILE for summary in summaries):
            moved = self._move(path, "done", _short(path.name))
        else:
            moved = self._move(path, "problems", _short(path.name))
        said = [f"The rest of it was read: {', '.join(batches)}."] if batches and unread else []
        for one in summaries:
            said += [one.sentence or "", *one.warnings, *one.problems]
        note = "\n".join(sentence for sentence in said if sentence)
        if note:
            _note_of(moved).write_text(f"{note}\n", encoding="utf-8")
            self._team.may_read(_note_of(moved))

    def left(self) -> list[LeftFile]:
        """What lies in `problems`, the oldest first."""
        return sorted(map(_left, self._problems()), key=lambda one: (one.since, one.name))

    def left_count(self) -> int:
        """The same, without a look into any file."""
        return len(self._problems())

    def _problems(self) -> list[Path]:
        return _noted(self._folder / "problems")

    def dealt_with(self, key: str) -> bool:
        """A person has seen to it. False: it lies there no more, perhaps another one of its name."""
        for path in self._problems():
            if _key(path) == key:
                note = _note_of(path)
                os.utime(path)  # when that was: it is kept from then on
                moved = self._move(path, "dealt-with", _short(path.name))
                if note.exists():
                    note.rename(_note_of(moved))
                return True
        return False

    def dealt_with_before(self, moment: float) -> list[Path]:
        """What a person had seen to by then, each with its note. `moment`: on this machine's clock."""
        old = [path for path in _noted(self._folder / "dealt-with") if path.stat().st_mtime < moment]
        return [one for path in old for one in (path, _note_of(path)) if one.exists()]

    def _move(self, path: Path, where: str, name: str) -> Path:
        folder = self._folder / where
        folder.mkdir(exist_ok=True)
        if where in ("done", "problems"):
            self._team.may_read(folder)
        target, number = folder / name, 1
        # Nothing that was handed in is overwritten, by a note neither.
        while target.exists() or _note_of(target).exists():
            number += 1
            target = folder / f"{number} {name}"
        return path.rename(target)


def _short(name: str) -> str:
    """So that a number, a hand-in's id and a note's ending have room: a name has at most 255 bytes."""
    raw = os.fsencode(name)
    if len(raw) <= _LONGEST_NAME:
        return name
    suffix = os.fsencode(suffix_of(Path(name)))
    return os.fsdecode(raw[: _LONGEST_NAME - len(suffix)].decode("utf-8", "ignore").encode() + suffix)


def _in(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith((".", "~$")))


def _noted(folder: Path) -> list[Path]:
    """The files of a folder without their notes."""
    found = _in(folder)
    notes = {_note_of(path) for path in found}
    return [path for path in found if path not in notes]


def _note_of(path: Path) -> Path:
    return path.with_name(path.name + _NOTE)


def _left(path: Path) -> LeftFile:
    note = _note_of(path)
    told = note if note.is_file() else path
    why = note.read_text(encoding="utf-8").strip() if told is note else ""
    return LeftFile(key=_key(path), name=called(path), since=told.stat().st_mtime, why=why)


def _key(path: Path) -> str:
    """Of this very file: another one may come under its name."""
    found = path.stat()
    name = os.fsencode(path.name)
    return sha256(f"{found.st_mtime_ns}/{found.st_size}/".encode() + name).hexdigest()[:24]


def _stale(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _GIVEN_UP
