"""Doing to a store what nobody may do, one row at a time, and putting it right again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bots.engine.store.database import tables as t

TABLES = (t.items, t.history, t.intents, t.receipts)
UNPROVEN = {("items", "lease_expires"), ("items", "lease_seconds"), ("items", "due"), ("history", "id")}
"""A lease's end moves with every sign of life; a due date sorts the work of people; rows of an item stand in
the order of `seq`."""

Row = Mapping[str, Any]
Picture = Mapping[str, list[dict[str, Any]]]


def picture(connection: Connection) -> Picture:
    """All rows of all tables, to be put back."""
    return {
        table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        for table in t.metadata.sorted_tables
    }


def put_back(connection: Connection, rows: Picture) -> None:
    for table in t.metadata.sorted_tables:
        connection.execute(sa.delete(table))
        if rows[table.name]:
            connection.execute(sa.insert(table), rows[table.name])


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One change behind the store's back: on which row, and what the audit should name."""

    what: str
    table: str
    item: str
    row: str
    work: Callable[[Connection], object]

    def __repr__(self) -> str:
        return f"{self.what} {self.table} {self.row} of {self.item}"


def name_of(table: sa.Table, row: Row) -> str:
    """As the audit names a row."""
    key = {"items": "id", "history": "seq", "intents": "id", "receipts": "step"}[table.name]
    return str(row[key])


def item_of(table: sa.Table, row: Row) -> str:
    return str(row["id" if table is t.items else "item"])


def _this(table: sa.Table, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[key.name] == row[key.name] for key in table.primary_key))


def _deed(what: str, table: sa.Table, row: Row, work: Callable[[Connection], object]) -> Deed:
    return Deed(what=what, table=table.name, item=item_of(table, row), row=name_of(table, row), work=work)


def change(table: sa.Table, row: Row, column: str, value: Any) -> Deed:
    query = sa.update(table).where(_this(table, row)).values({column: value})
    return _deed(f"change {column} in", table, row, lambda c: c.execute(query))


def remove(table: sa.Table, row: Row) -> Deed:
    return _deed("remove", table, row, lambda c: c.execute(sa.delete(table).where(_this(table, row))))


def add(table: sa.Table, row: Row, place: int = 0) -> Deed:
    """A copy of a row under a name of its own; in the history at its end, or in a place that is taken."""
    own: dict[str, Any] = {
        "items": {"id": f"{row.get('id')}x", "reference": f"{row.get('reference')}x"},
        "history": {"id": 10**6, "seq": place},
        "intents": {"id": f"{row.get('id')}x"},
        "receipts": {"step": f"{row.get('step')}x"},
    }[table.name]
    made = {**row, **own}
    return _deed("add", table, made, lambda c: c.execute(sa.insert(table).values(made)))


def swap(one: Row, other: Row, column: str) -> Deed:
    """Two rows of one item's history take each other's place."""

    def work(connection: Connection) -> None:
        spare = -1
        for row, value in ((one, spare), (other, one[column]), (one, other[column])):
            where = t.history.c.hash == row["hash"]
            connection.execute(sa.update(t.history).where(where).values({column: value}))

    # Numbers that go down are seen at the second row.
    named = sorted((one, other), key=lambda row: row["seq"])[column == "id"]
    return _deed(f"swap {column} of", t.history, named, work)


def other(value: Any, column: sa.Column[Any]) -> Any:
    """Another value that the column can hold."""
    kind = column.type
    if isinstance(kind, sa.JSON):
        return {**value, "more": 1} if isinstance(value, dict) else ["more"]
    if isinstance(kind, sa.LargeBinary):
        return bytes(32) if value is None else bytes([value[0] ^ 1]) + value[1:]
    if isinstance(kind, sa.Boolean):
        return not value
    if isinstance(kind, sa.Text):
        return f"{value or ''}x"
    return (value or 0) + 1
