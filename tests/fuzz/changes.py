"""Ways to damage a file, drawn by Hypothesis: each a plain value that says what it does."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from re import Match, Pattern
from re import compile as pattern
from typing import Protocol

from hypothesis import strategies as st

_STREAM = pattern(rb"stream\r?\n(.*?)endstream", 16)  # 16: a point is a line's end, too
_NUMBER = pattern(rb"(?<![\w.])-?\d+(?![\w.])")
_REFERENCE = pattern(rb"\b\d+ \d+ R\b")
_NAME = pattern(rb"/[A-Za-z][A-Za-z0-9]*")
_QUOTED = pattern(rb'"[^"<>]{0,200}"')
_TAG = pattern(rb"</?[\w:]+[^<>]{0,200}>")
_ODD_NUMBERS = (b"0", b"-1", b"1", b"2147483647", b"4294967296", b"99999999999999999999", b"1e400", b"3")
_ODD_TEXTS = (b'""', b'"-1"', b'"A0"', b'"XFE1048577"', b'"1048577"', b'"99999999999"', b'"1e309"', b'"&#0;"')
_SPREAD = 2_654_435_761
# Hypothesis likes the ends of a range, and the ends of a file tell little: spread over the whole of it.
_PLACE = st.integers(0, (1 << 32) - 1).map(lambda number: number * _SPREAD % (1 << 32) / (1 << 32))


class Change(Protocol):
    def of(self, content: bytes) -> bytes: ...


@dataclass(frozen=True)
class Put:
    """Some bytes in the place of others: changed, inserted or cut out."""

    place: float
    over: int
    new: bytes

    def of(self, content: bytes) -> bytes:
        at = int(self.place * len(content))
        return content[:at] + self.new + content[at + self.over :]


@dataclass(frozen=True)
class Flip:
    place: float
    bit: int

    def of(self, content: bytes) -> bytes:
        if not content:
            return content
        at = int(self.place * len(content))
        return content[:at] + bytes([content[at] ^ 1 << self.bit]) + content[at + 1 :]


@dataclass(frozen=True)
class Copy:
    """A piece once more, somewhere else."""

    place: float
    size: int
    to: float
    times: int

    def of(self, content: bytes) -> bytes:
        at, to = int(self.place * len(content)), int(self.to * len(content))
        return content[:to] + content[at : at + self.size] * self.times + content[to:]


@dataclass(frozen=True)
class Cut:
    """As a mail system cuts a file off."""

    place: float

    def of(self, content: bytes) -> bytes:
        return content[: int(self.place * len(content))]


@dataclass(frozen=True)
class Splice:
    """The end of another file."""

    place: float
    other: bytes
    from_: float

    def of(self, content: bytes) -> bytes:
        return content[: int(self.place * len(content))] + self.other[int(self.from_ * len(self.other)) :]

    def __repr__(self) -> str:
        return f"Splice({self.place}, {len(self.other)} bytes, {self.from_})"


@dataclass(frozen=True)
class Swap:
    """The words of one kind that stand there: one of them in the place of another, or a given one."""

    what: Pattern[bytes]
    place: float
    new: bytes | float

    def of(self, content: bytes) -> bytes:
        found = list(self.what.finditer(content))
        if not found:
            return content
        old = found[int(self.place * len(found))]
        new = found[int(self.new * len(found))][0] if isinstance(self.new, float) else self.new
        return content[: old.start()] + _filled(new, old) + content[old.end() :]


def _filled(new: bytes, old: Match[bytes]) -> bytes:
    """As long as what it replaces where that can be: the places of all else in the file stay true."""
    return new.rjust(len(old[0]), b"0") if old[0][:1].isdigit() and new[:1].isdigit() else new


@dataclass(frozen=True)
class InMember:
    """A change inside of one part of a zip."""

    part: float
    changes: Sequence[Change]

    def of(self, content: bytes) -> bytes:
        try:
            parts = _parts(content)
        except (zipfile.BadZipFile, ValueError, OSError, EOFError, RuntimeError, zlib.error):
            return content  # an earlier change broke the zip itself
        if not parts:
            return content
        chosen = sorted(parts)[int(self.part * len(parts))]
        target = BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, part in parts.items():
                archive.writestr(name, applied(self.changes, part) if name == chosen else part)
        return target.getvalue()


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist() if info.file_size < 1 << 24}


@dataclass(frozen=True)
class InStream:
    """A change inside of one packed stream of a PDF."""

    stream: float
    changes: Sequence[Change]

    def of(self, content: bytes) -> bytes:
        found = list(_STREAM.finditer(content))
        if not found:
            return content
        old = found[int(self.stream * len(found))]
        try:
            changed = zlib.compress(applied(self.changes, zlib.decompress(old[1])))
        except zlib.error:  # packed in another way
            changed = applied(self.changes, old[1])
        return content[: old.start(1)] + changed + b"\n" + content[old.end(1) :]


def applied(changes: Sequence[Change], content: bytes) -> bytes:
    for change in changes:
        content = change.of(content)
    return content


def _swaps(words: Sequence[tuple[Pattern[bytes], Sequence[bytes]]]) -> Iterator[st.SearchStrategy[Change]]:
    for what, odd in words:
        new = st.one_of(_PLACE, st.sampled_from(odd)) if odd else _PLACE
        yield st.builds(Swap, st.just(what), _PLACE, new)


_XML = ((_NUMBER, _ODD_NUMBERS), (_QUOTED, _ODD_TEXTS), (_TAG, ()))
_PDF = ((_NUMBER, _ODD_NUMBERS), (_REFERENCE, (b"1 0 R", b"2 0 R", b"0 0 R", b"99 0 R")), (_NAME, ()))
BYTES: st.SearchStrategy[Change] = st.one_of(
    st.builds(Flip, _PLACE, st.integers(0, 7)),
    st.builds(Put, _PLACE, st.integers(0, 60), st.binary(max_size=12)),
    st.builds(Copy, _PLACE, st.integers(1, 400), _PLACE, st.sampled_from((1, 1, 2, 50))),
    st.builds(Cut, _PLACE),
)


def changes_of(kind: str, others: Sequence[bytes]) -> st.SearchStrategy[Sequence[Change]]:
    """One to five, of those that make sense in a file of this kind; `others`: files to splice it with."""
    splice = st.builds(Splice, _PLACE, st.sampled_from(others), _PLACE)
    outside = st.lists(st.one_of(BYTES, BYTES, BYTES, splice), min_size=1, max_size=5)
    if kind.startswith(("xlsx", "xlsm", "ods", "xlsb")):
        within = st.lists(st.one_of(BYTES, *_swaps(_XML)), min_size=1, max_size=3)
        inside = st.lists(st.builds(InMember, _PLACE, within), min_size=1, max_size=3)
    elif kind.startswith("pdf"):
        within = st.lists(st.one_of(BYTES, *_swaps(_PDF)), min_size=1, max_size=3)
        inside = st.lists(
            st.one_of(*_swaps(_PDF), st.builds(InStream, _PLACE, within)), min_size=1, max_size=5
        )
    elif kind.startswith("eml"):
        words = _swaps(((_NUMBER, _ODD_NUMBERS), (_QUOTED, ())))
        inside = st.lists(st.one_of(BYTES, *words), min_size=1, max_size=5)
    else:
        return outside
    return st.one_of(outside, inside, inside)
