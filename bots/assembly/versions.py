"""Which code, rules and screen maps are in force: a digest each, written into every row of history."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path


def versions(root: Path, process: str | None = None) -> dict[str, str]:
    """`code` (the engine), `rules` (the process's folder, or all of them), `maps` (the selectors)."""
    bots = root / "bots"
    rules = bots / "processes" / process.replace("-", "_") if process else bots
    return {
        "code": _digest(bots / "engine", ("*.py", "*.js")),
        "rules": _digest(rules, ("*.py",)),
        "maps": _digest(root / "selectors", ("*.yaml",)),
    }


def _files(folder: Path) -> Iterator[Path]:
    """Ours alone: what was installed from elsewhere is pinned by its lock file."""
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("node_modules", "__pycache__")]
        yield from (Path(place, name) for name in names)


def _digest(folder: Path, patterns: Iterable[str]) -> str:
    found = hashlib.sha256()
    for file in sorted(path for path in _files(folder) if any(path.match(one) for one in patterns)):
        found.update(file.relative_to(folder).as_posix().encode())
        # Line ends differ between checkouts, the version does not.
        found.update(file.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:12]
