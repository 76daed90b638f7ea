"""What a reader process and its parent say to each other: JSON values, each behind its length.

JSON and not pickle: a reader that a file has taken over can say nothing that the parent would run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

import orjson

from ..clean_letters import writable

SIZE = 4  # bytes of the length, big end first
_NUL = rb"\u0000"


def framed(value: Any) -> bytes:
    try:
        content = orjson.dumps(value)
    except TypeError:  # half a character in a file's name: the standard library writes it escaped
        content = json.dumps(value).encode()
    return len(content).to_bytes(SIZE, "big") + content


def told(value: Any) -> bytes:
    """The same of what was read in a file: without letters that no store and no terminal takes."""
    try:
        content = orjson.dumps(value)
    except TypeError:
        content = b""
    if not content or _NUL in content:
        content = orjson.dumps(writable(value))
    return len(content).to_bytes(SIZE, "big") + content


def unframed(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except ValueError:  # what the standard library wrote
        return json.loads(content)


def frames(stream: IO[bytes]) -> Iterator[Any]:
    """Until the other side has ended."""
    while len(head := stream.read(SIZE)) == SIZE:
        size = int.from_bytes(head, "big")
        content = stream.read(size)
        if len(content) < size:
            return
        yield unframed(content)
