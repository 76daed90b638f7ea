"""One request of a page, as it came to the wire: whole, before a byte of it is sent on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_PORTS = {"http": 80, "https": 443}
FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"


_NAME, _FILE = re.compile(r'[; ]name="([^"]*)"'), re.compile(r'filename="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Part:
    """A file in a form."""

    name: str
    content: bytes = field(repr=False)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, kw_only=True)
class Asked:
    """`host` with its port; `target`: path and query as they are sent; `headers` in their order."""

    method: str
    scheme: str
    host: str
    target: str
    headers: Sequence[tuple[bytes, bytes]]
    body: bytes = b""

    @property
    def path(self) -> str:
        """Without a session's number behind a semicolon."""
        return urlsplit(self.target).path.partition(";")[0]

    @cached_property
    def query(self) -> Sequence[tuple[str, str]]:
        return tuple(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def header(self, name: str) -> str:
        wanted = name.lower().encode()
        found = (value for key, value in self.headers if key.lower() == wanted)
        return next(found, b"").decode("latin-1")

    @property
    def socket(self) -> bool:
        """It asks for a WebSocket."""
        return self.header("upgrade").lower() == "websocket"

    @property
    def verb(self) -> str:
        """As maps name it: a WebSocket is asked for by a GET, and is none."""
        return "WEBSOCKET" if self.socket else self.method

    @property
    def kind(self) -> str:
        """What the browser wants it for: `document`, `image`, `empty` for a script's own, ..."""
        return self.header("sec-fetch-dest")

    @cached_property
    def form(self) -> Sequence[tuple[str, str]] | None:
        """The controls of a form that was sent, in their order; None: it cannot be read as one. A file stands
        for itself by its name."""
        pairs = self.pairs("utf-8")
        return None if pairs is None else [(name, str(value)) for name, value in pairs]

    def pairs(self, charset: str) -> Sequence[tuple[str, str | Part]] | None:
        """The same with files. `charset`: of the page."""
        content = _content(self.header("content-type"))
        if content.get_content_type() == FORM:
            return _pairs(self.body, charset)
        if content.get_content_type() == MULTIPART:
            return _parts(self.body, str(content.get_param("boundary", "")), charset)
        return None

    @cached_property
    def json(self) -> Any:
        """None: it is none."""
        try:
            return json.loads(self.body) if self.body else None
        except ValueError:
            return None


def netloc(scheme: str, host: str, port: int | None) -> str:
    return f"{host.lower()}:{port or _PORTS.get(scheme, 0)}"


def _content(header: str) -> Message:
    message = Message()
    message["content-type"] = header or "application/octet-stream"
    return message


def _pairs(body: bytes, charset: str) -> Sequence[tuple[str, str]] | None:
    try:
        text = body.decode("ascii")
        strict = bool(text)
        return tuple(parse_qsl(text, keep_blank_values=True, strict_parsing=strict, encoding=charset))
    except (ValueError, LookupError):
        return None


def _parts(body: bytes, boundary: str, charset: str) -> Sequence[tuple[str, str | Part]] | None:
    """Controls of a form in parts, as browsers write them."""
    found: list[tuple[str, str | Part]] = []
    for part in body.split(b"--" + boundary.encode("latin-1", "replace"))[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode(charset, "replace")
        name, file = _NAME.search(text), _FILE.search(text)
        if name is None:
            return None
        content = content.removesuffix(b"\r\n")
        value = (
            Part(name=_plain(file.group(1)), content=content) if file else content.decode(charset, "replace")
        )
        found.append((_plain(name.group(1)), value))
    return tuple(found)


def _plain(quoted: str) -> str:
    return quoted.replace("%22", '"').replace("%0D%0A", "\r\n")
