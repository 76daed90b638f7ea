"""The dead man's ping: as long as it comes, Rekey watches. Somebody else tells people when it does not."""

from __future__ import annotations

import logging

import httpx
from pydantic import SecretStr

_SECONDS = 10.0

# It logs the address of every request, and this one may hold a token.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


async def ping(address: SecretStr) -> bool:
    """Whether it was taken. Nothing that happens there disturbs the watch."""
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as http:
            return (await http.get(address.get_secret_value())).is_success
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, OSError):
        return False
