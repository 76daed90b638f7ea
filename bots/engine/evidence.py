"""What a reviewer sees of an item: masked values and pictures, in files named by opaque ids only."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from .core.audit import EvidenceFile

_DIGITS = 64


class Evidence:
    """Files under `<home>/evidence/<item id>/`.

    A file's name ends with the SHA-256 of its text, and the text holds that of its picture: the name stands
    in the item's history, so neither can be changed without being found out.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, item: str, what: str, found: Mapping[str, Any]) -> str:
        """Store what a screen showed; returns the name that the item's detail carries."""
        folder = self._folder / item
        folder.mkdir(parents=True, exist_ok=True)
        facts = {key: value for key, value in found.items() if key != "picture"}
        picture = found.get("picture")
        if picture:
            facts["picture_sha256"] = sha256(picture).hexdigest()
        text = json.dumps(facts, ensure_ascii=False, indent=1, default=str).encode("utf-8", "replace")
        name = f"{time.time_ns() // 1_000_000}-{what}-{sha256(text).hexdigest()}"
        (folder / f"{name}.json").write_bytes(text)
        if picture:
            (folder / f"{name}.png").write_bytes(picture)
        return f"{item}/{name}"

    def look(self, name: str) -> EvidenceFile:
        """What is kept under a name now, and whether it is what was kept then."""
        mark = name.rpartition("-")[2]
        if len(mark) != _DIGITS:  # kept before names carried digests
            return EvidenceFile(name=name, sha256="", whole=None)
        text, picture = (self._folder / f"{name}.{kind}" for kind in ("json", "png"))
        if not text.is_file():
            return EvidenceFile(name=name, sha256=mark, whole=None)
        said = text.read_bytes()
        whole = sha256(said).hexdigest() == mark and _whole(said, picture)
        return EvidenceFile(
            name=name, sha256=mark, whole=whole, picture=picture if picture.is_file() else None
        )


def _whole(text: bytes, picture: Path) -> bool:
    wanted = json.loads(text).get("picture_sha256")
    if wanted is None:
        return not picture.exists()
    return picture.is_file() and sha256(picture.read_bytes()).hexdigest() == wanted
