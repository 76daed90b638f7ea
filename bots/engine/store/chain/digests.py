"""The digests of which an item's chain of history is made.

Each is the SHA-256 of a fixed beginning and a JSON array, so that anybody can compute it again with any
language. JSON columns are hashed as the text that the database holds: what is hashed is what is written.
What may be personal data goes in under the item's salt. Once data and salt are gone, the digest that stays
tells nothing of them, and the chain still holds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import orjson

GENESIS = bytes(32)
"""Before the first row. The row itself names its item, and its image the process."""

CONTENT = (
    "id", "process", "reference", "version", "data", "digest", "batch", "origin", "created", "priority",
)  # fmt: skip
"""The columns of an item that change with its content alone, in the order of the digest."""
STANDING = (
    "state", "kind", "code", "sentence", "detail", "attempts",
    "not_before", "token", "worker", "changed", "source_digest",
)  # fmt: skip
"""Those that a transition changes. Left out: the lease's end, which moves with every sign of life."""
INTENT = (
    "id", "step", "system", "account", "token", "digest", "seen",
    "recorded", "deadline", "resolvable", "browser", "status", "closed", "why",
)  # fmt: skip
RECEIPT = ("step", "system", "account", "reference", "values", "at", "adopted", "intent", "evidence")
PUBLIC = (
    "item", "seq", "event", "at", "who", "before", "after", "code", "attempt", "token", "versions", "facts",
)  # fmt: skip
"""The columns of a row of history that are no personal data and stay for ever."""

_TIMES = frozenset(("created", "not_before", "at", "recorded", "deadline", "resolvable", "closed"))


def values(names: Sequence[str], row: Mapping[Any, Any]) -> list[Any]:
    """The columns of a digest. SQLite gives whole seconds as an integer where a change returns its row."""
    return [float(row[name]) if name in _TIMES and row[name] is not None else row[name] for name in names]


def new_salt() -> bytes:
    return token_bytes(16)


def _digest(begin: bytes, values: Sequence[Any]) -> bytes:
    return sha256(begin + orjson.dumps(values)).digest()


def content(salt: bytes | None, values: Sequence[Any]) -> bytes:
    """Of what an item says: its `CONTENT`."""
    return _digest(salt or b"", values)


def image(content: bytes, values: Sequence[Any]) -> bytes:
    """Of an item as a transition leaves it: its content and its `STANDING`."""
    return _digest(content, values)


def proof(salt: bytes | None, values: Sequence[Any]) -> str:
    """Of a whole intent or receipt, as the facts of an event carry it."""
    return _digest(salt or b"", values).hex()


def seal(salt: bytes | None, why: str, detail: str) -> bytes:
    """Of the part of a row of history that may hold personal data."""
    return _digest(salt or b"", (why, detail))


def link(before: bytes, sealed: bytes, shown: bytes | None, public: Sequence[Any]) -> bytes:
    """The hash of a row of history: on the row before it, its sealed part, its image and its `PUBLIC`."""
    return _digest(before + sealed + (shown or b""), public)
