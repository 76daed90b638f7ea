"""Files that hold documents: e-mails, zips and winmail.dat, also inside of each other.

What each document is, is for its reader to say. The name that a sender gave is shown to people and is never a
path. All that is unpacked counts together, however deeply it was packed.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from ...core.errors import BusinessException
from ..formats.recognised import format_of
from ..kinds.beginning import HOLDERS, PICTURES, Begins, beginning, begins
from ..kinds.unpacking import must_be_modest
from ..refusals import (
    damaged_package,
    email_too_large,
    empty_email,
    empty_package,
    password,
    too_many_attachments,
    unpacks_too_large,
)
from .attached import Attached
from .mail import mail_parts
from .part import LOCKED, NOTHING, Part
from .tnef import tnef_parts

MOST_BYTES = 100_000_000  # of an e-mail, and of what is unpacked: mail systems let 25 to 50 MB through
MOST = 50  # documents
DEEPEST = 3  # containers inside of each other
_NAME_SHOWN = 80
_BROKEN = (zipfile.BadZipFile, zlib.error, ValueError, OSError, EOFError, RuntimeError)
_OFFICE = frozenset({"[content_types].xml", "mimetype", "workbook.xml", "workbook.bin"})
_LITTER = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
"""What computers put into folders by themselves."""


def attachments(path: Path, folder: Path, stem: str) -> list[Attached] | None:
    """Each document that the file holds is written to `folder`, as `stem` and its number. None: the file is a
    document itself. Raises a BusinessException."""
    kind = beginning(path)
    if kind not in HOLDERS or (kind is Begins.ZIP and _is_office(path)):
        return None
    if path.stat().st_size > MOST_BYTES:
        raise email_too_large(MOST_BYTES) if kind is Begins.MAIL else unpacks_too_large()
    parts = list(_Opening().parts(path.read_bytes(), 0))
    if not parts:
        raise empty_email() if kind is Begins.MAIL else empty_package()
    if kind is Begins.ZIP and all(part.why == LOCKED for part in parts):
        raise password("zip")
    if len(parts) > MOST:
        raise too_many_attachments(len(parts), MOST)
    return [_taken_out(part, number, folder, stem) for number, part in enumerate(parts, start=1)]


def _is_office(path: Path) -> bool:
    """A document that is a package of parts: by their names."""
    try:
        with path.open("rb") as file:
            must_be_modest(file)
            return _has_office_parts(file)
    except _BROKEN:
        return True  # its reader says what is wrong


class _Opening:
    """Opens one file and what is in it, as long as all of it together is no more than may be."""

    def __init__(self) -> None:
        self._room = MOST_BYTES

    def parts(self, content: bytes, depth: int) -> Iterator[Part]:
        for part in _parts(content):
            self._room -= len(part.content)
            if self._room < 0:
                raise unpacks_too_large()
            yield from self._inner(part, depth) if not part.why else [part]

    def _inner(self, part: Part, depth: int) -> Iterator[Part]:
        if not _holds(part.content):
            yield part if part.content else Part(name=part.name, why=NOTHING)
            return
        if depth + 1 >= DEEPEST:
            yield Part(name=part.name, why=f"It is packed {DEEPEST} times, and was not opened.")
            return
        try:
            yield from list(self.parts(part.content, depth + 1))
        except BusinessException as refusal:
            yield Part(name=part.name, why=refusal.sentence, code=refusal.code)


def _holds(content: bytes) -> bool:
    kind = begins(content[: 1 << 16])
    if kind is not Begins.ZIP:
        return kind in HOLDERS
    try:
        return not _has_office_parts(io.BytesIO(content))
    except _BROKEN:
        return True  # whoever opens it says what is wrong


def _has_office_parts(file: IO[bytes]) -> bool:
    with zipfile.ZipFile(file) as archive:
        return not _OFFICE.isdisjoint(name.rsplit("/", 1)[-1].lower() for name in archive.namelist())


def _parts(content: bytes) -> Iterator[Part]:
    kind = begins(content[: 1 << 16])
    if kind is Begins.MAIL:
        yield from mail_parts(content)
        return
    try:
        yield from _zipped(content) if kind is Begins.ZIP else tnef_parts(content)
    except _BROKEN as error:
        raise damaged_package(type(error).__name__) from error


def _zipped(content: bytes) -> Iterator[Part]:
    file = io.BytesIO(content)
    must_be_modest(file)
    with zipfile.ZipFile(file) as archive:
        members = [one for one in archive.infolist() if not _is_litter(one)]
        if len(members) > MOST:
            raise too_many_attachments(len(members), MOST)
        if sum(one.file_size for one in members) > MOST_BYTES:
            raise unpacks_too_large()
        for one in members:
            locked = bool(one.flag_bits & 1)
            yield Part(name=one.filename, why=LOCKED) if locked else _member(archive, one)


def _is_litter(member: zipfile.ZipInfo) -> bool:
    parts = member.filename.replace("\\", "/").lower().split("/")
    return member.is_dir() or parts[0] in _LITTER or parts[-1] in _LITTER or parts[-1].startswith("._")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Part:
    try:
        return Part(name=member.filename, content=archive.read(member))
    except NotImplementedError:
        return Part(
            name=member.filename, why="It is packed in a way that is not known here; pack it as a zip."
        )


# ---- as files of their own ------------------------------------------------------------------
def _taken_out(part: Part, number: int, folder: Path, stem: str) -> Attached:
    name = _shown(part.name)
    if part.why:
        return Attached(number=number, name=name, file="", why=part.why, code=part.code)
    folder.mkdir(parents=True, exist_ok=True)
    plain = folder / f"{stem}-{number}"
    plain.write_bytes(part.content)
    named = plain.rename(plain.with_name(plain.name + _suffix(plain)))
    return Attached(number=number, name=name, file=named.name)


def _shown(name: str) -> str:
    """On one line, without folders, and without letters that turn the order of others round."""
    plain = "".join(letter for letter in name if letter.isprintable())
    return plain.replace("\\", "/").rsplit("/", 1)[-1].strip()[:_NAME_SHOWN]


def _suffix(path: Path) -> str:
    kind = beginning(path)
    if kind is Begins.PDF or kind in PICTURES:
        return f".{kind}"
    try:
        return f".{format_of(path).name}"
    except BusinessException:  # its reader will say so again
        return ""
