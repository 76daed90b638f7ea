"""How Rekey is let in by a Prefect server: by name and password, and by a token against forged requests where
the server wants one."""

from __future__ import annotations

from collections.abc import Generator
from uuid import uuid4

import httpx

from .access import PrefectAccess


class PrefectDoor(httpx.Auth):
    """The token is asked for when the server first misses it, and when it ran out."""

    requires_response_body = True

    def __init__(self, access: PrefectAccess) -> None:
        self._access = access
        self._client, self._token = str(uuid4()), ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        answer = yield self._signed(request)
        if answer.status_code == httpx.codes.FORBIDDEN and "CSRF token" in answer.text:
            asking = httpx.Request(
                "GET", f"{self._access.api_address}/csrf-token", params={"client": self._client}
            )
            told = yield self._signed(asking)
            if told.is_success:
                self._token = told.json()["token"]
                yield self._signed(request)

    def _signed(self, request: httpx.Request) -> httpx.Request:
        if self._token:
            request.headers["Prefect-Csrf-Token"] = self._token
            request.headers["Prefect-Csrf-Client"] = self._client
        auth = self._access.auth
        return next(httpx.BasicAuth(*auth).auth_flow(request)) if auth else request
