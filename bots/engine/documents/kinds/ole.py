"""OLE compound files: the container of xls workbooks, and of any Office file with a password."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # from here on a sector number means "no sector"
_ENTRY = 128
_ROOT = 5


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: str
    kind: int
    start: int
    size: int


class Ole:
    """Read only. Raises ValueError, IndexError or struct.error where the file is damaged."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._size = 1 << self._word(30, "H")
        self._mini_size = 1 << self._word(32, "H")

    @cached_property
    def entries(self) -> dict[str, _Entry]:
        """By lower-case name: programs differ in how they spell "Workbook"."""
        found = {}
        directory = self._chain(self._word(48))
        for at in range(0, len(directory), _ENTRY):
            length, kind = struct.unpack_from("<HB", directory, at + 64)
            start, size = struct.unpack_from("<II", directory, at + 116)
            name = directory[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
            if kind:
                found[name.lower()] = _Entry(name=name, kind=kind, start=start, size=size)
        return found

    def stream(self, *names: str) -> bytes:
        """The first stream of these names."""
        entry = next((self.entries[name] for name in names if name in self.entries), None)
        if entry is None:
            raise ValueError("no such stream")
        if entry.size >= self._word(56):
            return self._chain(entry.start)[: entry.size]
        return self._mini(entry.start)[: entry.size]

    def _word(self, at: int, how: str = "I") -> int:
        return int(struct.unpack_from("<" + how, self._data, at)[0])

    def _sector(self, number: int) -> bytes:
        at = (number + 1) * self._size
        if at >= len(self._data):
            raise ValueError("a sector lies past the end of the file")
        return self._data[at : at + self._size]

    @cached_property
    def _table(self) -> tuple[int, ...]:
        """Which sector follows which."""
        words = self._size // 4
        where = list(struct.unpack_from("<109I", self._data, 76))
        following = self._word(68)
        for _ in range(self._word(72)):
            more = struct.unpack(f"<{words}I", self._sector(following))
            where += more[:-1]
            following = more[-1]
        return _words(b"".join(self._sector(number) for number in where if number < _LAST))

    @cached_property
    def _mini_table(self) -> tuple[int, ...]:
        return _words(self._chain(self._word(60)))

    def _chain(self, start: int) -> bytes:
        return b"".join(self._sector(number) for number in _follow(self._table, start))

    def _mini(self, start: int) -> bytes:
        root = next(entry for entry in self.entries.values() if entry.kind == _ROOT)
        data, size = self._chain(root.start), self._mini_size
        return b"".join(data[n * size : (n + 1) * size] for n in _follow(self._mini_table, start))


def _words(data: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])


def _follow(table: tuple[int, ...], start: int) -> Iterator[int]:
    for _ in range(len(table) + 1):
        if start >= _LAST:
            return
        yield start
        start = table[start]
    raise ValueError("a chain of sectors runs in a circle")
