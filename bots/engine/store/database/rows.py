"""Rows of the store as typed values."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import fields
from itertools import islice, product
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from ...core.item import Batch, Ending, Intent, IntentStatus, Kind, Receipt, State, Transition, WorkItem
from . import tables as t

ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # nothing that a person reads as something else


_BY_CHANCE, _COUNTED = 8, 4
_OF_ITEM = tuple(each.name for each in fields(WorkItem))


def new_id(prefix: str) -> str:
    """An opaque id that a person can read out: the prefix and 12 characters."""
    return next(new_ids(prefix))


def new_ids(prefix: str) -> Iterator[str]:
    """Many ids: 8 characters by chance, then counted on, so that a database writes them side by side."""
    while True:
        head = f"{prefix}-" + "".join(secrets.choice(ALPHABET) for _ in range(_BY_CHANCE))
        start = secrets.randbelow(len(ALPHABET))  # an id alone does not tell that it is the first of many
        for tail in islice(product(ALPHABET, repeat=_COUNTED), start, None):
            yield head + "".join(tail)


def work_item(row: Row[Any]) -> WorkItem:
    """Each field is the column of its name: a new one needs no line here."""
    found = {name: row._mapping[name] for name in _OF_ITEM}
    found |= {"state": State(row.state), "kind": Kind(row.kind) if row.kind else None}
    return WorkItem(**found)


def intent(row: Row[Any]) -> Intent:
    return Intent(
        id=row.id,
        item=row.item,
        step=row.step,
        system=row.system,
        token=row.token,
        digest=row.digest,
        seen=tuple(row.seen),
        recorded=row.recorded,
        deadline=row.deadline,
        resolvable=row.resolvable,
        writer=row.browser,
        status=IntentStatus(row.status),
        account=row.account,
        unsteady=row.unsteady,
    )


def receipt(row: Row[Any]) -> Receipt:
    mapping = row._mapping
    return Receipt(
        item=row.item,
        step=row.step,
        system=row.system,
        reference=row.reference,
        values=mapping["values"],
        at=row.at,
        adopted=row.adopted,
        intent=row.intent,
        evidence=row.evidence,
        account=row.account,
    )


def transition(row: Row[Any]) -> Transition:
    return Transition(
        at=row.at,
        who=row.who,
        before=State(row.before) if row.before else None,
        after=State(row.after),
        why=row.why,
        code=row.code,
        attempt=row.attempt,
        token=row.token,
        versions=row.versions,
        detail=row.detail,
    )


def columns(ending: Ending) -> dict[str, Any]:
    """What an ending writes into an item's row."""
    return {
        "state": ending.state.value,
        "kind": ending.kind.value if ending.kind else None,
        "code": ending.code,
        "sentence": ending.sentence,
        "detail": dict(ending.detail),
    }


JSON_COLUMNS = ("data", "detail", "origin")
TEXTS = tuple(sa.cast(t.items.c[name], sa.Text).label(f"{name}_text") for name in JSON_COLUMNS)
"""An item's JSON as the text that the database holds, which its chain is made of."""
DETAIL_TEXT = TEXTS[JSON_COLUMNS.index("detail")]

_ITEM = sa.select(t.items, *TEXTS).where(t.items.c.id == sa.bindparam("id"))
_ITEM_LOCKED = _ITEM.with_for_update()


def one_item(connection: Connection, item: str) -> Row[Any] | None:
    return connection.execute(_ITEM, {"id": item}).one_or_none()


def locked_item(connection: Connection, item: str) -> Row[Any] | None:
    """The item, held for this transaction: what is read here is still true at its end (PostgreSQL)."""
    return connection.execute(_ITEM_LOCKED, {"id": item}).one_or_none()


def batch(row: Row[Any]) -> Batch:
    return Batch(**{each.name: getattr(row, each.name) for each in fields(Batch)})
