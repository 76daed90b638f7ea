"""One port on loopback for one browser context: every byte between it and a target passes here."""

from __future__ import annotations

import asyncio
import ssl
from collections import Counter

import h11

from ...core.points import OnPoint, Point
from .asked import Asked, netloc
from .authority import Authority
from .kernel import begins_with
from .passage import Passage
from .peers import Peers
from .policy import PASSIVE, Policy, Verdict
from .upstream import LIMIT, Cut, Upstream, next_event, onward

_LARGEST = 64 << 20
"""Bytes of one request: a form with its documents."""
_HANDSHAKE = 10.0
_HTTP, _HTTPS = "http", "https"
_KEEPING = frozenset((b"cache-control", b"expires", b"pragma", b"age"))
_BY_SCRIPT = "empty"
"""The `Sec-Fetch-Dest` of what fetch and XMLHttpRequest ask for."""
_TLS = b"\x16"
"""How a handshake of TLS begins."""


class _Over(Exception):
    """The browser's end of a connection has ended, or speaks no HTTP."""


class Door:
    """Lets out what its policy lets out. It dies with its process; without it the browser sends nothing."""

    def __init__(
        self,
        *,
        policy: Policy,
        authority: Authority,
        upstream: ssl.SSLContext,
        peers: Peers,
        on_point: OnPoint,
    ) -> None:
        """`upstream`: whose certificates are believed when a target shows one."""
        self.policy = policy
        self._authority = authority
        self._context = upstream
        self._peers = peers
        self._on_point = on_point
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._upstreams: set[Upstream] = set()
        self.fetching: Counter[str] = Counter()
        """Requests of a page's scripts that are on their way, by path: what they bring may change what it
        shows."""

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._came, "127.0.0.1", 0, limit=LIMIT)

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Nothing passes any more, and nothing that was not delivered ever arrives."""
        if self._server is None:
            return
        self._server.close()
        for upstream in list(self._upstreams):
            upstream.end()
        for writer in list(self._writers):
            writer.transport.abort()
        running = list(self._open)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    # ---- one connection of the browser ------------------------------------------------------
    def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        visit = _Visit(self, reader, writer)
        try:
            if self._peers.ours(writer.get_extra_info("peername")[1], self.port):
                await visit.serve()
        except (_Over, Cut, OSError, h11.LocalProtocolError):
            writer.transport.abort()  # the browser went away, or its answer broke off in the middle
        finally:
            visit.end()
            writer.close()
            self._writers.discard(writer)

    def certificate(self, host: str) -> ssl.SSLContext:
        return self._authority.context(host.rpartition(":")[0].strip("[]"))

    async def upstream(self, asked: Asked, *, once: bool) -> Upstream:
        context = self._context if asked.scheme == _HTTPS else None
        made = await Upstream.open(asked, context, once=once)
        self._upstreams.add(made)
        return made

    def drop(self, upstream: Upstream) -> None:
        upstream.end()
        self._upstreams.discard(upstream)

    def sending(self) -> None:
        self._on_point(Point.SENDING)

    def answered(self) -> None:
        self._on_point(Point.ANSWERED)


class _Visit:
    """One connection of the browser, and those that it led to."""

    def __init__(self, door: Door, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._door = door
        self._reader = reader
        self._writer = writer
        self._http = _http()
        self._tunnel: tuple[str, str] | None = None  # scheme and host
        self._kept: dict[tuple[str, str], Upstream] = {}

    async def serve(self) -> None:
        while True:
            request = await self._event()
            if not isinstance(request, h11.Request):
                return
            if request.method == b"CONNECT":
                await self._tunnelled(request)
                continue
            asked = await self._asked(request)
            await self._answer(asked)
            if h11.MUST_CLOSE in (self._http.our_state, self._http.their_state):
                return
            if self._http.our_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def end(self) -> None:
        for upstream in self._kept.values():
            self._door.drop(upstream)
        self._kept.clear()

    async def _event(self) -> h11.Event | None:
        try:
            return await next_event(self._http, self._reader)
        except h11.RemoteProtocolError:
            raise _Over from None

    async def _tunnelled(self, request: h11.Request) -> None:
        name, _, port = request.target.decode("latin-1").rpartition(":")
        host = netloc("", name, int(port))
        await self._event()
        # Nothing is read before we know what it is: a WebSocket without TLS comes through a tunnel as well.
        transport = self._writer.transport
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        await self._send(h11.Response(status_code=200, headers=[]))
        secure = await begins_with(self._writer.get_extra_info("socket"), _TLS, _HANDSHAKE)
        transport.resume_reading()
        if secure:
            await self._writer.start_tls(self._door.certificate(host), ssl_handshake_timeout=_HANDSHAKE)
        self._tunnel = (_HTTPS if secure else _HTTP, host)
        self._http = _http()

    async def _asked(self, request: h11.Request) -> Asked:
        target = request.target.decode("latin-1")
        if self._tunnel is not None:
            scheme, host = self._tunnel
        else:
            scheme, _, rest = target.partition("://")
            found, slash, path = rest.partition("/")
            name, _, port = found.partition(":") if "]" not in found else found.rpartition(":")
            host, target = netloc(scheme, name, int(port) if port else None), slash + path or "/"
        parts, size = [], 0
        while not isinstance(event := await self._event(), h11.EndOfMessage):
            if not isinstance(event, h11.Data):
                raise _Over
            size += len(event.data)
            if size > _LARGEST:
                raise _Over
            parts.append(bytes(event.data))
        return Asked(
            method=request.method.decode("latin-1"),
            scheme=scheme,
            host=host,
            target=target,
            headers=tuple(request.headers.raw_items()),
            body=b"".join(parts),
        )

    # ---- answering --------------------------------------------------------------------------
    async def _answer(self, asked: Asked) -> None:
        policy = self._door.policy
        verdict, passage = policy.judge(asked), policy.passage
        if verdict is Verdict.STOPPED:
            await self._refuse(403, "Rekey stopped this request: no screen map declares it.")
        elif verdict is Verdict.DECLARED and passage is not None:
            await self._shoot(asked, passage, passage.take())  # nothing was waited for since it was judged
        elif asked.kind == _BY_SCRIPT:
            self._door.fetching[asked.path] += 1
            try:
                await self._pass(asked, passage)
            finally:
                self._door.fetching -= Counter([asked.path])
        else:
            await self._pass(asked, passage)

    async def _pass(self, asked: Asked, passage: Passage | None) -> None:
        """Nothing is ever sent a second time, by us or by the browser: a broken answer is said as one."""
        key = (asked.scheme, asked.host)
        kept = self._kept.pop(key, None)
        if kept is not None and not kept.usable:
            self._door.drop(kept)
            kept = None
        try:
            upstream = kept or await self._door.upstream(asked, once=passage is not None)
        except Cut as cut:
            await self._broke(asked, cut)
            return
        try:
            await upstream.send(asked)
            first = await self._first(upstream)
            self._door.policy.answered(asked, first.status_code)
            await self._relay(asked, upstream, first)
        except Cut as cut:
            self._door.drop(upstream)
            await self._broke(asked, cut)
            return
        except BaseException:
            self._door.drop(upstream)
            raise
        if upstream.again():
            self._kept[key] = upstream
        else:
            self._door.drop(upstream)

    async def _shoot(self, asked: Asked, passage: Passage, number: int) -> None:
        """One shot, on a connection of its own that is reset when it ends."""
        self._door.sending()
        if not passage.open():
            await self._late(asked)
            return
        if not passage.holds_what_was_meant(asked, number):
            passage.broke("other-values")
            await self._refuse(403, "Rekey stopped this request: it holds what nobody meant to save.")
            return
        try:
            upstream = await self._door.upstream(asked, once=True)
        except Cut as cut:
            passage.broke("unreachable")
            await self._broke(asked, cut)
            return
        noted = passage.open() and await passage.leaves(asked, number)
        if not (noted and passage.open()):  # the store may have been slow
            self._door.drop(upstream)
            if noted:
                await passage.ended(asked, number, None)
            await self._late(asked)
            return
        passage.left += 1
        status = None
        try:
            async with asyncio.timeout(passage.patience):
                if not await upstream.shoot(asked, passage.open):
                    await passage.ended(asked, number, None)
                    await self._late(asked)
                    return
                first = await self._first(upstream)
            status = first.status_code
            self._door.answered()
            passage.ends(asked, number, status)
            await self._relay(asked, upstream, first)
        except (Cut, TimeoutError) as cut:
            passage.broke("connection")
            if status is None:
                await passage.ended(asked, number, None)
            await self._broke(asked, cut)
        finally:
            self._door.drop(upstream)

    async def _late(self, asked: Asked) -> None:
        self._door.policy.stop(asked, "late")
        await self._refuse(403, "Rekey stopped this request: it came too late.")

    async def _first(self, upstream: Upstream) -> h11.Response:
        while True:
            event = await upstream.event()
            if isinstance(event, h11.Response):
                return event

    async def _broke(self, asked: Asked, why: Exception) -> None:
        """Said in an answer: a browser whose connection was closed without one would send it again."""
        self._door.policy.answered(asked, 0)
        if self._http.our_state is not h11.SEND_RESPONSE:
            raise _Over  # it had begun to answer
        await self._refuse(502, f"The connection to {asked.host} broke ({why}).")

    async def _relay(self, asked: Asked, upstream: Upstream, first: h11.Response) -> None:
        headers = onward(first.headers.raw_items())
        if asked.kind not in PASSIVE:
            # What a page shows is asked for each time: a search of five minutes ago proves nothing.
            headers = [(key, value) for key, value in headers if key.lower() not in _KEEPING]
            headers.append((b"Cache-Control", b"no-store"))
        await self._send(h11.Response(status_code=first.status_code, reason=first.reason, headers=headers))
        while not isinstance(event := await upstream.event(), h11.EndOfMessage):
            if isinstance(event, h11.Data):
                await self._send(event)
        await self._send(h11.EndOfMessage())

    async def _refuse(self, status: int, sentence: str) -> None:
        body = sentence.encode()
        headers = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ]
        await self._send(h11.Response(status_code=status, reason=b"Rekey", headers=headers))
        await self._send(h11.Data(data=body))
        await self._send(h11.EndOfMessage())

    async def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._writer.write(data)
            await self._writer.drain()


def _http() -> h11.Connection:
    return h11.Connection(h11.SERVER, max_incomplete_event_size=LIMIT)
