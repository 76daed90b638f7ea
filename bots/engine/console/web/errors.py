"""What stands around every page: security headers, styles, and a page for everything that goes wrong."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from dataclasses import dataclass, replace
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...settings import ROOT
from ..services.headers import SecurityHeaders
from ..services.rendering import Pages

LOG = logging.getLogger("rekey.console")
_LETTERS = "34679CDFGHJKMNPQRTVWXY"
"""For references that are read out on the telephone: nothing looks like something else, no words."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What happened and what to do, in words for staff. `code` is for programs."""

    code: str
    title: str
    happened: str
    advice: tuple[str, ...]


_BACK = "Go back, put it right and try again."
_TELL = "If it happens again, tell your administrator what you were doing."
TROUBLES = {
    400: Trouble(
        code="unusable",
        title="This request cannot be used",
        happened="Something in what your browser sent could not be understood. Nothing was changed.",
        advice=(_BACK, _TELL),
    ),
    401: Trouble(
        code="not-signed-in",
        title="Sign in first",
        happened="You are not signed in, or your session has ended.",
        advice=("Sign in, then come back to this page.",),
    ),
    403: Trouble(
        code="not-allowed",
        title="You cannot do this",
        happened="Your role does not cover this page or action. Nothing was changed.",
        advice=(
            "If you need it for your work, ask the process owner or your administrator for the role.",
            "If you had the page open for a long time, go back, reload it and try again.",
        ),
    ),
    404: Trouble(
        code="not-found",
        title="Page not found",
        happened="There is nothing at this address, or nothing that you may see.",
        advice=(
            "If you typed the address, check that it is right.",
            "If you pasted it, check that you copied all of it.",
            "If you followed a link, it may be old: start again from the first page.",
        ),
    ),
    405: Trouble(
        code="not-possible",
        title="That cannot be done here",
        happened="This address exists, but not for what was asked of it. Nothing was changed.",
        advice=("Start again from the first page, and use the links and buttons there.",),
    ),
    413: Trouble(
        code="too-large",
        title="That is too large",
        happened="What you sent is larger than this service takes. Nothing was kept of it.",
        advice=("Hand in fewer files at once, or split a large workbook into several.",),
    ),
    422: Trouble(
        code="unusable",
        title="Something in the form cannot be used",
        happened="A value is missing, or is not of the right kind. Nothing was changed.",
        advice=(_BACK, _TELL),
    ),
    429: Trouble(
        code="too-many",
        title="Too many attempts",
        happened="This was tried too often in a short time. Nothing was changed.",
        advice=("Wait a few minutes, then try again.",),
    ),
    503: Trouble(
        code="unavailable",
        title="The service is not available",
        happened="Something that this page needs cannot be reached at the moment.",
        advice=("Try again in a few minutes.", _TELL),
    ),
}
STORE_AWAY = replace(
    TROUBLES[503],
    code="store-away",
    happened="The database cannot be used just now. It may be starting up, or busy.",
    advice=(
        "Try again in a minute. If you sent something, look first whether it arrived.",
        "If it lasts, tell your administrator.",
    ),
)
AWAY_FOR = 10
"""Seconds after which it is worth trying again."""
OTHER = Trouble(
    code="refused",
    title="This did not work",
    happened="The service refused what was asked.",
    advice=(_BACK, _TELL),
)
UNEXPECTED = Trouble(
    code="unexpected",
    title="Sorry, there is a problem with the service",
    happened="Something went wrong that should not have. It has been noted for your administrator.",
    advice=(
        "What you did last may not have been saved. Go back and look before you do it again.",
        "If it happens again, give your administrator the reference below.",
    ),
)


def framed(app: FastAPI, pages: Pages, *, tls: bool) -> None:
    """Put the frame around an application. Call it last: a middleware added later would stand outside."""
    _without_documentation(app)
    app.router.routes.append(pages.assets.route())

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code < 400:
            return Response(status_code=error.status_code, headers=error.headers)
        trouble = TROUBLES.get(error.status_code, OTHER)
        found = answer(request, pages, error.status_code, trouble)
        found.headers.update(error.headers or {})
        return found

    async def unusable(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, pages, 422, TROUBLES[422], sentence=_named(error))

    app.add_exception_handler(HTTPException, refused)
    app.add_exception_handler(RequestValidationError, unusable)
    app.add_middleware(_Unexpected, pages=pages)
    app.add_middleware(SecurityHeaders, tls=tls)


def _without_documentation(app: FastAPI) -> None:
    """FastAPI's own pages load scripts from elsewhere, and show every address to anybody."""
    off = {app.docs_url, app.redoc_url, app.openapi_url, app.swagger_ui_oauth2_redirect_url}
    app.router.routes[:] = [one for one in app.router.routes if getattr(one, "path", "") not in off]


def answer(request: Request, pages: Pages, status: int, trouble: Trouble, *, sentence: str = "") -> Response:
    """A page for people, and for programs the same in JSON."""
    if _for_programs(request.url.path):
        return _json(status, trouble.code, sentence or trouble.happened)
    return pages.show(request, "error.html", status=status, trouble=trouble)


def _for_programs(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def _json(status: int, code: str, sentence: str) -> Response:
    return JSONResponse({"code": code, "sentence": sentence}, status_code=status)


def _named(error: RequestValidationError) -> str:
    """Which parts cannot be used, never what stood in them: only names that the API itself declares."""
    declared = [
        one["loc"] for one in error.errors() if one["type"] not in ("extra_forbidden", "json_invalid")
    ]
    names = {" ".join(str(part) for part in loc[:2]) for loc in declared}
    plain = sorted(name for name in names if re.fullmatch(r"[A-Za-z_ -]{1,60}", name))
    return f"These parts cannot be used: {', '.join(plain)}." if plain else TROUBLES[422].happened


class _Unexpected:
    """Turns any other exception into a page, and into a line of the log that holds no values."""

    def __init__(self, app: ASGIApp, *, pages: Pages) -> None:
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            reference = _reference()
            LOG.error("%s at %s, reference %s", type(error).__name__, _place(error), reference)
            # It goes no further: the server would log its words, which may hold personal data. An answer that
            # has begun stays incomplete, and the browser is told so by the cut connection.
            if not started:
                await self._sorry(scope["path"], reference)(scope, receive, send)

    def _sorry(self, path: str, reference: str) -> Response:
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        if _for_programs(path):
            sentence = f"{UNEXPECTED.happened} Reference: {reference}."
            return _json(status, UNEXPECTED.code, sentence)
        return self._pages.plain("error.html", status=status, trouble=UNEXPECTED, reference=reference)


def _reference() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(2))


def _place(error: Exception) -> str:
    """The last of our own lines, and the last of all when that is somebody else's."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [one for one in frames if one.filename.startswith(str(ROOT)) and ".venv" not in one.filename]
    last = dict.fromkeys(_line(one) for one in (*ours[-1:], *frames[-1:]))
    return ", in ".join(last) or "an unknown place"


def _line(one: traceback.FrameSummary) -> str:
    file = one.filename.replace("\\", "/")
    short = file.split("site-packages/")[-1].removeprefix(f"{ROOT.as_posix()}/")
    return f"{'/'.join(short.split('/')[-4:])}:{one.lineno}"
