"""What programs are told that may not come in: as RFC 6750 wants it of a bearer's token."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from ..web.request import NoToken, OtherScope

LOG = logging.getLogger("rekey.console")
_REALM = 'Bearer realm="Rekey"'


def add_to(app: FastAPI) -> None:
    async def no_token(request: Request, error: Exception) -> Response:
        assert isinstance(error, NoToken)
        wrong = ', error="invalid_token"' if error.code == "wrong-token" else ""
        return _told(401, error, f"{_REALM}{wrong}")

    async def other_scope(request: Request, error: Exception) -> Response:
        assert isinstance(error, OtherScope)
        LOG.warning("%s refused: %s %r", request.state.person.id, error.code, request.url.path)
        scopes = " ".join(error.detail["scopes"])
        return _told(403, error, f'{_REALM}, error="insufficient_scope", scope="{scopes}"')

    app.add_exception_handler(NoToken, no_token)
    app.add_exception_handler(OtherScope, other_scope)


def _told(status: int, error: NoToken | OtherScope, challenge: str) -> Response:
    found = {"code": error.code, "sentence": error.sentence}
    return JSONResponse(found, status_code=status, headers={"WWW-Authenticate": challenge})
