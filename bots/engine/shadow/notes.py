"""What shadow runs would have saved: files in the home that only its owner may read. They name people."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ..core.errors import ConfigurationError

Note = Mapping[str, Any]
_MOMENT = "%Y%m%d-%H%M%S"


class Notes:
    """Files `<process>-<moment>.json` in one folder, one for each shadow run."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, process: str, notes: Sequence[Note]) -> None:
        """Write the notes of a run; on systems without file modes the home's own rights protect them."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{process}-{datetime.now(UTC):{_MOMENT}-%f}.json"
        # Readable by others at no moment, and never over another run's notes.
        file = os.open(self._folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "w", encoding="utf-8") as opened:
            json.dump(notes, opened, indent=1, ensure_ascii=False)

    def newest(self, process: str) -> dict[str, Note]:
        """The latest note of every item, by the item's id."""
        return {note["item"]: note for file in self._files(process) for note in _read(file)}

    def delete_older(self, process: str, days: int) -> int:
        """Delete the notes of runs more than so many days ago; how many files."""
        newest = f"{process}-{datetime.now(UTC) - timedelta(days=days):{_MOMENT}}"
        old = [file for file in self._files(process) if file.name < newest]
        for file in old:
            file.unlink()
        return len(old)

    def _files(self, process: str) -> list[Path]:
        """The oldest first: their names say when."""
        ours = re.compile(re.escape(process) + r"-[0-9]{8}-[0-9]{6}(-[0-9]{6})?\.json")
        return sorted(file for file in self._folder.glob("*.json") if ours.fullmatch(file.name))


def _read(file: Path) -> Iterator[Note]:
    try:
        yield from json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        sentence = f"The shadow notes {file.name} cannot be read. Delete that file, or put it back."
        raise ConfigurationError("shadow-notes", sentence) from None
