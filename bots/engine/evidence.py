"""What a reviewer sees of an item: masked values and pictures, in files named by opaque ids only."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Evidence:
    """Files under `<home>/evidence/<item id>/`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, item: str, what: str, found: Mapping[str, Any]) -> str:
        """Store what a screen showed; returns the name that the item's detail carries."""
        folder = self._folder / item
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns() // 1_000_000}-{what}"
        facts = {key: value for key, value in found.items() if key != "picture"}
        text = json.dumps(facts, ensure_ascii=False, indent=1, default=str)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
        if found.get("picture"):
            (folder / f"{name}.png").write_bytes(found["picture"])
        return f"{item}/{name}"
