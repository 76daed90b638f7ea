"""Signing in: with a local account, by password and one-time code, or through OpenID Connect. And out."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, RekeyError
from ...core.people import KeptCredentials, Person, Role, clean_login
from ..item import views as item_page
from ..services.openid import GOOD_FOR, Departure
from ..services.passwords import hash_password, needs_rehash, verify_password
from ..services.totp import matching_step, unseal
from ..web import drafts
from ..web.context import Desk
from ..web.request import Missing, Visit
from ..web.routes import cookie, sent_by
from ..web.throttle import place_of
from . import familiar

# Two at once: each takes 64 MB and a tenth of a second, and who tries passwords should wait.
CHECKS = asyncio.Semaphore(2)
WRONG = "The name, the password or the code is not right, or too many wrong ones came before: wait a while."
TOO_OFTEN = "Too many wrong tries for this name. Nothing was checked. Wait {minutes}, then try again."
SIGNED_OUT = "You were signed out. Sign in again; what you typed is kept."
SIGNED_IN = "signed in"
"""As the log of people has it."""
BACK = "/sign-in/openid/back"
_NOBODY = "nobody"
_LOOKED_BACK = 200  # entries of the log
_LONGEST_NEXT = 1000  # it has to fit into a cookie


async def ask(request: Request, desk: Desk) -> Response:
    return form(request, desk, to=local(request.query_params.get("next", "/")))


def form(
    request: Request,
    desk: Desk,
    *,
    to: str = "/",
    login: str = "",
    problem: str = "",
    note: str = "",
    draft: str = "",
    status: int = 200,
) -> Response:
    values = {"next": to, "login": login, "problem": problem, "note": note, "draft": draft}
    return desk.pages.show(request, "sign_in.html", status=status, openid=desk.openid is not None, **values)


async def sign_in(request: Request, desk: Desk) -> Response:
    sent = await sent_by(request)
    to, draft = local(sent.get("next", "/")), sent.get("draft", "")
    login = sent.get("login", "")[:254]
    name, host = _name(login), _from(request)["from"]
    # Where this person has signed in before, tries are counted apart from those of others.
    here = familiar.browser(request, desk, name) or f"{name} {place_of(host)}"
    try:
        desk.tries.check(here)
    except HTTPException as error:
        wait = int((error.headers or {})["Retry-After"])
        problem = TOO_OFTEN.format(minutes=f"{-(-wait // 60)} minutes" if wait > 60 else "a minute")
        answer = form(request, desk, to=to, login=login, problem=problem, draft=draft, status=429)
        answer.headers["Retry-After"] = str(wait)
        return answer
    person = await _known(desk, sent, request)
    if person is None:
        await desk.people.log(_NOBODY, "sign-in refused", None, _from(request))
        return form(request, desk, to=to, login=login, problem=WRONG, draft=draft, status=401)
    desk.tries.forgive(here)
    # Who has no code yet sets one up before anything else is open.
    fresh = (await desk.people.credentials(person.id)).code_secret is not None
    token = await _begun(request, desk, person, fresh, "password and code" if fresh else "password")
    found = await _resumed(request, desk, token, draft) or RedirectResponse(to, status_code=303)
    keep_cookie(found, desk, token)
    familiar.mark(found, desk, person.login)
    return found


async def sign_out(visit: Visit) -> Response:
    await visit.desk.people.end_session(visit.request.cookies.get(cookie(visit.desk), ""))
    await visit.desk.people.log(visit.who, "signed out", visit.person.id)
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(cookie(visit.desk), path="/", secure=visit.desk.tls, httponly=True)
    # What a browser kept of our pages goes as well.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


async def depart(request: Request, desk: Desk) -> Response:
    """To the provider's page. A link leads here: a form could not be redirected to another site."""
    if desk.openid is None:
        raise Missing("no-openid", "There is no such page.")
    to, now = local(request.query_params.get("next", "/")), desk.clock().timestamp()
    departure = Departure.new(redirect=f"{desk.hosts.address(request.scope)}{BACK}", to=to, now=now)
    try:
        answer = RedirectResponse(await desk.openid.address(departure), status_code=303)
    except BusinessException as error:
        return form(request, desk, to=to, problem=error.sentence, status=503)
    # Lax: the way back is a link from another site.
    answer.set_cookie(
        _departed(desk),
        departure.sealed(desk.code_key),
        max_age=GOOD_FOR,
        path="/",
        secure=desk.tls,
        httponly=True,
        samesite="lax",
    )
    return answer


