"""Several readings of one line of a scan, which vote with their values and not with their letters.

`19 April 2026` and `19April 2026` are one date; `19 Aprii 2026` is none, and says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import ValidationError

from ...core.record import Record

Reading = tuple[str, float]
"""A text, and how sure it is, from 0 to 1."""
Value = Callable[[str, str], Any]
"""Of a field what a text says; None: it is no value of that field."""


def vote(readings: Sequence[Reading], value: Callable[[str], Any]) -> Reading:
    """The text of which two have the value and none another one. Where they do not agree, the first one, and
    not sure at all."""
    told = [(said, text, sure) for text, sure in readings if (said := value(text)) is not None]
    if len(told) < 2 or any(said != told[0][0] for said, _, _ in told):
        return readings[0][0], 0.0
    (_, text, once), *others = told
    return text, 1.0 - (1.0 - once) * (1.0 - min(sure for _, _, sure in others))


def value_of(record: type[Record]) -> Value:
    """By the types of the record's own fields."""

    def value(field: str, text: str) -> Any:
        try:
            found = record.value(field, text)
        except ValidationError:
            return None
        return letters("", found) if isinstance(found, str) else found

    return value


def letters(_: str, text: str) -> str | None:
    """Of a text without a type its letters are the value; spaces are easily lost."""
    return "".join(text.split()) or None
