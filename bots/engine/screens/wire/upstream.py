"""Connections from the wire to a target, and the one way to send what must arrive once or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import h11

from .asked import Asked
from .kernel import LOOK, mortal, prompt, unacknowledged
from .route import proxy_for, tunnel_to, tunnelled

LIMIT = 1 << 17
"""The longest head of a request or an answer, in bytes."""
_CONNECTING = 10.0
_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)


class Cut(Exception):
    """A connection ended before its answer was whole, or could not be made."""


@dataclass(kw_only=True, eq=False)
class Upstream:
    """One connection to a target, for one request after the other."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    http: h11.Connection

    @classmethod
    async def open(cls, asked: Asked, context: ssl.SSLContext | None, *, once: bool) -> Upstream:
        """`once`: for a request that must not arrive later than its connection lives: nothing is delivered
        after the connection was ended, nor after this process. Raises Cut."""
        try:
            async with asyncio.timeout(_CONNECTING):
                reader, writer = await _connected(asked, context)
        except (OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            raise Cut(f"{type(error).__name__}: {_reason(error)}") from None
        found = writer.get_extra_info("socket")
        prompt(found)
        if once:
            mortal(found)
        return cls(reader=reader, writer=writer, http=_http())

    @property
    def usable(self) -> bool:
        ends = self.reader.at_eof() or self.writer.is_closing()
        return not ends and self.http.our_state is h11.IDLE and self.http.their_state is h11.IDLE

    async def send(self, asked: Asked) -> None:
        """Raises Cut."""
        try:
            self.writer.write(self._bytes(asked))
            await self.writer.drain()
        except OSError as error:
            raise Cut(_reason(error)) from None

    async def shoot(self, asked: Asked, may_send: Callable[[], bool]) -> bool:
        """Send all but the last byte, and that one if it still may leave. False: it must not, and did not.
        Handlers that read a request's body before they do anything have done nothing without it."""
        data = self._bytes(asked)
        try:
            self.writer.write(data[:-1])
            await self._delivered()
            if not may_send():
                return False
            self.writer.write(data[-1:])
            await self.writer.drain()
        except OSError as error:
            raise Cut(_reason(error)) from None
        return True

    async def _delivered(self) -> None:
        """Until the other machine has all that was written: nothing of it lies here any more."""
        await self.writer.drain()
        found = self.writer.get_extra_info("socket")
        while self.writer.transport.get_write_buffer_size() or unacknowledged(found):
            if self.writer.is_closing() or self.reader.at_eof():
                raise ConnectionResetError("the other end went away")
            await asyncio.sleep(LOOK)

    def _bytes(self, asked: Asked) -> bytes:
        headers = [(k, v) for k, v in asked.headers if k.lower() not in _HOP | {b"content-length"}]
        if asked.body or asked.method not in ("GET", "HEAD", "OPTIONS"):
            # Never in chunks: a server that gets half of them may take what it has for all.
            headers.append((b"Content-Length", str(len(asked.body)).encode()))
        request = h11.Request(
            method=asked.method.encode(), target=asked.target.encode("latin-1"), headers=headers
        )
        parts = [self.http.send(request)]
        if asked.body:
            parts.append(self.http.send(h11.Data(data=asked.body)))
        parts.append(self.http.send(h11.EndOfMessage()))
        return b"".join(part or b"" for part in parts)

    async def event(self) -> h11.Event:
        """The next part of the answer. Raises Cut."""
        try:
            event = await next_event(self.http, self.reader)
        except (OSError, h11.RemoteProtocolError) as error:
            raise Cut(_reason(error)) from None
        if event is None or isinstance(event, h11.ConnectionClosed):
            raise Cut("the connection was closed")
        return event

    def end(self) -> None:
        """At once, and whatever was not delivered with it."""
        self.writer.transport.abort()

    def again(self) -> bool:
        """Whether another request may follow on it."""
        if self.http.our_state is h11.DONE and self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            return True
        return False


async def _connected(
    asked: Asked, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Also what is not encrypted goes through a tunnel where there is a proxy: it changes nothing of it."""
    name, _, port = asked.host.rpartition(":")
    name, proxy = name.strip("[]"), proxy_for(asked.scheme, asked.host)
    if proxy is None:
        return await asyncio.open_connection(name, int(port), ssl=context, limit=LIMIT)
    reader, writer = await asyncio.open_connection(*proxy, limit=LIMIT)
    writer.write(tunnel_to(asked.host))
    answer = await reader.readuntil(b"\r\n\r\n")
    if not tunnelled(answer.partition(b"\r\n")[0]):
        writer.transport.abort()
        raise ConnectionRefusedError(0, "the proxy on the way refused")
    if context is not None:
        await writer.start_tls(context, server_hostname=name)
    return reader, writer


def onward(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Headers without those that belong to one connection."""
    return [(key, value) for key, value in headers if key.lower() not in _HOP]


async def next_event(http: h11.Connection, reader: asyncio.StreamReader) -> h11.Event | None:
    """The next part of what the other end says; None: it may say no more for now."""
    while True:
        event = http.next_event()
        if isinstance(event, h11.Event):
            return event
        if event is h11.PAUSED:
            return None
        http.receive_data(await reader.read(1 << 16))


def _http() -> h11.Connection:
    return h11.Connection(h11.CLIENT, max_incomplete_event_size=LIMIT)


def _reason(error: BaseException) -> str:
    with contextlib.suppress(Exception):
        if isinstance(error, ssl.SSLError):
            return str(error.reason or error)
        if isinstance(error, OSError) and error.strerror:
            return error.strerror
    return str(error) or type(error).__name__