async def come_back(request: Request, desk: Desk) -> Response:
    if desk.openid is None:
        raise Missing("no-openid", "There is no such page.")
    to, now = "/", desk.clock().timestamp()
    answer: Response
    try:
        departure = Departure.opened(request.cookies.get(_departed(desk), ""), desk.code_key, now)
        to = departure.to
        shown = await desk.openid.shown(departure, request.query_params, now)
        person = await desk.people.from_directory(
            shown.subject, shown.login, shown.name, shown.roles, "directory"
        )
        token = await _begun(request, desk, person, True, "OpenID Connect")
        answer = RedirectResponse(to, status_code=303)
        keep_cookie(answer, desk, token)
    except BusinessException as error:
        await desk.people.log(_NOBODY, "sign-in refused", None, _from(request) | {"why": error.code})
        answer = form(request, desk, to=to, problem=error.sentence, status=401)
    answer.delete_cookie(_departed(desk), path="/", secure=desk.tls, httponly=True)
    return answer


async def resume(request: Request, desk: Desk) -> Response:
    """With what was typed before the session ended, for who has signed in again in another tab."""
    draft, token = (await sent_by(request)).get("draft", ""), request.cookies.get(cookie(desk), "")
    if (await desk.people.session(token)) is None:
        return form(request, desk, note=SIGNED_OUT, draft=draft, status=401)
    return await _resumed(request, desk, token, draft) or RedirectResponse("/", status_code=303)


def keep_cookie(answer: Response, desk: Desk, token: str) -> None:
    answer.set_cookie(cookie(desk), token, path="/", secure=desk.tls, httponly=True, samesite="lax")


def local(to: str) -> str:
    """An address of our own, whatever was asked for."""
    plain = to.startswith("/") and not to.startswith(("//", "/sign-in")) and to.isprintable()
    return to if plain and "\\" not in to and len(to) <= _LONGEST_NEXT else "/"


async def _begun(request: Request, desk: Desk, person: Person, fresh: bool, by: str) -> str:
    """A session that nobody knew before; the one that this browser had ends. Raises BusinessException."""
    await desk.people.end_session(request.cookies.get(cookie(desk), ""))
    token = await desk.people.begin_session(person.id, fresh=fresh)
    await desk.people.log(person.who, SIGNED_IN, person.id, _from(request) | {"by": by})
    return token


def _from(request: Request) -> dict[str, str]:
    return {"from": request.client.host if request.client else ""}


def _departed(desk: Desk) -> str:
    return f"{cookie(desk)}-openid"


def _name(login: str) -> str:
    try:
        return clean_login(login)
    except BusinessException:
        return login


async def _is_familiar(request: Request, desk: Desk, person: Person) -> bool:
    """Whether it is a browser or a place in which this person has signed in before."""
    host = _from(request)["from"]
    return familiar.browser(request, desk, person.login) is not None or any(
        entry.what == SIGNED_IN and entry.detail.get("from") == host
        for entry in await desk.people.entries(person.id, _LOOKED_BACK)
    )


async def _known(desk: Desk, sent: Mapping[str, str], request: Request) -> Person | None:
    """Who has shown a password and a code. Nothing tells which of them was wrong, or whether there is
    such an account."""
    person = await desk.people.by_login(sent.get("login", ""))
    kept = await desk.people.credentials(person.id) if person is not None else None
    password = sent.get("password", "")[:1000]
    async with CHECKS:
        right = await asyncio.to_thread(verify_password, kept.password if kept else None, password)
    if person is None or kept is None:
        return None
    if not right or not person.active or not await _code_fits(desk, kept, sent.get("code", "")):
        await desk.people.failed(person.id)
        return None
    try:
        strangers_wait = kept.waits_until is not None
        known_here = strangers_wait and await _is_familiar(request, desk, person)
        await desk.people.succeeded(person.id, familiar=known_here)
    except BusinessException:  # slowed
        return None
    await _rehashed(desk, kept, password)
    return person


async def _code_fits(desk: Desk, kept: KeptCredentials, code: str) -> bool:
    if kept.code_secret is None:
        return True
    secret = unseal(kept.code_secret, desk.code_key, kept.person)
    step = matching_step(secret, code, desk.clock().timestamp())
    return step is not None and await desk.people.use_code_step(kept.person, step)


async def _rehashed(desk: Desk, kept: KeptCredentials, password: str) -> None:
    if kept.password is not None and needs_rehash(kept.password):
        async with CHECKS:
            new = await asyncio.to_thread(hash_password, password)
        await desk.people.rehash(kept.person, kept.password, new)


async def _resumed(request: Request, desk: Desk, token: str, draft: str) -> Response | None:
    """The page on which the person was when the session ended, with what had been typed."""
    kept = drafts.opened(draft, desk.code_key, desk.clock().timestamp())
    session = await desk.people.session(token)
    if kept is None or session is None or session.fresh is None:
        return None
    visit = Visit(request=request, desk=desk, session=session, sent=kept.sent)
    try:
        await visit.item(Role.REVIEWER, kept.item)
    except RekeyError:  # somebody else typed it, or may not any more
        return None
    request.state.session = session
    return await item_page.resumed(visit, kept.item)
