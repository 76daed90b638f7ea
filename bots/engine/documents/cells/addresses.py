"""Where a cell of a sheet's XML stands: where some programs give no address, beside the one before."""

from __future__ import annotations

import re

from ..refusals import damaged
from .text import letters

_PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Z]{1,3})([0-9]+)["']""")
_ROW = re.compile(rb"""\sr\s*=\s*["']([0-9]+)["']""")


def place(tag: bytes) -> tuple[int, int]:
    """The row, counted from 1, and the column, counted from 0, of a cell's tag."""
    found = _PLACE.search(tag)
    if not found:
        raise damaged("a cell has no address")
    column = 0
    for letter in found[1]:
        column = column * 26 + letter - 64
    return int(found[2]), column - 1


def place_name(tag: bytes) -> bytes:
    """The address of a cell's tag as it stands there: B12."""
    found = _PLACE.search(tag)
    return found[1] + found[2] if found else b""


_SOME = 1 << 14  # bytes: a program that leaves addresses out does so everywhere


class Addresses:
    """Puts the addresses that are left out into a sheet, piece by piece."""

    def __init__(self, tag: re.Pattern[bytes]) -> None:
        """`tag`: finds the tags of rows and cells."""
        self._tag = tag
        self._row = self._column = 0

    def of(self, piece: bytes) -> bytes:
        """The same where all tags have one."""
        some = piece[:_SOME]
        tags = some.count(b"</c>") + some.count(b"</row>")
        return piece if some.count(b' r="') >= tags else self._tag.sub(self._addressed, piece)

    def _addressed(self, found: re.Match[bytes]) -> bytes:
        tag = found[0]
        name = tag[1:].split(b" ")[0].rstrip(b"/>")
        if name.endswith(b"row"):
            return self._of_row(tag, name)
        if _PLACE.search(tag):
            self._column = place(tag)[1] + 1
            return tag
        self._column += 1
        address = f' r="{letters(self._column - 1)}{self._row}"'.encode()
        return tag[: len(name) + 1] + address + tag[len(name) + 1 :]

    def _of_row(self, tag: bytes, name: bytes) -> bytes:
        self._column = 0
        if at := _ROW.search(tag):
            self._row = int(at[1])
            return tag
        self._row += 1
        return tag[: len(name) + 1] + f' r="{self._row}"'.encode() + tag[len(name) + 1 :]
