"""What may leave: what a map declares, and what only reads. Everything else is stopped.

Nothing becomes harmless by having been seen.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from ...core.errors import RequestStopped
from .asked import Asked, netloc
from .declared import RequestMap
from .masking import masked
from .passage import Passage

_READING = ("GET", "HEAD", "OPTIONS")
PASSIVE = ("image", "style", "script", "font", "track", "manifest")
"""What a page is made of: never the answer to a save."""
_PAGES = ("document", "frame", "iframe")
_ERRORS = 500


class Verdict(StrEnum):
    HARMLESS = "harmless"  # it reads, or its map says that it changes nothing
    DECLARED = "declared"  # the request of a commit whose turn it is
    STOPPED = "stopped"


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """A request that did not leave. `why`: `unasked` (it saves, and nobody asked for it), `repeated`,
    `late`, or `undeclared`. No person's data: what might be some is taken out of the path."""

    why: str
    method: str
    path: str
    host: str | None = None
    page: str = ""
    """The address of the page that sent it, where it says so: it stays in this process."""

    @property
    def line(self) -> str:
        """What would declare it, in the language of the maps."""
        host = f", host: {json.dumps(self.host)}" if self.host else ""
        return f"{{method: {self.method}, path: {json.dumps(self.path)}{host}}}"

    def error(self, system: str) -> RequestStopped:
        """For the automation team."""
        what = "that no map declares" if self.why == "undeclared" else "that saves, and nobody asked for it"
        sent = f"A page of {system} sent a request {what}; it was stopped ({self.method} {self.path})."
        line = f" If it changes nothing, add to harmless in {system}/system.yaml: - {self.line}"
        return RequestStopped("request-stopped", sent + (line if self.why == "undeclared" else ""))


class Rehearsal:
    """While it lasts nothing leaves but what reads or is harmless; the rest is kept to be looked at."""

    def __init__(self) -> None:
        self.seen: list[Asked] = []
        self._came = asyncio.Event()

    def add(self, asked: Asked) -> None:
        self.seen.append(asked)
        self._came.set()

    async def until(self, wanted: Callable[[Asked], bool], seconds: float) -> None:
        """Until such a one was seen, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not any(wanted(asked) for asked in self.seen):
                    self._came.clear()
                    await self._came.wait()


@dataclass(kw_only=True)
class SigningIn:
    """The one request that carries these secrets. `status`: how it was answered, or the page to which it led,
    0 when the connection broke; None: it was not sent, or is not answered yet."""

    secrets: tuple[str, ...]
    request: Asked | None = None
    status: int | None = None

    def is_(self, asked: Asked) -> bool:
        if self.request is not None or asked.method != "POST":
            return False
        given = [value for _, value in asked.form] if asked.form is not None else list(_leaves(asked.json))
        return all(secret in given for secret in self.secrets)

    @property
    def failed(self) -> bool:
        """The system was not well: that says nothing of the password."""
        return self.status is not None and (self.status == 0 or self.status >= _ERRORS)


@dataclass(kw_only=True)
class Policy:
    """Of one session. `base_url`: of its system; `saves`: of all its screens; `passage`: of the commit that
    is under way; `signing_in`: while the name and the password are given."""

    base_url: str
    saves: Sequence[RequestMap]
    harmless: Sequence[RequestMap] = ()
    passage: Passage | None = None
    signing_in: SigningIn | None = None
    rehearsal: Rehearsal | None = None
    stopped: list[Stopped] = field(default_factory=list)

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        self.host = netloc(parts.scheme, parts.hostname or "", parts.port)
        self.base = parts.path.rstrip("/")

    def judge(self, asked: Asked) -> Verdict:
        """May be asked once for each request: what is stopped is written down."""
        if self.rehearsal is not None:
            return self._rehearsed(asked, self.rehearsal)
        if asked.socket:  # also a declared one: nobody can tell what its frames do
            return Verdict.STOPPED if self._any(self.harmless, asked) else self.stop(asked, "undeclared")
        passage = self.passage
        if passage is not None and passage.due is not None and self._is(passage.due, asked):
            return Verdict.DECLARED
        if self._any(self.saves, asked):
            return self.stop(asked, "unasked" if passage is None or not passage.taken else "repeated")
        if self._any(self.harmless, asked) or self._signs_in(asked):
            return Verdict.HARMLESS
        if asked.method in _READING:
            if passage is not None and (asked.query or asked.kind not in PASSIVE):
                passage.others += 1
            return Verdict.HARMLESS
        return self.stop(asked, "undeclared")

    def _rehearsed(self, asked: Asked, rehearsal: Rehearsal) -> Verdict:
        known = self._any(self.harmless, asked)
        reads = asked.verb in _READING and not self._any(self.saves, asked)
        if reads or (known and not asked.socket):
            return Verdict.HARMLESS
        if not known:
            rehearsal.add(asked)
        return Verdict.STOPPED

    def stop(self, asked: Asked, why: str) -> Verdict:
        host = asked.host if asked.host != self.host else None
        path = masked(asked.path.removeprefix(self.base))
        page = asked.header("referer")
        self.stopped.append(Stopped(why=why, method=asked.verb, path=path, host=host, page=page))
        if self.passage is not None:
            self.passage.broke({"undeclared": "other-request", "late": "stopped"}.get(why, why))
        return Verdict.STOPPED

    def undeclared(self, since: int) -> Sequence[Stopped]:
        return [one for one in self.stopped[since:] if one.why == "undeclared"]

    def _any(self, wanted: Iterable[RequestMap], asked: Asked) -> bool:
        return any(self._is(one, asked) for one in wanted)

    def _is(self, wanted: RequestMap, asked: Asked) -> bool:
        if wanted.host is None:
            return asked.host == self.host and wanted.is_(asked, self.base)
        name, _, port = wanted.host.partition(":")
        host = netloc(asked.scheme, name, int(port) if port else None)
        return asked.host == host and wanted.is_(asked, "")

    def _signs_in(self, asked: Asked) -> bool:
        """It carries the name and the password that were just typed. Once: a second time is no sign-in."""
        signing_in = self.signing_in
        if signing_in is None or asked.host != self.host or not signing_in.is_(asked):
            return False
        signing_in.request = asked
        return True

    def answered(self, asked: Asked, status: int) -> None:
        """`status` 0: its connection broke."""
        signing_in = self.signing_in
        if signing_in is None or signing_in.request is None:
            return
        if signing_in.request is asked or asked.kind in _PAGES:
            signing_in.status = status


def _leaves(value: object) -> Iterable[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _leaves(one)
    elif isinstance(value, str):
        yield value
