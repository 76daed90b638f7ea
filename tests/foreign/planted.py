"""What pages of real systems send by themselves: planted into every page of an application, from outside."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX = "/planted/"
TOKEN = "page_token"
HARMLESS: list[dict[str, Any]] = [
    {"path": "/planted/beacon"},
    {"path": "/planted/analytics"},
    {"path": "/planted/alive"},
    {"path": "/planted/chat", "method": "WEBSOCKET"},
]
"""The lines that declare it all, as a rehearsal writes them."""
_SCRIPT = """<script>(() => {
  if (window.top !== window) return;
  const say = (what) => navigator.sendBeacon('/planted/beacon', what);
  say('here');
  addEventListener('pagehide', () => say('gone'));
  const json = {method: 'POST', headers: {'Content-Type': 'application/json'}};
  fetch('/planted/analytics', {...json, body: JSON.stringify({page: location.pathname})}).catch(() => 0);
  const alive = () => fetch('/planted/alive', {method: 'POST'}).catch(() => 0);
  alive();
  setInterval(alive, 2000);
  const poll = () => fetch('/planted/poll').then(() => setTimeout(poll, 50), () => setTimeout(poll, 1000));
  poll();
  const chat = () => {
    new WebSocket('ws://' + location.host + '/planted/chat').onclose = () => setTimeout(chat, 1000);
  };
  chat();
  navigator.serviceWorker?.register('/planted/worker.js').catch(() => 0);
})()</script>"""
_FORM = re.compile(rb"<form\b(?:[^>\"']|\"[^\"]*\"|'[^']*')*>", re.IGNORECASE)
_POSTS = re.compile(rb"\bmethod=[\"']?post\b", re.IGNORECASE)
_SENT = re.compile(rb"page_token\"?(?:=|\r\n\r\n)([0-9a-f]{32})")
_HELD = 10.0
"""Seconds for which a long poll is held."""


class Planted:
    """An ASGI application before another one. `seen`: what reached it, by the end of its path."""

    def __init__(self, inner: Asgi) -> None:
        self._inner = inner
        self._tokens: set[bytes] = set()
        self.seen: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._inner(scope, receive, send)
        elif scope["type"] == "websocket":
            self.seen["sockets"] += 1
            await send({"type": "websocket.close"})
        elif scope["path"].startswith(PREFIX):
            await self._benign(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _benign(self, scope: Scope, receive: Receive, send: Send) -> None:
        what = scope["path"].removeprefix(PREFIX)
        await _body(receive)
        self.seen[what] += 1
        answer = b""
        if what == "poll":
            await asyncio.sleep(_HELD)
        elif what == "seen":
            answer = json.dumps(self.seen).encode()
        elif what == "worker.js":
            answer = b"addEventListener('fetch', () => fetch('/planted/worker', {method: 'POST'}))"
        kind = b"text/javascript" if what == "worker.js" else b"application/json"
        await _answer(send, 200, answer, kind)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if scope["method"] == "POST":
            self.seen["posts"] += 1
        sent = _SENT.search(body)
        if sent is not None and sent.group(1) not in self._tokens:
            self.seen["forged"] += 1
            await _answer(send, 409, b"This page's token is of another page.", b"text/plain")
            return
        plain = [(key, value) for key, value in scope["headers"] if key != b"accept-encoding"]
        held = _Held(send, self._with_traffic)
        await self._inner({**scope, "headers": plain}, _again(body, receive), held)

    def _with_traffic(self, page: bytes) -> bytes:
        token = secrets.token_hex(16).encode()
        self._tokens.add(token)
        hidden = b'<input type="hidden" name="' + TOKEN.encode() + b'" value="' + token + b'">'
        page = _FORM.sub(lambda f: f.group(0) + (hidden if _POSTS.search(f.group(0)) else b""), page)
        head, end, tail = page.rpartition(b"</body>")
        return head + _SCRIPT.encode() + end + tail if end else page


class _Held:
    """Passes answers on; a page is held until it is whole, and changed."""

    def __init__(self, send: Send, change: Callable[[bytes], bytes]) -> None:
        self._send = send
        self._change = change
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {key.lower(): value for key, value in message["headers"]}
            if headers.get(b"content-type", b"").startswith(b"text/html"):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        page, start = self._change(self._body), self._start
        headers = [(key, value) for key, value in start["headers"] if key.lower() != b"content-length"]
        length = (b"content-length", str(len(page)).encode())
        await self._send({**start, "headers": [*headers, length]})
        await self._send({"type": "http.response.body", "body": page})


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    given = False

    async def give() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


async def _answer(send: Send, status: int, body: bytes, kind: bytes) -> None:
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
