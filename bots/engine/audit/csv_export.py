"""The history as a CSV file that opens in a spreadsheet, a row for each row."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ..core.audit import HistoryRow

LONDON = ZoneInfo("Europe/London")
_FACTS = ("step", "system", "account", "reference", "intent", "evidence")
HEAD = (
    "process", "item", "row", "when", "event", "who", "from", "to", "why", "code", "attempt", "lease",
    *_FACTS, "detail", "versions", "sha256",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def write_csv(path: Path, histories: AsyncIterator[tuple[str, Iterable[HistoryRow]]]) -> int:
    """Write every history; how many rows that were."""
    rows = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    # With its mark, so that Excel reads it as UTF-8.
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        async for process, history in histories:
            for row in history:
                writer.writerow(cells_of(process, row))
                rows += 1
    return rows


def cells_of(process: str, row: HistoryRow) -> list[str]:
    """What stands under `HEAD`."""
    return [harmless(cell) for cell in _cells(process, row)]


def _cells(process: str, row: HistoryRow) -> list[str]:
    return [
        process,
        row.item,
        str(row.number),
        datetime.fromtimestamp(row.at, LONDON).isoformat(timespec="milliseconds"),
        row.event,
        row.who,
        row.before or "",
        row.after,
        row.why,
        row.code or "",
        str(row.attempt),
        str(row.token),
        *(str(row.facts.get(name) or "") for name in _FACTS),
        json.dumps(row.detail, ensure_ascii=False) if row.detail else "",
        json.dumps(row.versions, ensure_ascii=False),
        row.hash,
    ]


def harmless(cell: str) -> str:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
