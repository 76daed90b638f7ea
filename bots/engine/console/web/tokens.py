"""How programs come in: with a token in the header, and as the person whose token it is."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from typing import Annotated

from fastapi import Depends, Request

from ...core.people import TokenScope
from ...store.people.tokens import PREFIX
from .context import Desk
from .request import Call, NoToken, OtherScope
from .throttle import Attempts

LOG = logging.getLogger("rekey.console")
API = "/api/v1"
EVERY = frozenset(TokenScope)
_HEADER = re.compile(rf"Bearer +({PREFIX}[A-Za-z0-9_-]{{43}})", re.IGNORECASE)
_NONE = "Send a token in the header Authorization, as Bearer. It is made in the console, under API tokens."
_WRONG = "This token is not valid: unknown, run out or revoked, or its person is deactivated."


async def called(request: Request, desk: Desk, wrong: Attempts, scopes: Collection[TokenScope]) -> Call:
    """Who calls. A good token is never refused because of others from the same place: it cannot be guessed,
    and one program that is set up wrongly would stop all of a server.

    Raises NoToken, OtherScope, or HTTPException 429 for too many wrong tokens.
    """
    said = request.headers.get("authorization")
    if said is None:
        raise NoToken("no-token", _NONE)
    found = _HEADER.fullmatch(said.strip())
    token = await desk.people.token(found[1]) if found else None
    if token is None:
        wrong.check(request.client.host if request.client else "")
        LOG.warning("a token was refused at %r", request.url.path)
        raise NoToken("wrong-token", _WRONG)
    request.state.person = token.person
    if not token.scopes & set(scopes):
        needed = " or ".join(sorted(scopes))
        raise OtherScope("other-scope", f"This token is not for that: {needed}.", {"scopes": sorted(scopes)})
    return Call(request=request, desk=desk, token=token)


def _call(request: Request) -> Call:
    call: Call = request.state.call
    return call


Caller = Annotated[Call, Depends(_call)]
"""What a handler asks for. The token was checked before, by the address."""
