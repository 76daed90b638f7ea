"""Where a sheet's headings stand: in one row, or in two, one above the other.

    | Account no | Tenant's name | The move             |
    |            |               | Post code | Moved on |

Of two rows, a column's heading is what stands in the lower one, in the upper one where the lower is blank, or
both together ("The move Post code") where the record declares that. A title counts for the columns that its
cell is merged over and for no other: which columns a loose title means, nobody can tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from ...core.errors import BusinessException
from ..cells.marks import Merge
from ..cells.text import text_of
from ..refusals import listed
from .headings import Header, Wanted, squeezed
from .workbook import Cells

_DEPTH = 200


def header_of(grid: Cells, wanted: Wanted) -> Header | None:
    """The row or two that hold the most of the record's columns. Raises when several hold all that are
    needed."""
    best: Header | None = None
    whole: list[int] = []
    rows = list(islice(grid.rows(), _DEPTH))
    for row, cells in enumerate(rows, start=1):
        if any(squeezed(cell) in wanted.fields for cell in cells):
            header = Header(sheet=grid.name, row=row, left=grid.left, cells=cells, wanted=wanted)
            whole += [row] if header.is_whole else []
            if best is None or header.rank > best.rank:
                best = header
    if len(whole) > 1:
        raise _several(grid.name, whole)
    return max((best, *_stacked(best, rows, grid)), key=lambda header: header.rank) if best else None


def _several(sheet: str, rows: Sequence[int]) -> BusinessException:
    """Two tables in one sheet: reading the one would pass the other over in silence."""
    said = f"Sheet {sheet}: the rows {listed(map(str, rows))} all hold the headings".replace("'", "")
    return BusinessException(
        "several-tables", f"{said}; hand in a workbook with one table.", {"rows": [*rows]}
    )


# ---- two rows -------------------------------------------------------------------------------
def _stacked(header: Header, rows: Sequence[Sequence[Any]], grid: Cells) -> Iterator[Header]:
    """The header with the row above it, and with the row below."""
    for lower in (header.row, header.row + 1):
        if 2 <= lower <= len(rows) and not _is_data(rows[lower - 2], rows[lower - 1], header.wanted):
            cells = _joined(rows[lower - 2], rows[lower - 1], _over(grid, lower - 2), header)
            yield replace(header, row=lower, cells=cells)


def _is_data(upper: Sequence[Any], lower: Sequence[Any], wanted: Wanted) -> bool:
    """A record has something under the headings of its columns."""
    return any(squeezed(u) in wanted.fields and text_of(v) for u, v in zip(upper, lower, strict=False))


def _over(grid: Cells, row: int) -> list[Merge]:
    """What is merged from this row (counted from 0) over several columns."""
    return [merge for merge in grid.merges() if merge[0][0] == row and merge[1][1] > merge[0][1]]


def _joined(upper: Sequence[Any], lower: Sequence[Any], merges: Iterable[Merge], header: Header) -> list[Any]:
    width = max(len(upper), len(lower))
    above, below = _wide(upper, width), _wide(lower, width)
    titles = dict(enumerate(above))
    for (_, first), (_, last) in merges:
        titles |= {column - header.left: _at(above, first - header.left) for column in range(first, last + 1)}
    return [_heading(above[n], titles[n], below[n], header.wanted) for n in range(width)]


def _heading(own: Any, title: Any, lower: Any, wanted: Wanted) -> Any:
    if not text_of(lower):
        return own
    both = f"{text_of(title) or ''} {text_of(lower)}"
    return both if squeezed(both) in wanted.fields else lower


def _wide(row: Sequence[Any], width: int) -> list[Any]:
    return [*row, *[""] * (width - len(row))]


def _at(row: Sequence[Any], column: int) -> Any:
    return row[column] if 0 <= column < len(row) else ""
