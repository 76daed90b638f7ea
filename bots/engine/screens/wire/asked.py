"""One request of a page, as it came to the wire: whole, before a byte of it is sent on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_PORTS = {"http": 80, "https": 443}
FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"


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
    def kind(self) -> str:
        """What the browser wants it for: `document`, `image`, `empty` for a script's own, ..."""
        return self.header("sec-fetch-dest")

    @cached_property
    def form(self) -> Sequence[tuple[str, str]] | None:
        """The controls of a form that was sent, in their order; None: it cannot be read as one."""
        content = _content(self.header("content-type"))
        if content.get_content_type() == FORM:
            return _pairs(self.body)
        if content.get_content_type() == MULTIPART:
            return _parts(self.body, str(content.get_param("boundary", "")))
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


def _pairs(body: bytes) -> Sequence[tuple[str, str]] | None:
    try:
        text = body.decode("ascii")
        return tuple(parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text)))
    except ValueError:
        return None


def _parts(body: bytes, boundary: str) -> Sequence[tuple[str, str]] | None:
    """Controls of a multipart form; a file stands for itself by its name."""
    found = []
    for part in body.split(b"--" + boundary.encode("latin-1", "replace"))[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        fields = _fields(head)
        name = fields.get("name")
        if name is None:
            return None
        value = fields.get("filename", content.removesuffix(b"\r\n").decode("utf-8", "replace"))
        found.append((name, value))
    return tuple(found)


def _fields(head: bytes) -> Mapping[str, str]:
    """Parameters of a part's Content-Disposition, as Chromium writes them."""
    for line in head.decode("utf-8", "replace").split("\r\n"):
        key, _, value = line.partition(":")
        if key.lower() == "content-disposition":
            message = Message()
            message["content-disposition"] = value.strip()
            given = message.get_params(header="content-disposition") or []
            return dict(given)
    return {}
