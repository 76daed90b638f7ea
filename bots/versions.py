"""Which code, rules and screen maps are in force: a digest each, written into every row of history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def versions(root: Path, process: str | None = None) -> dict[str, str]:
    """`code` (the engine), `rules` (the process's folder, or all of them), `maps` (the selectors)."""
    bots = root / "bots"
    rules = bots / process.replace("-", "_") if process else bots
    return {
        "code": _digest(bots / "engine", ("*.py", "*.js")),
        "rules": _digest(rules, ("*.py",)),
        "maps": _digest(root / "selectors", ("*.yaml",)),
    }


def _digest(folder: Path, patterns: Iterable[str]) -> str:
    found = hashlib.sha256()
    for file in sorted(path for pattern in patterns for path in folder.rglob(pattern)):
        found.update(file.relative_to(folder).as_posix().encode())
        # Line ends differ between checkouts, the version does not.
        found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:12]
