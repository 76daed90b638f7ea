"""Merged cells: every cell under one reads as its top left cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .marks import Merge

Row = list[Any]


def spread(rows: Iterable[Row], merges: Iterable[Merge], left: int, columns: Sequence[int]) -> Iterator[Row]:
    """The rows (the first is number 1) with merged cells filled, where a row has anything of its own.

    A row that only the merged cells above reach into is no record: it stays blank. `left` is the column
    of a row's first cell, `columns` the places in a row that count.
    """
    starting: dict[int, list[Merge]] = {}
    for merge in merges:
        starting.setdefault(merge[0][0], []).append(merge)
    active: list[tuple[Merge, Any]] = []
    for number, row in enumerate(rows):
        if active or number in starting:
            active = [(merge, value) for merge, value in active if merge[1][0] >= number]
            active += [(merge, _cell(row, merge[0][1] - left)) for merge in starting.get(number, ())]
            if _has_own(row, columns):
                for merge, value in active:
                    _fill(row, merge, value, left)
        yield row


def below(merges: Iterable[Merge], header_row: int) -> list[Merge]:
    """Those of the data: the ones that begin under the headings."""
    return [merge for merge in merges if merge[0][0] >= header_row]


def _cell(row: Row, at: int) -> Any:
    return row[at] if 0 <= at < len(row) else ""


def _has_own(row: Row, columns: Sequence[int]) -> bool:
    return any(row[at].__class__ is not str or row[at].strip() for at in columns)


def _fill(row: Row, merge: Merge, value: Any, left: int) -> None:
    first = max(merge[0][1] - left, 0)
    last = min(merge[1][1] - left, len(row) - 1)
    row[first : last + 1] = [value] * (last + 1 - first)
