"""What stands in for people's mail and their web hook: real servers on this machine that keep what comes."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

_ANSWER = "HTTP/1.1 {} .\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_END = b"\r\n.\r\n"


@dataclass(kw_only=True)
class Mail:
    """A mail server that takes everything, or nothing when it is told to `refuse`."""

    port: int
    refuse: bool = False
    came: list[EmailMessage] = field(default_factory=list)
    took: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return (
            f"mailto://127.0.0.1:{self.port}?from=rekey@council.example&to=ict@council.example&mode=insecure"
        )

    @property
    def titles(self) -> list[str]:
        return [str(one["Subject"]) for one in self.came]

    @property
    def text(self) -> str:
        parts = [part for one in self.came for part in one.walk() if part.get_content_maintype() == "text"]
        return "\n".join([*self.titles, *(part.get_content() for part in parts)])


@dataclass(kw_only=True)
class Hook:
    """A web hook that answers with a status, after it waited for `free`."""

    port: int
    status: int = 200
    came: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    free: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook/t0ken-in-the-path"

    @property
    def titles(self) -> list[str]:
        return [one["title"] for one in self.came]

    @property
    def text(self) -> str:
        return "\n".join(json.dumps(one) for one in self.came)


@asynccontextmanager
async def a_mail() -> AsyncIterator[Mail]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _converse(mail, reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    mail = Mail(port=server.sockets[0].getsockname()[1])
    async with server:
        yield mail


async def _converse(mail: Mail, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"554 no\r\n" if mail.refuse else b"220 catcher\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        if verb == b"DATA":
            writer.write(b"354 go on\r\n")
            body = await reader.readuntil(_END)
            found = message_from_bytes(body.removesuffix(_END), policy=policy.default)
            assert isinstance(found, EmailMessage)
            mail.came.append(found)
            mail.took.set()
        writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
        await writer.drain()
        if verb == b"QUIT":
            return


@asynccontextmanager
async def a_hook() -> AsyncIterator[Hook]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"(?i)content-length: *(\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            await hook.free.wait()
            hook.asked.append(head.splitlines()[0])
            if hook.status < 400 and body:
                hook.came.append(json.loads(body))
            writer.write(_ANSWER.format(hook.status).encode())
            hook.answered.set()
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    hook = Hook(port=server.sockets[0].getsockname()[1])
    hook.free.set()
    async with server:
        yield hook
        hook.free.set()
