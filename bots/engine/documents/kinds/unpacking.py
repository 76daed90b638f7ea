"""How much a zip may hold, by what it says of itself, before anything unpacks it.

A workbook is a zip of a few parts. One that was made to do harm unpacks to a thousand times its size, or has
a million parts, and the programs that read workbooks find out when the memory is gone. A zip that lies about
its sizes comes no further: zipfile and calamine unpack no more of a part than was said.
"""

from __future__ import annotations

import struct
import zipfile
from typing import IO

from ..refusals import too_many_parts, unpacks_too_large

MOST_PARTS = 10_000
MOST_BYTES = 1_000_000_000  # of all parts; 100,000 rows of 12 columns are 66 MB
# Its packed size, for a part: harm comes to a thousand times, sheets to 10, blank rows to 50,
# OpenDocument that repeats one row to 220 (measured).
MOST_TIMES = 500
_SMALL = 20_000_000  # bytes: a part up to here may be packed as well as it likes
_DIRECTORY = MOST_PARTS * 400  # bytes of the table of contents
_END, _END_64, _PLACE_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"


def must_be_modest(file: IO[bytes]) -> None:
    """Raises a BusinessException for a zip that holds too much, in parts or bytes; BadZipFile for no zip."""
    if has_too_many_parts(file):
        raise too_many_parts(MOST_PARTS)
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    if len(parts) > MOST_PARTS:
        raise too_many_parts(MOST_PARTS)
    if sum(part.file_size for part in parts) > MOST_BYTES or any(map(_swells, parts)):
        raise unpacks_too_large()


def _swells(part: zipfile.ZipInfo) -> bool:
    return part.file_size > max(_SMALL, MOST_TIMES * part.compress_size)


def has_too_many_parts(file: IO[bytes]) -> bool:
    """By the length of its table of contents: reading the table itself is what must not be done."""
    file.seek(0, 2)
    file.seek(max(0, file.tell() - (1 << 16) - 42))  # the end, its comment, and what stands before it
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        return False  # no zip: whoever opens it says so
    size = int(struct.unpack_from("<I", tail, at + 12)[0])
    return max(_size_64(file, tail[:at]), size if size < 0xFFFFFFFF else 0) > _DIRECTORY


def _size_64(file: IO[bytes], before: bytes) -> int:
    """The same of a zip that has longer numbers beside the short ones, as some programs always write."""
    if before[-20:-16] != _PLACE_64:
        return 0
    file.seek(min(struct.unpack_from("<Q", before, len(before) - 12)[0], (1 << 63) - 1))
    end = file.read(56)
    return int(struct.unpack_from("<Q", end, 40)[0]) if len(end) == 56 and end.startswith(_END_64) else 0
