"""Files on their way in: taken from a form as they come, and kept under names of ours until they are queued.

`<home>/uploads/u-.../` holds what one person sent at once: the files under random names, and `upload.json`
with what their sender called them and what was found in them. Nothing else on the disk knows these names.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from fastapi import Request
from pydantic import TypeAdapter, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from ...core.errors import BusinessException, refusal
from ...core.summary import FileChecked, Verdict

LOG = logging.getLogger("rekey.console")
MOST_FILES = 50
MOST_BYTES = 100_000_000
"""Of all files that are sent at once."""
UPLOAD_BYTES = 2 * MOST_BYTES
"""Of a request at all: what is too much is passed by up to here, so that its sender is told why."""
DAY = 86_400.0
"""Seconds that files wait for somebody to queue them."""
TOO_MUCH = "too-much-at-once"
_FORM_ITSELF = 1_000_000
_LONGEST_FIELD = 1000
_MOST_FIELDS = 20
_NAME_SHOWN = 120
_UPLOAD = re.compile(r"u-[0-9a-f]{24}")
_OURS = re.compile(r"[ur]-[0-9a-f]{24}")
_SUFFIXES = frozenset(
    f".{name}"
    for names in ("xlsx xlsm xlsb xls ods csv tsv txt", "pdf jpg jpeg png tif tiff heic", "eml msg dat zip")
    for name in names.split()
)
"""All that a file of ours keeps of the name that somebody gave it. What it is, its content says."""
_BROKEN = "The files did not arrive whole. Nothing was kept. Send them again."


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """`file`: its name on our disk; `name`: what its sender calls it, for people only."""

    file: str
    name: str
    size: int
    digest: str
    checked: FileChecked | None = None
    at: float = 0.0  # when it was checked
    hand_ins: Sequence[str] = ()
    why: str = ""  # it was to be queued, and was not, or not all of it

    @property
    def to_queue(self) -> bool:
        found = self.checked is not None and self.checked.verdict is not Verdict.REFUSED
        return found and not self.hand_ins and not self.why


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What one person sent at once for one process. `queueing`: somebody has said that it is to be queued."""

    id: str
    person: str
    process: str
    created: float
    files: Sequence[SentFile]
    queueing: bool = False
    begins: float | None = None  # when what is queued is keyed at the earliest

    @property
    def unchecked(self) -> list[SentFile]:
        return [one for one in self.files if one.checked is None]

    @property
    def to_queue(self) -> list[SentFile]:
        return [one for one in self.files if one.to_queue]

    @property
    def hand_ins(self) -> list[str]:
        return [batch for one in self.files for batch in one.hand_ins]


_KEPT = TypeAdapter(Upload)


