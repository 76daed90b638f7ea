"""Which row of a sheet holds a record's headings, and what each of its columns means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ...core.column import Column, columns_of, required_of
from ...core.errors import BusinessException
from ...core.record import Record
from ..cells.text import letters, text_of
from ..refusals import listed

HEADINGS = ("Outcome", "Reference", "Reason", "When", "Item")
"""The five columns that a returned workbook has. Only all five side by side are ours."""
_SQUEEZED = re.compile("[\\s.:?*'’\u200b\ufeff]+")


def squeezed(heading: Any) -> str:
    """'A/c  No.:' and 'a/c no' are one heading."""
    return _SQUEEZED.sub("", text_of(heading) or "").casefold()


_OURS = tuple(squeezed(heading) for heading in HEADINGS)


def block_in(row: Sequence[Any]) -> int | None:
    """Where our five headings begin in a row of cells."""
    names = [squeezed(cell) for cell in row]
    return next((at for at in range(len(names)) if tuple(names[at : at + len(_OURS)]) == _OURS), None)


class Wanted:
    """What a process looks for in a row of headings."""

    def __init__(self, record: type[Record], ignored: Iterable[str] = ()) -> None:
        self.columns: Mapping[str, Column] = columns_of(record)
        self.required = required_of(record)
        self.ignored = frozenset(map(squeezed, ignored))
        self.fields: dict[str, str] = {}
        for field, column in self.columns.items():
            for name in map(squeezed, column.names):
                if self.fields.setdefault(name, field) != field:
                    raise ValueError(f"{record.__name__}: two fields have a column headed like {name!r}")

    @property
    def least(self) -> int:
        """One heading alone may stand in any title."""
        return min(2, len(self.columns))

    def said(self, fields: Iterable[str]) -> str:
        return listed(self.columns[field].name for field in fields)


@dataclass(frozen=True, kw_only=True)
class Header:
    """One row of a sheet, read as headings. Columns count from 0 at the sheet's own first column, A."""

    sheet: str
    row: int
    left: int
    cells: Sequence[Any]
    wanted: Wanted

    @cached_property
    def block(self) -> int | None:
        at = block_in(self.cells)
        return None if at is None else at + self.left

    @cached_property
    def found(self) -> dict[str, list[int]]:
        """The columns of each field; more than one is the sender's mistake."""
        found: dict[str, list[int]] = {}
        for column, heading in self._own():
            field = self.wanted.fields.get(squeezed(heading))
            if field is not None:
                found.setdefault(field, []).append(column)
        return found

    @property
    def width(self) -> int:
        """How many cells there are up to the last heading."""
        return max((number for number, cell in enumerate(self.cells, start=1) if squeezed(cell)), default=0)

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(field for field in self.wanted.required if field not in self.found)

    @property
    def rank(self) -> tuple[bool, int]:
        return self.is_whole, len(self.found)

    @property
    def is_whole(self) -> bool:
        return not self.missing and len(self.found) >= self.wanted.least

    @property
    def unknown(self) -> list[tuple[int, str]]:
        """Headings that nobody declared."""
        known = self.wanted.fields.keys() | self.wanted.ignored | {""}
        return [(c, text_of(h) or "") for c, h in self._own() if squeezed(h) not in known]

    def columns(self) -> dict[str, int]:
        """The one column of each field, in the order of the record."""
        for field, columns in self.found.items():
            if len(columns) > 1:
                raise self._doubled(field, columns)
        return {field: self.found[field][0] for field in self.wanted.columns if field in self.found}

    def _own(self) -> list[tuple[int, Any]]:
        """The sender's headings: without our five."""
        ours = range(self.block, self.block + len(_OURS)) if self.block is not None else ()
        return [(c, h) for c, h in enumerate(self.cells, start=self.left) if c not in ours]

    def _doubled(self, field: str, columns: Sequence[int]) -> BusinessException:
        cells = listed(f"{letters(column)}{self.row}" for column in columns).replace("'", "")
        sentence = (
            f"Sheet {self.sheet}: the cells {cells} are both headings for {self.wanted.said([field])}; "
            "keep one of these columns, or rename the other."
        )
        return BusinessException("doubled-column", sentence, {"field": field, "row": self.row})
