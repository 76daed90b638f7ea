"""A browser in which somebody has signed in before: others who guess at their name do not keep it out.

The mark is a sealed cookie. It opens nothing: it only says that wrong tries from elsewhere are not those of
this browser.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets

from fastapi import Request
from starlette.responses import Response

from ...core.errors import ConfigurationError
from ..services.totp import seal, unseal
from ..web.context import Desk

_FOR = "familiar"
_SECONDS = 180 * 86_400
_PLACE = "/sign-in"


def mark(answer: Response, desk: Desk, login: str) -> None:
    told = json.dumps({"login": login, "browser": secrets.token_urlsafe(12)})
    answer.set_cookie(
        _name(desk),
        base64.urlsafe_b64encode(seal(told, desk.code_key, _FOR)).decode(),
        max_age=_SECONDS,
        path=_PLACE,
        secure=desk.tls,
        httponly=True,
        samesite="lax",
    )


def browser(request: Request, desk: Desk, login: str) -> str | None:
    """What the browser is called here, if this person has signed in in it."""
    try:
        told = json.loads(
            unseal(base64.urlsafe_b64decode(request.cookies.get(_name(desk), "")), desk.code_key, _FOR)
        )
    except (ConfigurationError, binascii.Error, ValueError):
        return None
    return str(told["browser"]) if told["login"] == login else None


def _name(desk: Desk) -> str:
    return "__Secure-rekey-known" if desk.tls else "rekey-known"
