"""Places in the work list: the keys that it is ordered by, and the cursors that name them."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import astuple, dataclass

import sqlalchemy as sa

from ...core.errors import refusal
from ...core.work_list import Order, storable
from ..database import tables as t
from ..database.database import from_json, to_json

_LONGEST = 1000
_HIGHEST = 1000
PLACE = (t.items.c.process, t.items.c.priority, t.items.c.due, t.items.c.created, t.items.c.id)
_FIELDS = {"id": "item"}
_KEYS = {
    Order.DUE: ("due", "created", "id"),
    Order.URGENT: ("priority", "due", "created", "id"),
}


@dataclass(frozen=True)
class Place:
    """Where an item stands, whatever the order. None of it changes while it waits, but its due date."""

    process: str
    priority: int
    due: float
    created: float
    item: str


def columns(order: Order) -> tuple[str, ...]:
    """What one process and state is ordered by: an index holds them in this order, the id last."""
    return _KEYS.get(order, ("created", "id"))


def descending(order: Order, name: str, onward: bool) -> bool:
    """Of one column: the highest priority comes first, and the newest where they are asked for."""
    return (order is Order.NEWEST or name == "priority") is onward


def beyond(order: Order, place: Place, onward: bool) -> list[sa.ColumnElement[bool]]:
    """What comes after a place, or before it, among items of one process: one condition or another. Each is
    one stretch of the index."""
    names = [name for name in columns(order) if name != "priority"]
    behind = _compared(order, place, names, onward)
    if order is not Order.URGENT:
        return [behind]
    same = t.items.c.priority == place.priority
    return [_compared(order, place, ["priority"], onward), sa.and_(same, behind)]


def _compared(order: Order, place: Place, names: Sequence[str], onward: bool) -> sa.ColumnElement[bool]:
    mine = sa.tuple_(*(t.items.c[name] for name in names))
    there = sa.tuple_(*(sa.literal(getattr(place, _FIELDS.get(name, name))) for name in names))
    return mine < there if descending(order, names[0], onward) else mine > there


def cursor(order: Order, place: Place) -> str:
    return urlsafe_b64encode(to_json([order.value, *astuple(place)]).encode()).decode().rstrip("=")


def place_of(order: Order, text: str) -> Place:
    """The place that a cursor names. It comes back from outside, so nothing in it is taken as given."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        ordered, process, priority, due, created, item = from_json(raw)
        words, moments = (process, item), (due, created)
        if ordered != order.value or not all(isinstance(one, str) and storable(one) for one in words):
            raise ValueError
        if not all(type(one) in (int, float) and math.isfinite(one) for one in moments):
            raise ValueError
        if type(priority) is not int or abs(priority) > _HIGHEST:
            raise ValueError
        return Place(process, priority, float(due), float(created), item)
    except (ValueError, TypeError, OverflowError):
        sentence = "This page of the list cannot be found. Begin at the first one."
        raise refusal("unknown-page", sentence) from None
