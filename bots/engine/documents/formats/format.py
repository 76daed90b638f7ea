"""What a format of tables must say of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from pathlib import Path
from zipfile import ZipFile

from ..cells.marks import Marks
from .compound import Compound

Place = tuple[int, int]
"""Row and column, counted from 0."""
Places = Iterator[tuple[str, Iterable[Place]]]
"""By sheet: the cells that hold something."""


class Looked(Enum):
    """When somebody looks whether the cells of a workbook stand so far apart that no memory holds them."""

    BEFORE = "before it is opened"
    REFUSED = "when it could not be opened"
    SHORT = "when a reader ran short of memory"


class Format(ABC):
    """One format, known by its content. Its methods raise what `tables.failing` turns into a refusal,
    and `password` of a file that wants one."""

    name: str
    """As its files end, without the dot."""
    keeps_its_look: bool = False
    """Whether the answers go into the sender's own file; otherwise into a new workbook with its values."""

    def is_package(self, archive: ZipFile, names: Mapping[str, str]) -> bool:
        """Whether this zip is one. `names`: its members, by the last part of their names in small letters."""
        return False

    def is_compound(self, file: Compound) -> bool:
        """Whether this OLE file is one."""
        return False

    def is_text(self, head: bytes) -> bool:
        """Whether a file that begins so, and as nothing else that is known, is one."""
        return False


class Workbook(Format):
    """A format with sheets, whose values calamine reads."""

    looked: Looked = Looked.SHORT

    @abstractmethod
    def marked(self, path: Path, sheets: Sequence[str]) -> Marked:
        """`sheets`: all of the workbook's, in its own order."""

    @abstractmethod
    def places(self, path: Path) -> Places:
        """Its cells. Raises what is wrong with a sheet that no reader should try."""


class Marked(ABC):
    """What one workbook says about its cells, beside what stands in them."""

    @abstractmethod
    def of(self, sheet: str) -> Marks: ...
