"""The one-time link of a new account: a password, then the second factor."""

from __future__ import annotations

import asyncio

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, ConfigurationError, refusal
from ..services.passwords import check_password, hash_password
from ..services.totp import matching_step, new_secret, provisioning_address, seal, unseal
from ..web.context import Desk
from ..web.request import Visit
from ..web.routes import cookie, sent_by
from .views import CHECKS, keep_cookie

_DIFFER = "The two passwords differ. Type the same one twice."
_NO_CODE = "The code is not right. Wait for the next one, and make sure that your phone shows the right time."


async def invited(request: Request, desk: Desk) -> Response:
    """Looked at, the link stays usable: programs that check links for viruses look at them too."""
    token = request.path_params["token"]
    try:
        person = await desk.people.invited(token)
    except BusinessException as error:
        return desk.pages.show(request, "invitation.html", status=410, refused=error.sentence)
    return desk.pages.show(request, "invitation.html", person_invited=person)


async def accept(request: Request, desk: Desk) -> Response:
    token, sent = request.path_params["token"], await sent_by(request)
    try:
        person = await desk.people.invited(token)
    except BusinessException as error:
        return desk.pages.show(request, "invitation.html", status=410, refused=error.sentence)
    password = sent.get("password", "")
    try:
        check_password(password, person.login)
        if password != sent.get("again", ""):
            raise refusal("differ", _DIFFER)
    except BusinessException as error:
        values = {"person_invited": person, "problem": error.sentence}
        return desk.pages.show(request, "invitation.html", status=422, **values)
    async with CHECKS:
        kept = await asyncio.to_thread(hash_password, password)
    try:
        await desk.people.redeem(token)
        await desk.people.set_password(person.id, kept, person.who)
    except BusinessException as error:  # used meanwhile, or the person is deactivated
        return desk.pages.show(request, "invitation.html", status=410, refused=error.sentence)
    # This browser may have been somebody else's.
    await desk.people.end_session(request.cookies.get(cookie(desk), ""))
    if (await desk.people.credentials(person.id)).code_secret:
        return RedirectResponse("/sign-in", status_code=303)  # the second factor stays as it is
    answer = RedirectResponse("/second-factor", status_code=303)
    keep_cookie(answer, desk, await desk.people.begin_session(person.id))
    return answer


async def second_factor(visit: Visit) -> Response:
    """Shows a fresh secret. It is kept only when a code proves that the app has it."""
    return await _has_one(visit) or _shown(visit, new_secret())


async def set_second_factor(visit: Visit) -> Response:
    desk, person = visit.desk, visit.person
    if (known := await _has_one(visit)) is not None:
        return known
    try:
        secret = unseal(bytes.fromhex(visit.sent.get("sealed", "")), desk.code_key, person.id)
    except (ValueError, ConfigurationError):
        return _shown(visit, new_secret(), status=422)
    step = matching_step(secret, visit.sent.get("code", ""), desk.clock().timestamp())
    if step is None:
        return _shown(visit, secret, problem=_NO_CODE, status=422)
    await desk.people.set_code_secret(person.id, seal(secret, desk.code_key, person.id), person.who)
    await desk.people.use_code_step(person.id, step)
    answer = RedirectResponse("/", status_code=303)
    old = visit.request.cookies.get(cookie(desk), "")
    keep_cookie(answer, desk, await desk.people.rotate(old, fresh=True))
    return answer


async def _has_one(visit: Visit) -> Response | None:
    """Nobody replaces a second factor without showing it; a lost one is for the administrator."""
    if visit.session.fresh is not None:
        return RedirectResponse("/", status_code=303)
    kept = await visit.desk.people.credentials(visit.person.id)
    return RedirectResponse("/sign-in", status_code=303) if kept.code_secret else None


def _shown(visit: Visit, secret: str, *, problem: str = "", status: int = 200) -> Response:
    desk, person = visit.desk, visit.person
    return desk.pages.show(
        visit.request,
        "second_factor.html",
        status=status,
        visit=visit,
        groups=[secret[at : at + 4] for at in range(0, len(secret), 4)],
        address=provisioning_address(secret, person.login),
        sealed=seal(secret, desk.code_key, person.id).hex(),
        problem=problem,
    )
