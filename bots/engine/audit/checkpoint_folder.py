"""Copies of checkpoints outside of the database: one file each, made once and never written again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

from ..core.audit import Checkpoint
from ..core.errors import ConfigurationError


def line(store: str, checkpoint: Checkpoint) -> str:
    """One line to keep, print or send by e-mail: whoever has it can tell whether history was rewritten."""
    return json.dumps({"store": store, **asdict(checkpoint)})


class CheckpointFolder:
    """`<folder>/<store>-000001.json`, ... The folder is best one in which files can only be added."""

    def __init__(self, folder: Path, store: str) -> None:
        self._folder = folder
        self._store = store

    def keep(self, checkpoints: Iterable[Checkpoint]) -> None:
        """Write those that are not there yet: the folder may have been away for a while."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for checkpoint in checkpoints:
                path = self._folder / f"{self._store}-{checkpoint.number:06}.json"
                if not path.exists():
                    with path.open("x", encoding="utf-8") as file:
                        file.write(line(self._store, checkpoint) + "\n")
        except OSError as error:
            sentence = (
                f"The checkpoint is in the store, but its copy could not be written ({error.strerror}). "
                "Check REKEY_AUDIT_FOLDER; the next checkpoint writes what is missing."
            )
            raise ConfigurationError("audit-folder", sentence) from None

    def there(self) -> bool:
        return self._folder.is_dir()

    def all(self) -> Sequence[Checkpoint]:
        """Every copy of this store's checkpoints."""
        if not self.there():
            raise ConfigurationError("audit-folder", f"There is no folder {self._folder}.")
        return [_read(path) for path in sorted(self._folder.glob(f"{self._store}-*.json"))]


def _read(path: Path) -> Checkpoint:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found.pop("store")
        return Checkpoint(**found)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        sentence = f"{path.name} is no checkpoint any more: find out who wrote to it."
        raise ConfigurationError("audit-folder", sentence) from None
