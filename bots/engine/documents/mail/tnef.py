"""winmail.dat: how Outlook packs an e-mail's attachments for those who do not have Outlook ([MS-OXTNEF])."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .part import DAMAGED, Part

_OF_ATTACHMENT = 2
_NEW, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_HEAD = 6  # bytes: signature and key
_EMBEDDED = "It is an e-mail inside of winmail.dat, and was not opened."


@dataclass(kw_only=True)
class _Growing:
    name: str = ""
    content: bytes = b""
    spoilt: bool = False

    def part(self) -> Part:
        why = DAMAGED if self.spoilt else "" if self.content else _EMBEDDED
        return Part(name=self.name, content=self.content, why=why)


def tnef_parts(content: bytes) -> Iterator[Part]:
    """Its attachments. Raises ValueError where it is cut off."""
    growing: _Growing | None = None
    for kind, data, sound in _attributes(content):
        if kind == _NEW:
            if growing is not None:
                yield growing.part()
            growing = _Growing()
        if growing is None:
            continue
        growing.spoilt = growing.spoilt or not sound
        if kind == _TITLE:
            growing.name = data.rstrip(b"\0").decode("cp1252", "replace")
        elif kind == _DATA:
            growing.content = data
    if growing is not None:
        yield growing.part()


def _attributes(content: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Of attachments: the kind of each attribute, its content, and whether its sum is right."""
    at = _HEAD
    while at < len(content):
        if at + 9 > len(content):
            raise ValueError("cut off")
        level, kind, _, size = struct.unpack_from("<BHHI", content, at)
        data = content[at + 9 : at + 9 + size]
        if len(data) < size or at + 9 + size + 2 > len(content):
            raise ValueError("cut off")
        (total,) = struct.unpack_from("<H", content, at + 9 + size)
        if level == _OF_ATTACHMENT:
            yield kind, data, total == sum(data) & 0xFFFF
        at += 9 + size + 2
