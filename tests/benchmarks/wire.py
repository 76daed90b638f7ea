"""Pages through the wire against the same browser without it: one page, and one with files that it keeps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Page

from bots.engine.core.points import pass_by
from bots.engine.screens.browser import Browser
from bots.engine.screens.wire.policy import Policy
from bots.engine.screens.wire.wire import Wire
from tests.benchmarks.timing import Stopwatch

_FILES = 20
_WARM = 10
"""Loads that are not counted: files are fetched, and connections made."""
_SCRIPTS = "".join(f"<script src=/file-{number}.js></script>" for number in range(_FILES))
_TEXT = "<p>A line of a page.</p>" * 50
_PAGES = {
    "/one": f"<!doctype html><h1>One</h1>{_TEXT}",
    "/many": f"<!doctype html><h1>Many</h1>{_SCRIPTS}{_TEXT}",
}
_SCRIPT = "var line = 1;\n" * 50


async def run(items: int = 70) -> dict[str, Any]:
    """`items` loads of each page each way, alternating."""
    async with a_server() as url, both_ways(url) as pages:
        watches: dict[str, dict[str, Stopwatch]] = {}
        for path in _PAGES:
            watches[path] = {way: Stopwatch(f"{path[1:]} {way}") for way in pages}
            for number in range(_WARM + items):
                for way, page in pages.items():
                    with watches[path][way].timed():
                        await page.goto(url + path, wait_until="load")
                    if number < _WARM:
                        watches[path][way].times.clear()
    return {
        "rows": [watch.row() for ways in watches.values() for watch in ways.values()],
        "ratios": {
            f"{path[1:]}: wire/bare": round(ways["wire"].median / ways["bare"].median, 3)
            for path, ways in watches.items()
        },
    }


@contextlib.asynccontextmanager
async def both_ways(url: str) -> AsyncIterator[dict[str, Page]]:
    """A page of one browser without the wire, and one with it."""
    wire = Wire(pass_by)
    browser = await Browser.start(None, "benchmark", wire.pin)
    door = await wire.door(Policy(base_url=url, saves=()))
    try:
        bare, wired = await browser.context(), await browser.context(door.port)
        yield {"bare": await bare.new_page(), "wire": await wired.new_page()}
    finally:
        await browser.close()
        await door.close()


@contextlib.asynccontextmanager
async def a_server() -> AsyncIterator[str]:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            page = _PAGES.get(head.split(b" ")[1].decode())
            kind = "text/html" if page else "text/javascript\r\nCache-Control: max-age=600"
            body = (page or _SCRIPT).encode()
            start = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(start.encode() + body)
            await writer.drain()
    writer.close()
