"""What may be told of a request outside of this process: no value, and nothing that names a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...core.sent import Sent
from .asked import Asked

_LONGEST_PART = 24
_MOST_NAMES = 100
_NUMBER = re.compile(r"\d{4,}|%..|@")


def masked(path: str) -> str:
    """Parts that may name a record or a person become placeholders."""
    parts = path.split("/")
    numbered = [bool(re.search(r"\d|%|@", part)) or len(part) > _LONGEST_PART for part in parts]
    return "/".join("{part}" if odd else part for part, odd in zip(parts, numbered, strict=True))


def seen_of(asked: Asked, *, intent: str, number: int, of: int) -> Sent:
    """A request of a commit, as the ledger keeps it."""
    names = [_NUMBER.sub("#", name) for name in _names(asked)]
    return Sent(
        intent=intent,
        number=number,
        of=of,
        method=asked.method,
        host=asked.host,
        path=masked(asked.path),
        names=tuple(dict.fromkeys(names))[:_MOST_NAMES],
        size=len(asked.body),
    )


def _names(asked: Asked) -> Iterator[str]:
    """Of the controls of its address and its form, or the ways to the values of its JSON."""
    yield from (name for name, _ in asked.query)
    if asked.form is not None:
        yield from (name for name, _ in asked.form)
    elif asked.json is not None:
        yield from _ways(asked.json, "")


def _ways(value: Any, way: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _ways(inner, f"{way}.{name}" if way else str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from _ways(inner, f"{way}.*" if way else "*")
    else:
        yield way
