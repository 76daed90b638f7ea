"""What was read of an invoice, against the values that lie beside it as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Any

from bots.engine.core.errors import BusinessException
from bots.engine.core.item import NewItem
from bots.engine.core.papers import Papers
from bots.engine.documents.sandbox.sandbox import Sandbox

from .record import Invoice

EXPECTED = {"number": "invoice_number", "date": "date", "total": "amount"}
"""The values of ours, and what the JSON beside an invoice calls them."""


class Verdict(StrEnum):
    RIGHT = "right"
    PERSON = "to a person"
    WRONG = "wrong in silence"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """`why`: for a person, what is said of the value. Neither holds the value itself."""

    file: str
    value: str
    verdict: Verdict
    why: str = ""


def invoices_in(folder: Path) -> list[Path]:
    """Those that have expected values beside them."""
    return [path for path in sorted(folder.rglob("*.pdf")) if path.with_suffix(".json").exists()]


async def compare(sandbox: Sandbox, path: Path) -> list[Compared]:
    wanted = _expected(path.with_suffix(".json"))
    try:
        reading = await sandbox.read(path, Invoice, None, Papers())
        items = [item async for some in reading.items for item in some]
    except BusinessException as refused:
        return [_person(path, value, refused.code) for value in wanted]
    return [_judged(path, value, wanted[value], items) for value in wanted]


def _expected(file: Path) -> dict[str, Any]:
    """Some collections have a list of one, others the values themselves."""
    found = json.loads(file.read_text(encoding="utf-8"))
    values = found[0] if isinstance(found, list) and found else found
    known = values if isinstance(values, dict) else {}
    return {ours: known[theirs] for ours, theirs in EXPECTED.items() if known.get(theirs) is not None}


def _judged(path: Path, value: str, wanted: Any, items: Sequence[NewItem]) -> Compared:
    """Of several cases in one file any that is read must be right."""
    told = list(_unasked(value, items))
    if not told:
        why = next((item.detail.get("fields", {}).get(value) or item.code for item in items), "")
        return _person(path, value, str(why))
    right = all(_plain(value, each) == _plain(value, wanted) for each in told)
    return Compared(file=path.name, value=value, verdict=Verdict.RIGHT if right else Verdict.WRONG)


def _unasked(value: str, items: Sequence[NewItem]) -> Iterator[Any]:
    """What nobody is asked about."""
    for item in items:
        if value in item.data and value not in item.detail.get("fields", {}):
            yield item.data[value]


def _person(path: Path, value: str, why: str) -> Compared:
    return Compared(file=path.name, value=value, verdict=Verdict.PERSON, why=why)


def _plain(value: str, what: Any) -> str:
    text = str(what).strip("# ").casefold()
    if value == "total":
        with suppress(InvalidOperation):
            return f"{Decimal(text):.2f}"
    return text.partition("t")[0] if value == "date" else text
