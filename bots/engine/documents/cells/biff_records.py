"""The binary records of xls, one after another."""

from __future__ import annotations

import struct
from collections.abc import Iterator

_BEGIN, _END = 0x0809, 0x000A


def records_of(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """The records of one substream, without those of the charts inside it."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == _BEGIN) - (kind == _END)
        if depth <= 1:
            yield kind, at + 4, size
        if depth <= 0:
            return
        at += 4 + size


def u16(stream: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", stream, at)[0])


def u32(stream: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", stream, at)[0])
