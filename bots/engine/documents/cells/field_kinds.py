"""What kind of value each field of a record holds: the same cell is right for one and wrong for another."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from ...core.record import Record


class FieldKind(StrEnum):
    TEXT = "text"
    DAY = "day"
    MONEY = "money"  # and any other exact number
    NUMBER = "number"
    OTHER = "other"  # Yes or No, one of several words


_KINDS: tuple[tuple[type, FieldKind], ...] = (
    (str, FieldKind.TEXT),
    (datetime, FieldKind.OTHER),
    (date, FieldKind.DAY),
    (Decimal, FieldKind.MONEY),
    (bool, FieldKind.OTHER),
    (int, FieldKind.NUMBER),
    (float, FieldKind.NUMBER),
)


def kinds_of(record: type[Record]) -> dict[str, FieldKind]:
    return {name: _kind(field.annotation) for name, field in record.model_fields.items()}


def _kind(annotation: Any) -> FieldKind:
    types = set(_types(annotation)) - {NoneType}
    [only] = types if len(types) == 1 else {object}
    return next((kind for one, kind in _KINDS if only is one), FieldKind.OTHER)


def _types(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _types(get_args(annotation)[0])
    elif isinstance(annotation, type) or not get_args(annotation):
        yield annotation
    else:
        for one in get_args(annotation):
            yield from _types(one)
