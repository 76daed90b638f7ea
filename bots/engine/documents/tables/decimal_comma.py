"""Amounts that are another sum where people write a comma before the pence: 1,234.

Spreadsheets put semicolons between the cells of a text file where commas are for pence. In such a file an
amount with one comma before three figures may be either; where another one of its column has a point before
the pence, commas are for thousands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

EITHER = "may have a comma before its pence: the file has semicolons between its cells; write it with a point"
_EITHER = re.compile(r"\s*[-£(]?\s*[0-9]{1,3},[0-9]{3}\)?\s*")
_POINT = re.compile(r"[^.]*[0-9]\.[0-9]{1,2}\)?\s*")


def comma_doubts(
    rows: Iterable[tuple[int, Sequence[Any]]], columns: Mapping[str, int]
) -> dict[int, dict[str, str]]:
    """By row and field. `columns`: by field of an amount the place of its cell."""
    either: dict[str, list[int]] = {name: [] for name in columns}
    points: set[str] = set()
    for number, cells in rows:
        for name, place in columns.items():
            if _EITHER.fullmatch(str(cells[place])):
                either[name].append(number)
            elif _POINT.fullmatch(str(cells[place])):
                points.add(name)
    doubts: dict[int, dict[str, str]] = {}
    for name in columns.keys() - points:
        for number in either[name]:
            doubts.setdefault(number, {})[name] = EITHER
    return doubts
