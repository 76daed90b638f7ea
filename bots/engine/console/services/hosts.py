"""The names under which the console is reached. What a request says of itself is compared with them, and
never used: links that lead here are made of the declared address alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import Scope

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""This machine, and whoever has a tunnel to it: there the port may be any."""


class Hosts:
    """`declared`: the names of the settings, the console's own address first; none: this machine's."""

    def __init__(self, declared: Sequence[str] = (), *, tls: bool = False) -> None:
        self._declared = [one.lower() for one in declared]
        self._scheme = "https" if tls else "http"

    def know(self, headers: Headers) -> bool:
        """Whether a request came under our names only, whoever says so: its sender or a proxy."""
        said = headers.getlist("host")
        forwarded = [one for several in headers.getlist("x-forwarded-host") for one in several.split(",")]
        return len(said) == 1 and all(self._known(one.strip().lower()) for one in (*said, *forwarded))

    def _known(self, said: str) -> bool:
        known = self._declared or LOOPBACK
        return said in known or _without_port(said) in known

    def address(self, scope: Scope) -> str:
        """Of the console, without a path. `scope`: of any request; its sender has no say in it."""
        if self._declared:
            return f"{self._scheme}://{self._declared[0]}"
        host, port = scope["server"]
        return f"{self._scheme}://{host}:{port}"


def _without_port(said: str) -> str | None:
    try:
        parts = urlsplit(f"//{said}")
        port = parts.port
    except ValueError:
        return None
    return said if port is None else said.removesuffix(f":{said.rpartition(':')[2]}")
