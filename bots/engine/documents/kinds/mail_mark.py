"""Whether a file is an e-mail: by its content, whatever its name says."""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = 1 << 16
_LINE = re.compile(rb"(?:From [^\r\n]*\r?\n)?((?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)+)")
_NAME = re.compile(rb"^([!-9;-~]+):", re.M)
_TELLING = frozenset(
    (b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version", b"return-path")
)
_ENOUGH = 3


def is_mail(path: Path) -> bool:
    """A text that begins with the lines with which an e-mail begins."""
    with path.open("rb") as file:
        return begins_as_mail(file.read(_HEAD))


def begins_as_mail(head: bytes) -> bool:
    lines = _LINE.match(head.removeprefix(b"\xef\xbb\xbf"))
    names = {name.lower() for name in _NAME.findall(lines[1])} if lines else set()
    return len(names & _TELLING) >= _ENOUGH
