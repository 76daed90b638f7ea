"""Whether the rows of an item are as the store wrote them: pure functions of what was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson
from sqlalchemy.engine import Row

from ...core.audit import EvidenceFile, Finding, Tamper
from ...core.item import State
from ..chain import digests
from ..chain.entries import ERASED
from ..database.database import from_json
from .chunks import Chunk, Rows

_PUBLIC = len(digests.PUBLIC)
_CONTENT, _STANDING = len(digests.CONTENT), len(digests.CONTENT) + len(digests.STANDING)
_INTENT, _RECEIPT = len(digests.INTENT), len(digests.RECEIPT)


def check(chunk: Chunk) -> Iterator[Finding]:
    """Every row of a chunk: history by item, then intents and receipts against it, then the item."""
    tables = {"history": chunk.history, "intents": chunk.intents, "receipts": chunk.receipts}
    rows = {table: _by_item(found) for table, found in tables.items()}
    for item in chunk.items:
        yield from _item(item, **{table: found.pop(item.id, ()) for table, found in rows.items()})
    for gone in sorted({name for found in rows.values() for name in found}):
        yield _of(gone, Tamper.REMOVED, "items", gone, "The item is gone; other rows still name it.")


def _by_item(rows: Rows) -> dict[str, Rows]:
    found: dict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.item].append(row)
    return dict(found)


def _item(item: Row[Any], history: Rows, intents: Rows, receipts: Rows) -> Iterator[Finding]:
    if not history:
        what = "Its history is gone." if item.entries else "It has no history: the store did not write it."
        yield _of(item.id, Tamper.REMOVED if item.entries else Tamper.ADDED, "history", "1", what)
        return
    said = digests.content(item.salt, item[:_CONTENT]) == item.content
    if not said:
        yield _of(item.id, Tamper.CHANGED, "items", item.id, "It does not hold the data that was written.")
    broken = _history(item, history)
    if broken is None:
        yield from _proofs(item, history, intents, receipts)
        yield from _standing(item, history)
    elif said or broken.row != "1":  # without its salt, no row of an item can be read
        yield broken


def _history(item: Row[Any], history: Rows) -> Finding | None:
    """The first row that is not as it was written; what differs after it may follow from it."""
    head, place = digests.GENESIS, 0
    erased = max((row.seq for row in history if row.event == ERASED), default=0)
    for number, row in enumerate(history, start=1):
        if row.seq != number or number > item.entries:
            return _misplaced(item, number, row)
        if row.id < place:
            return _row(item, Tamper.REORDERED, number, "It was written before the row that it follows.")
        blank = not row.why and row.detail == "{}" and item.salt is None and not 0 < erased <= number
        if row.sealed is not None and not blank:
            return _row(item, Tamper.CHANGED, number, "Its text was blanked, or written after it was erased.")
        sealed = digests.seal(item.salt, row.why, row.detail) if row.sealed is None else row.sealed
        if digests.link(head, sealed, row.image, row[:_PUBLIC]) != row.hash:
            return _row(item, Tamper.CHANGED, number, "It does not say what was written.")
        head, place = row.hash, row.id
    if len(history) < item.entries:
        return _row(item, Tamper.REMOVED, len(history) + 1, "It was there, and is gone.")
    if head != item.head:
        return _row(item, Tamper.CHANGED, item.entries, "It is not the row that was written last.")
    return None


def _misplaced(item: Row[Any], number: int, row: Row[Any]) -> Finding:
    if row.seq > number and row.seq <= item.entries:
        return _row(item, Tamper.REMOVED, number, "It was there, and is gone.")
    return _row(item, Tamper.ADDED, row.seq, "The store did not write it.")


def _proofs(item: Row[Any], history: Rows, intents: Rows, receipts: Rows) -> Iterator[Finding]:
    """Intents and receipts are those of which the chain tells, and say what it tells of them."""
    told = _told(history)
    there = {f"intent/{row.id}": digests.proof(item.salt, row[:_INTENT]) for row in intents}
    there |= {f"receipt/{row.step}": digests.proof(item.salt, row[:_RECEIPT]) for row in receipts}
    for key in sorted(told.keys() | there.keys()):
        table, _, row = key.partition("/")
        if key not in there:
            yield _of(item.id, Tamper.REMOVED, f"{table}s", row, "The history tells of it, and it is gone.")
        elif key not in told:
            yield _of(item.id, Tamper.ADDED, f"{table}s", row, "The history tells of no such row.")
        elif told[key] != there[key]:
            yield _of(item.id, Tamper.CHANGED, f"{table}s", row, "It does not say what the history tells.")


def _told(history: Rows) -> dict[str, str]:
    """What the chain said last of each intent and receipt that should be there."""
    told: dict[str, str | None] = {}
    for row in history:
        if row.facts:
            facts = orjson.loads(row.facts)
            told = facts["proofs"] if facts.get("all") else told | facts["proofs"]
    return {key: proof for key, proof in told.items() if proof is not None}


def _standing(item: Row[Any], history: Rows) -> Iterator[Finding]:
    shown = next((row.image for row in reversed(history) if row.image is not None), None)
    wrong = []
    if digests.image(item.content, item[_CONTENT:_STANDING]) != shown:
        wrong.append("Its state, reason, lease or counters are not as the history left them.")
    if item.updated != next((row.at for row in reversed(history) if row.event != ERASED), None):
        wrong.append("The time of its last change is not that of its history.")
    if (item.lease_expires is None) is (item.state == State.IN_PROGRESS.value):
        wrong.append("Its lease does not go with its state.")
    yield from (_of(item.id, Tamper.CHANGED, "items", item.id, sentence) for sentence in wrong)


def _row(item: Row[Any], tamper: Tamper, number: int, sentence: str) -> Finding:
    return _of(item.id, tamper, "history", str(number), sentence)


def _of(item: str, tamper: Tamper, table: str, row: str, sentence: str) -> Finding:
    return Finding(tamper=tamper, table=table, row=row, item=item, sentence=sentence)


def check_hand_ins(total: int, batches: Rows, gone: Sequence[tuple[str, int, str]]) -> Iterator[Finding]:
    """Every hand-in is there with all its rows, and every row's item is there."""
    for batch, row, item in gone:
        sentence = f"Row {row} of the hand-in {batch} became this item, and it is gone."
        yield _of(item, Tamper.REMOVED, "items", item, sentence)
    numbers = {batch.number for batch in batches}
    for number in sorted(set(range(1, total + 1)) ^ numbers):
        tamper = Tamper.REMOVED if number <= total else Tamper.ADDED
        yield _batch(tamper, f"number {number}", "There should be one hand-in of each number.")
    for name, _, rows, has in batches:
        if rows != has:
            yield _batch(
                Tamper.REMOVED if has < rows else Tamper.ADDED, name, f"It has {has} rows of {rows}."
            )


def _batch(tamper: Tamper, row: str, sentence: str) -> Finding:
    return Finding(tamper=tamper, table="batches", row=row, item=None, sentence=sentence)


Look = Callable[[str], EvidenceFile]
"""What is kept under the name of a piece of evidence."""


def check_evidence(chunk: Chunk, look: Look) -> Iterator[Finding]:
    """Every file that a history names is there, and is what was kept."""
    told = [(row.item, row.detail) for row in chunk.history if '"evidence":"' in row.detail]
    named = [(item, from_json(detail).get("evidence")) for item, detail in told]
    named += [(row.item, row.evidence) for row in chunk.receipts if row.evidence]
    for item, name in dict.fromkeys(named):
        if not isinstance(name, str):  # the word stands deeper in
            continue
        file = look(name)
        if file.sha256 and not file.whole:
            tamper = Tamper.REMOVED if file.whole is None else Tamper.CHANGED
            sentence = "Its file is gone." if file.whole is None else "Its file is not what was kept."
            yield _of(item, tamper, "evidence", name, sentence)
