"""Text between separators, such as CSV and TSV."""

from __future__ import annotations

from .format import Format

_LOOKED_AT = 4096
_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""Of UTF-16: every other byte of it may be anything."""
_PLAIN = b"\t\n\r\f\x1a"


class Text(Format):
    name = "csv"

    def is_text(self, head: bytes) -> bool:
        beginning = head[:_LOOKED_AT]
        return beginning.startswith(_MARKS) or not any(b < 32 and b not in _PLAIN for b in beginning)
