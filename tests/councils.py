"""Demo councils for tests: one process serves them all, each in a folder and on ports of its own.

    python -m tests.councils

reads one request a line (`{"open": [option, ...]}` or `{"close": ADDRESS}`), answers each with the council's
addresses, and ends with its input.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from bots.engine.settings import ROOT
from fixtures.council import database
from fixtures.council.__main__ import council_of, parser


class Councils:
    """The serving process; it is started when it is first asked, and again if it is gone."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    @asynccontextmanager
    async def open(self, *options: str) -> AsyncIterator[dict[str, Any]]:
        """A council with the options of `python -m fixtures.council`; yields its addresses."""
        addresses = await asyncio.to_thread(self._ask, {"open": options})
        try:
            yield addresses
        finally:
            await asyncio.to_thread(self._ask, {"close": addresses["control"]})

    def _ask(self, request: dict[str, Any]) -> Any:
        with self._turn:
            stdin, stdout = self._pipes()
            stdin.write(json.dumps(request) + "\n")
            stdin.flush()
            answer = stdout.readline()
        assert answer, "the process that serves the councils ended"
        return json.loads(answer)

    def _pipes(self) -> tuple[Any, Any]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                (sys.executable, "-m", "tests.councils"),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            atexit.register(self._process.wait, 30)
            atexit.register(self._process.stdin.close)  # type: ignore[union-attr]
        return self._process.stdin, self._process.stdout


COUNCILS = Councils()


async def serve() -> None:
    database.SYNCHRONOUS = "OFF"
    opened: dict[str, tuple[AsyncExitStack, dict[str, Any]]] = {}
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        if "open" in request:
            stack = AsyncExitStack()
            council = await stack.enter_async_context(council_of(parser().parse_args(request["open"])))
            addresses = council.as_json()
            opened[council.control] = stack, addresses
        else:
            stack, addresses = opened.pop(request["close"])
            await stack.aclose()
        print(json.dumps(addresses), flush=True)
    for stack, _ in opened.values():
        await stack.aclose()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
