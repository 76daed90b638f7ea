"""Rooms: the folders of `bots/`, and which of them imports which. `python -m tests.rooms` prints a table."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from bots.engine.settings import ROOT

REVISIONS = "bots/engine/store/migrations/versions"
Arrows = Mapping[str, Set[str]]


def rooms(root: Path = ROOT) -> dict[str, list[Path]]:
    """The modules of each folder. Revisions of the schema are none of its rooms: nothing imports them."""
    found = defaultdict(list)
    for file in sorted((root / "bots").rglob("*.py")):
        if (folder := file.parent.relative_to(root).as_posix()) != REVISIONS:
            found[folder].append(file)
    return found


def arrows(root: Path = ROOT) -> Arrows:
    """Which folder imports which others, wherever in a module it says so, also for its types alone."""
    return {
        folder: {to for file in files for to in _imported(root, file)} - {folder}
        for folder, files in rooms(root).items()
    }


def _imported(root: Path, file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (to for one in node.names if (to := _folder(root, Path(*one.name.split(".")))))
        elif isinstance(node, ast.ImportFrom):
            base = file.relative_to(root).parents[node.level - 1] if node.level else Path()
            source = base.joinpath(*(node.module or "").split("."))
            for one in node.names:
                if to := _folder(root, source / one.name) or _folder(root, source):
                    yield to


def _folder(root: Path, name: Path) -> str:
    """Where a module lies; a package lies in itself. Empty: it is none of ours."""
    if name.parts[:1] != ("bots",):
        return ""
    if (root / name).with_suffix(".py").is_file():
        return name.parent.as_posix()
    return name.as_posix() if (root / name / "__init__.py").is_file() else ""


def inside(found: Arrows, parent: str) -> Arrows:
    """Arrows between the rooms of one folder, each with all that is in it. `parent`: what is loose there."""

    def room(folder: str) -> str:
        rest = folder.removeprefix(f"{parent}/")
        return folder if folder == parent else f"{parent}/{rest.split('/')[0]}" if rest != folder else ""

    seen: dict[str, set[str]] = defaultdict(set)
    for folder, others in found.items():
        if here := room(folder):
            seen[here] |= {there for other in others if (there := room(other)) and there != here}
    return seen


def circle(found: Arrows) -> Sequence[str]:
    """Folders that import each other, one after the other. Empty: none does."""
    try:
        TopologicalSorter(found).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        return circle
    return []


def modules(files: Sequence[Path]) -> list[str]:
    return [file.stem for file in files if file.stem != "__init__"]


def shared_prefixes(names: Sequence[str]) -> list[str]:
    """Beginnings up to the first `_` that four modules or more have in common."""
    times = Counter(name.split("_")[0] for name in names if "_" in name.strip("_"))
    return [prefix for prefix, count in times.items() if count >= 4]


def table() -> Iterator[str]:
    found = arrows()
    yield "| folder | modules | imports |"
    yield "| --- | --- | --- |"
    for folder, files in rooms().items():
        others = ", ".join(sorted(other.removeprefix("bots/") for other in found[folder]))
        yield f"| {folder} | {len(modules(files))} | {others} |"
    yield f"\n{len(found)} folders, {sum(map(len, found.values()))} arrows between them"


if __name__ == "__main__":
    print("\n".join(table()))
