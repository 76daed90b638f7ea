"""Places in the work list: the keys that it is ordered by, and the cursors that name them."""

from __future__ import annotations

import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import astuple, dataclass
from typing import Any

import sqlalchemy as sa

from ..core.errors import refusal
from ..core.work_list import Order, storable
from . import tables as t
from .database import from_json, to_json

_LONGEST = 1000
PLACE = (t.items.c.process, t.items.c.due, t.items.c.created, t.items.c.id)


@dataclass(frozen=True)
class Place:
    """Where an item stands, whatever the order. None of it changes while it waits, but its due date."""

    process: str
    due: float
    created: float
    item: str


def columns(order: Order) -> tuple[str, ...]:
    """What one process and state is ordered by: an index holds them in this order, the id last."""
    return ("due", "created", "id") if order is Order.DUE else ("created", "id")


def key(order: Order, place: Place) -> tuple[Any, ...]:
    return (place.due, place.created, place.item) if order is Order.DUE else (place.created, place.item)


def descending(order: Order, onward: bool) -> bool:
    return (order is Order.NEWEST) is onward


def beyond(order: Order, place: Place, onward: bool) -> sa.ColumnElement[bool]:
    """What comes after a place, or before it, among items of one process."""
    mine = sa.tuple_(*(t.items.c[name] for name in columns(order)))
    there = sa.tuple_(*(sa.literal(value) for value in key(order, place)))
    return mine < there if descending(order, onward) else mine > there


def cursor(order: Order, place: Place) -> str:
    return urlsafe_b64encode(to_json([order.value, *astuple(place)]).encode()).decode().rstrip("=")


def place_of(order: Order, text: str) -> Place:
    """The place that a cursor names. It comes back from outside, so nothing in it is taken as given."""
    try:
        if len(text) > _LONGEST:
            raise ValueError
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        ordered, process, due, created, item = from_json(raw)
        words, moments = (process, item), (due, created)
        if ordered != order.value or not all(isinstance(one, str) and storable(one) for one in words):
            raise ValueError
        if not all(type(one) in (int, float) and math.isfinite(one) for one in moments):
            raise ValueError
        return Place(process, float(due), float(created), item)
    except (ValueError, TypeError, OverflowError):
        sentence = "This page of the list cannot be found. Begin at the first one."
        raise refusal("unknown-page", sentence) from None
