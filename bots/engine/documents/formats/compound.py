"""OLE compound files: the container of xls workbooks, of Outlook's messages, and of any Office file with a
password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from olefile import DEFECT_INCORRECT, OleFileIO  # type: ignore[import-untyped, unused-ignore]


class Compound:
    """An open one. `names`: of all its streams and folders, in small letters, as programs differ in them."""

    def __init__(self, file: OleFileIO) -> None:
        self._file = file
        self._streams = file.listdir()
        self.names = frozenset(part.lower() for entry in file.listdir(storages=True) for part in entry)

    def stream(self, *names: str) -> bytes:
        """The first of these names, in whatever folder. Raises ValueError where there is none."""
        for name in names:
            for entry in self._streams:
                if entry[-1].lower() == name:
                    return bytes(self._file.openstream(entry).read())
        raise ValueError("no such stream")


@contextmanager
def opened(path: Path) -> Iterator[Compound]:
    """Raises ValueError where the file is damaged."""
    try:
        # Left to itself olefile reads a damaged stream as far as it goes, and says nothing.
        with OleFileIO(BytesIO(path.read_bytes()), raise_defects=DEFECT_INCORRECT) as file:
            yield Compound(file)
    except (OSError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(str(error)) from error
