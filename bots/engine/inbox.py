"""The folder of a process into which people put files, and where each file goes when it was read."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from .core.errors import BusinessException
from .core.summary import HandInSummary, Verdict
from .documents.arrival import settled

_NOTE = ".txt"
"""Behind a file's whole name: what there is to say of it."""
_NOT_YET = ("file-in-use", "file-incomplete")
"""Refusals that pass by themselves: the file stays for the next intake ..."""
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
    """`<folder>/`: what waits; `reading/`: taken in hand; `done/` and `problems/`: with a note beside each
    file of which there is something to say; `dealt-with/`: problems that a person has seen to."""

    def __init__(self, folder: Path, patience: float = 30.0) -> None:
        self._folder = folder
        self._patience = patience

    def files(self) -> Sequence[Path]:
        """What waits, by name, after what an earlier intake took in hand and did not finish.

        Lock files of office programs and hidden files are none.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        return [*_in(self._folder / "reading"), *_in(self._folder)]

    async def claim(self, path: Path) -> Path | HandInSummary:
        """Take a file in hand, so that a newer one of its name is another file; or why not."""
        try:
            await settled(path, self._patience)
            return path if path.parent.name == "reading" else self._move(path, "reading", path.name)
        except BusinessException as refusal:
            summary = HandInSummary(
                file=path.name, verdict=Verdict.REFUSED, code=refusal.code, sentence=refusal.sentence
            )
            if path.is_file() and (refusal.code not in _NOT_YET or _stale(path)):
                self.put_away(path, summary)
            return summary
        except OSError:  # another intake was quicker, or somebody took it back
            sentence = "The file went away before it was read."
            return HandInSummary(
                file=path.name, verdict=Verdict.REFUSED, code="no-such-file", sentence=sentence
            )

    def put_away(self, path: Path, *summaries: HandInSummary) -> None:
        """`summaries`: several of an e-mail that had several attachments."""
        batches = [summary.rows.batch for summary in summaries if summary.rows is not None]
        if batches:
            moved = self._move(path, "done", f"{path.stem} {batches[0]}{path.suffix}")
        else:
            moved = self._move(path, "problems", path.name)
        said = [each for one in summaries for each in (one.sentence or "", *one.warnings, *one.problems)]
        note = "\n".join(sentence for sentence in said if sentence)
        if note:
            moved.with_name(moved.name + _NOTE).write_text(f"{note}\n", encoding="utf-8")

    def left(self) -> list[LeftFile]:
        """What lies in `problems`, the oldest first."""
        return sorted(map(_left, self._problems()), key=lambda one: (one.since, one.name))

    def left_count(self) -> int:
        """The same, without a look into any file."""
        return len(self._problems())

    def _problems(self) -> list[Path]:
        found = _in(self._folder / "problems")
        notes = {path.name + _NOTE for path in found}
        return [path for path in found if path.name not in notes]

    def dealt_with(self, key: str) -> bool:
        """A person has seen to it. False: it does not lie there any more."""
        for path in _in(self._folder / "problems"):
            if _key(path.name) == key:
                note = path.with_name(path.name + _NOTE)
                moved = self._move(path, "dealt-with", path.name)
                if note.exists():
                    note.rename(moved.with_name(moved.name + _NOTE))
                moved.touch()  # when that was: it is kept from then on
                return True
        return False

    def dealt_with_before(self, moment: float) -> list[Path]:
        """What a person had seen to by then, with its notes. `moment`: on this machine's clock."""
        found = _in(self._folder / "dealt-with")
        old = {path.name for path in found if path.stat().st_mtime < moment}
        # A note goes with its file, and not before it.
        return [path for path in found if path.name in old and path.name.removesuffix(_NOTE) in old]

    def _move(self, path: Path, where: str, name: str) -> Path:
        folder = self._folder / where
        folder.mkdir(exist_ok=True)
        target, number = folder / name, 1
        while target.exists():  # nothing that was handed in is overwritten
            number += 1
            target = folder / f"{number} {name}"
        return path.rename(target)


def _in(folder: Path) -> list[Path]:
    found = (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else ()
    return sorted(path for path in found if not path.name.startswith((".", "~$")))


def _left(path: Path) -> LeftFile:
    note = path.with_name(path.name + _NOTE)
    told = note if note.is_file() else path
    why = note.read_text(encoding="utf-8").strip() if told is note else ""
    return LeftFile(key=_key(path.name), name=path.name, since=told.stat().st_mtime, why=why)


def _key(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:24]


def _stale(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > _GIVEN_UP