class Uploads:
    """The folder of what was sent and is not queued yet."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "uploads"

    async def receive(self, request: Request, person: str, begin: Begin) -> Upload:
        """Keep the files of a form, in the order in which they come.

        `begin` is asked before the first is kept: it gets the fields that stand before it, gives the process,
        and raises for a form that is not obeyed. Raises BusinessException for what cannot be kept.
        """
        name = f"u-{secrets.token_hex(12)}"
        folder = self._new(name)
        try:
            process, files = await _received(request, folder, begin)
            upload = Upload(id=name, person=person, process=process, created=time.time(), files=files)
            self.keep(upload)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return upload

    def find(self, name: str) -> Upload | None:
        if not _UPLOAD.fullmatch(name):
            return None
        try:
            return _KEPT.validate_json((self._folder / name / "upload.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def keep(self, upload: Upload) -> None:
        place = self._folder / upload.id / "upload.json"
        beside = place.with_suffix(".new")
        beside.write_bytes(_KEPT.dump_json(upload))
        os.replace(beside, place)

    def note(self, upload: str, file: str, **change: Any) -> None:
        """What was found out about one file; nothing of an upload that was thrown away meanwhile."""
        found = self.find(upload)
        if found is not None:
            files = [replace(one, **change) if one.file == file else one for one in found.files]
            self.keep(replace(found, files=files))

    def path(self, upload: Upload, one: SentFile) -> Path:
        return self._folder / upload.id / one.file

    def forget(self, upload: Upload, one: SentFile) -> None:
        """Its bytes: what was queued is kept elsewhere."""
        self.path(upload, one).unlink(missing_ok=True)

    def drop(self, upload: Upload) -> None:
        shutil.rmtree(self._folder / upload.id, ignore_errors=True)

    def aside(self) -> Path:
        """A new folder for what goes back; whoever asked deletes it."""
        return self._new(f"r-{secrets.token_hex(12)}")

    def _new(self, name: str) -> Path:
        folder = self._folder / name
        self._folder.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        return folder


def clear_out(home: Path, age: float = DAY) -> int:
    """Delete what nobody has touched for so many seconds; how many."""
    folder = home / "uploads"
    found = folder.iterdir() if folder.is_dir() else ()
    old = [one for one in found if _OURS.fullmatch(one.name) and time.time() - one.stat().st_mtime > age]
    for one in old:
        shutil.rmtree(one, ignore_errors=True)
    return len(old)


# ---- the form -------------------------------------------------------------------------------
Begin = Callable[[Mapping[str, str]], str]


async def _received(request: Request, folder: Path, begin: Begin) -> tuple[str, list[SentFile]]:
    if int(request.headers.get("content-length") or 0) > MOST_BYTES + _FORM_ITSELF:
        raise too_much()
    _, options = parse_options_header(request.headers.get("content-type"))
    form = _Form(folder, begin)
    try:
        parser = MultipartParser(options.get(b"boundary", b""), form.callbacks())
        async for chunk in request.stream():
            parser.write(chunk)
    except FormParserError:
        raise refusal("form-broken", _BROKEN) from None
    finally:
        form.close()
    if not form.ended:
        raise refusal("form-broken", _BROKEN)
    if not form.files:
        begin(form.fields)
        raise refusal("no-files-chosen", "Choose at least one file.")
    return form.process, form.files


def too_much() -> BusinessException:
    sentence = f"Send at most {MOST_FILES} files and {MOST_BYTES // 1_000_000} MB at once. Nothing was kept."
    return refusal(TOO_MUCH, sentence)


class _Form:
    """Fields and files as the parser meets them."""

    def __init__(self, folder: Path, begin: Begin) -> None:
        self._folder, self._begin = folder, begin
        self._headers: dict[bytes, bytes] = {}
        self._header, self._value = b"", b""
        self._field: str | None = None
        self._open: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._bytes = 0
        self.fields: dict[str, str] = {}
        self.files: list[SentFile] = []
        self.process = ""
        self.ended = False

    def callbacks(self) -> Any:
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_value,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _part_begin(self) -> None:
        self._headers = {}

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"filename" not in options:
            self._field = options.get(b"name", b"").decode("utf-8", "replace")
            self.fields[self._field] = ""
            if len(self.fields) > _MOST_FIELDS:
                raise refusal("form-broken", _BROKEN)
        elif options[b"filename"]:  # a browser sends an empty one when no file was chosen
            self._begin_file(options[b"filename"].decode("utf-8", "replace"))

    def _begin_file(self, called: str) -> None:
        self.process = self.process or self._begin(self.fields)
        if len(self.files) == MOST_FILES:
            raise too_much()
        suffix = Path(called).suffix.lower() if "\0" not in called else ""
        file = f"f-{secrets.token_hex(12)}{suffix if suffix in _SUFFIXES else ''}"
        self.files.append(SentFile(file=file, name=shown(called), size=0, digest=""))
        self._hash = hashlib.sha256()
        self._open = (self._folder / file).open("xb")

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._file_data(data[start:end])
        elif self._field is not None:
            self.fields[self._field] += data[start:end].decode("utf-8", "replace")
            if len(self.fields[self._field]) > _LONGEST_FIELD:
                raise refusal("form-broken", _BROKEN)

    def _file_data(self, data: bytes) -> None:
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            raise too_much()
        assert self._open is not None
        self._open.write(data)
        self._hash.update(data)
        self.files[-1] = replace(self.files[-1], size=self.files[-1].size + len(data))

    def _part_end(self) -> None:
        if self._open is not None:
            self.files[-1] = replace(self.files[-1], digest=self._hash.hexdigest())
        self.close()
        self._field = None

    def _end(self) -> None:
        self.ended = True


def shown(name: str) -> str:
    """A file's name for people: on one line, without folders, and without letters that turn others round."""
    plain = "".join(letter for letter in name if letter.isprintable())
    plain = plain.replace("\\", "/").rsplit("/", 1)[-1].strip()
    stem, dot, suffix = plain.rpartition(".")
    if len(plain) > _NAME_SHOWN and dot and len(suffix) < 10:
        return f"{stem[: _NAME_SHOWN - len(suffix) - 2]}….{suffix}"
    return plain[:_NAME_SHOWN] or "A file without a name"


# ---- what takes a while ---------------------------------------------------------------------
