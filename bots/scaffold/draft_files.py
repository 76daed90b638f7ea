"""The files of a draft: written once, and never over anything that is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bots.engine.core.errors import ConfigurationError

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST = 40
_RECORD = "record.py"


def layout_name(wanted: str, file: Path) -> str:
    """What the layout is called: as somebody wants it, or made of the file's name."""
    name = wanted or "-".join(re.findall(r"[a-z0-9]+", file.stem.casefold()))[:_LONGEST].strip("-")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        sentence = (
            f"{name or 'That'} cannot be the name of a layout: it should be lower-case words joined by "
            f"hyphens, such as bc1-2026, of {_LONGEST} characters at most. Give it with --name."
        )
        raise ConfigurationError("draft", sentence)
    return name


async def drafted_of(file: Path, name: str, class_name: str, title: str) -> dict[str, Any]:
    """A draft, made at a distance as everything is that opens a file. Raises a BusinessException."""
    from bots.engine.documents.sandbox.arrival import settled
    from bots.engine.documents.sandbox.sandbox import Sandbox
    from bots.engine.settings import load_settings

    await settled(file, load_settings().file_patience)
    async with Sandbox() as sandbox:
        return await sandbox.draft(file, name, class_name, title)


def draft_files(folder: Path, name: str) -> Mapping[str, Path]:
    """Where `record` and `layout` are to be written. Raises ConfigurationError if either is there already."""
    files = {"record": folder / _RECORD, "layout": folder / "layouts" / f"{name}.yaml"}
    for file in files.values():
        if file.exists():
            sentence = (
                f"There is {file} already. Nothing was written: choose another folder, or another --name."
            )
            raise ConfigurationError("draft", sentence)
    return files


def write_draft(files: Mapping[str, Path], drafted: Mapping[str, Any]) -> None:
    """Both or neither."""
    written: list[Path] = []
    try:
        for what, file in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("x", encoding="utf-8", newline="\n") as target:
                written.append(file)
                target.write(drafted[what])
    except OSError as error:
        for file in written:
            file.unlink(missing_ok=True)
        raise ConfigurationError("draft", f"Nothing was written: {error.strerror}.") from None
