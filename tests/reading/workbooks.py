"""The agent's workbooks of many seeds, read row by row and compared with what was meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from bots.engine.core.item import NewItem
from bots.engine.documents.sandbox.sandbox import Sandbox
from bots.processes.registry import find
from fixtures.council.make_samples import make_samples
from fixtures.council.samples.move import YES, Move, kept, street_address
from fixtures.council.samples.moves_workbook import FIRST_EDITION, write_workbooks
from tests.reading.compare import Tally

ROWS = 100
MOVES = find("council-tax-moves")


async def read_workbooks(seeds: int, seed: int, folder: Path, advance: Callable[[], None]) -> Tally:
    """`seeds` workbooks of 100 rows each, from `seed` on."""
    tally = Tally()
    async with Sandbox() as sandbox:
        for number in range(seed, seed + seeds):
            samples = make_samples(items=10, seed=number, moves=ROWS)
            write_workbooks(samples.moves, folder)
            items = await _items(sandbox, folder / FIRST_EDITION)
            assert len(items) == len(samples.moves.rows), "every row is a record, and nothing else is"
            for row, item in zip(samples.moves.rows, items, strict=True):
                assert item.origin["row"] == row.row
                _add(tally, f"seed {number}, row {row.row}", row.move, item)
            advance()
    return tally


async def _items(sandbox: Sandbox, path: Path) -> list[NewItem]:
    reading = await sandbox.read(path, MOVES.record, MOVES.sheets)
    return [item async for some in reading.items for item in some]


def _add(tally: Tally, name: str, move: Move, item: NewItem) -> None:
    tally.forms += 1
    tally.good += not move.code
    tally.sent += not move.code and item.code is not None
    if move.code == "invalid-record" and item.code is None:
        tally.missed.append(f"{name}: {item.code}")
    # What was typed wrongly on purpose has no right value.
    wrong = move.cells.keys() if move.code else ()
    read = {field: _plain(item.data.get(field)) for field in _wanted(move)}
    wanted = {field: what for field, (column, what) in _wanted(move).items() if column not in wrong}
    tally.compare(name, wanted, _with(item, read))


def _with(item: NewItem, data: dict[str, str]) -> NewItem:
    return NewItem(
        reference=item.reference, data=data, origin=item.origin, code=item.code, detail=item.detail
    )


def _wanted(move: Move) -> dict[str, tuple[str, str]]:
    """By field of the record: the column it was typed in, and what was meant."""
    account = move.account if move.typed["account"] is not None else ""
    alone = str((move.lives_alone or "").lower() in YES)
    meant: dict[str, tuple[str, Any]] = {
        "account": ("account", account),
        "name": ("tenant", move.tenant),
        "phone": ("phone", move.phone),
        "old_address": ("old_address", street_address(move.old)),
        "old_postcode": ("old_postcode", move.old.postcode),
        "moved_out": ("moved_out", move.moved_out.isoformat()),
        "new_address": ("new_address", street_address(move.new)),
        "new_postcode": ("new_postcode", move.new.postcode),
        "moved_in": ("moved_in", move.moved_in.isoformat()),
        "lives_alone": ("lives_alone", alone),
        "notes": ("notes", move.notes),
    }
    return {field: (column, _plain(what)) for field, (column, what) in meant.items()}


def _plain(what: Any) -> str:
    return "" if what is None else kept(str(what))
