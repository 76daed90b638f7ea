"""What an event of a chain tells of an intent or a receipt, and the digest that proves its row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..database import tables as t
from . import digests


def _columns(table: sa.Table, names: tuple[str, ...]) -> tuple[sa.ColumnElement[Any], ...]:
    """Columns as a chain hashes them: JSON as the text that the database holds."""
    columns = (table.c[name] for name in names)
    return tuple(
        sa.cast(column, sa.Text).label(column.name) if isinstance(column.type, sa.JSON) else column
        for column in columns
    )


INTENT = _columns(t.intents, digests.INTENT)
RECEIPT = _columns(t.receipts, digests.RECEIPT)
_FORGET = (
    sa.update(t.intents)
    .where(t.intents.c.item == sa.bindparam("of"), t.open_intents)
    .values(browser="")
    .returning(*INTENT)
)
_INTENTS = sa.select(*INTENT).where(t.intents.c.item == sa.bindparam("of"))
_RECEIPTS = sa.select(*RECEIPT).where(t.receipts.c.item == sa.bindparam("of"))
_TOLD_OF_INTENT = ("step", "system", "account")
_TOLD_OF_RECEIPT = ("step", "system", "account", "reference", "adopted", "intent", "evidence")


def of_intent(salt: bytes | None, row: Mapping[Any, Any]) -> dict[str, Any]:
    """`row`: the whole intent, JSON as text."""
    told = {"intent": row["id"], **{name: row[name] for name in _TOLD_OF_INTENT if row[name]}}
    return {**told, "proofs": _intent_proof(salt, row)}


def of_receipt(salt: bytes | None, row: Mapping[Any, Any]) -> dict[str, Any]:
    """`row`: the whole receipt, JSON as text."""
    told = {name: row[name] for name in _TOLD_OF_RECEIPT if row[name]}
    return {**told, "proofs": _receipt_proof(salt, row)}


def of_all(connection: Connection, item: str, salt: bytes | None) -> dict[str, Any]:
    """The proofs of everything that an item has, in place of all that was told before."""
    proofs: dict[str, str] = {}
    for row in connection.execute(_INTENTS, {"of": item}).mappings():
        proofs |= _intent_proof(salt, row)
    for row in connection.execute(_RECEIPTS, {"of": item}).mappings():
        proofs |= _receipt_proof(salt, row)
    return {"all": True, "proofs": proofs}


def forget_writer(connection: Connection, item: str, salt: bytes | None) -> dict[str, Any]:
    """Nothing of the browser of an open intent can act any more."""
    row = connection.execute(_FORGET, {"of": item}).mappings().one()
    return {"proofs": _intent_proof(salt, row)}


def retracted(step: str, reference: str | None) -> dict[str, Any]:
    return {"step": step, "reference": reference, "proofs": {f"receipt/{step}": None}}


def _intent_proof(salt: bytes | None, row: Mapping[Any, Any]) -> dict[str, str]:
    return {f"intent/{row['id']}": digests.proof(salt, digests.values(digests.INTENT, row))}


def _receipt_proof(salt: bytes | None, row: Mapping[Any, Any]) -> dict[str, str]:
    return {f"receipt/{row['step']}": digests.proof(salt, digests.values(digests.RECEIPT, row))}
