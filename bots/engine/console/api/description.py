"""What programs may do here, as an OpenAPI description. It is for whoever has a token or is signed in."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.responses import JSONResponse, Response

from ..web.context import Desk

_ABOUT = (
    "The console for programs. Each acts in the name of the person whose token it has, and may do no more "
    "than that person, and no more than the token is for. A decision names the item as it was seen: if "
    "somebody changed it meanwhile, nothing is done, and the code is `changed-meanwhile`."
)
_TOKEN = "Made in the console, under API tokens, or with `rekey people token`."


async def show(request: Request, desk: Desk) -> Response:
    return JSONResponse(described(request.app))


def described(app: FastAPI) -> dict[str, Any]:
    # Pages are plain routes: these alone are for programs.
    routes = [one for one in app.router.routes if isinstance(one, APIRoute)]
    found = get_openapi(title="Rekey", version="1", description=_ABOUT, routes=routes)
    scheme = {"type": "http", "scheme": "bearer", "description": _TOKEN}
    return {**found, "components": {**found["components"], "securitySchemes": {"token": scheme}}}
