"""Tokens with which programs act in a person's name: made, seen, and revoked by that person or an
administrator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, refusal
from ...core.people import MOST_TOKEN_DAYS, TOKEN_DAYS, ApiToken, Role, TokenScope
from ..web.request import Missing, Visit

JUST_SIGNED_IN = 15 * 60.0
"""Seconds after a sign-in in which tokens are made: not by whoever finds a screen that was left."""
_FOR = {
    TokenScope.READ: "Read items and hand-ins",
    TokenScope.HAND_IN: "Hand in files, queue them, and fetch what goes back",
    TokenScope.DECIDE: "Decide about items",
}
_LONG_AGO = "You signed in some time ago. Sign out, sign in again, and make it within a quarter of an hour."
_AT = {"token-scopes": "scope", "token-days": "days", "name": "name", "unknown-process": "process"}
"""The field to which a refusal belongs."""


@dataclass(frozen=True, kw_only=True)
class Line:
    token: ApiToken
    uses: str
    process: str
    ended: str  # why it is good for nothing any more; empty: it is


async def show(visit: Visit) -> Response:
    return await _page(visit)


async def make(visit: Visit) -> Response:
    """The token is on this one page, and nowhere else."""
    try:
        token = await _made(visit)
    except BusinessException as error:
        return await _page(visit, problem=error, status=422)
    return await _page(visit, token=token, sent={})


async def _made(visit: Visit) -> str:
    if not await _just_signed_in(visit):
        raise refusal("long-ago", _LONG_AGO)
    process = visit.sent.get("process", "") or None
    if process is not None and process not in visit.processes():
        raise refusal("unknown-process", "Choose one of your processes, or all of them.")
    scopes = [scope for scope in TokenScope if visit.sent.get(f"scope-{scope}") == "yes"]
    people, person = visit.desk.people, visit.person.id
    name, days = visit.sent.get("name", ""), _days(visit.sent.get("days", ""))
    return await people.make_token(person, name, scopes, days, visit.who, process)


def _days(text: str) -> int:
    return int(text) if text.strip().isdecimal() and len(text) < 9 else 0


async def _just_signed_in(visit: Visit) -> bool:
    signed_in = max(visit.session.created, visit.session.fresh or 0.0)
    return await visit.desk.queue.now() - signed_in <= JUST_SIGNED_IN


async def revoke(visit: Visit) -> Response:
    name = visit.request.path_params["token"]
    of = None if visit.has(Role.ADMINISTRATOR) else visit.person.id
    if name not in {one.id for one in await visit.desk.people.tokens(of)}:
        raise Missing("no-such-token", "There is no such token, or it is not yours.")
    await visit.desk.people.revoke_token(name, visit.who)
    return RedirectResponse("/tokens?revoked", status_code=303)


async def _page(
    visit: Visit,
    *,
    token: str = "",
    problem: BusinessException | None = None,
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    """`token`: made just now."""
    now, administers = await visit.desk.queue.now(), visit.has(Role.ADMINISTRATOR)
    found = await visit.desk.people.tokens(None if administers else visit.person.id)
    lines = [_line(visit, one, now) for one in found]
    return visit.desk.pages.show(
        visit.request,
        "tokens.html",
        status=status,
        visit=visit,
        token=token,
        problem=problem,
        at=_AT.get(problem.code, "") if problem else "",
        sent=visit.sent if sent is None else sent,
        mine=[one for one in lines if one.token.person.id == visit.person.id],
        others=[one for one in lines if one.token.person.id != visit.person.id and not one.ended],
        administers=administers,
        processes=visit.processes(),
        scopes=_FOR,
        days=TOKEN_DAYS,
        most_days=MOST_TOKEN_DAYS,
        makes=await _just_signed_in(visit),
        revoked="revoked" in visit.request.query_params and not problem and not token,
    )


def _line(visit: Visit, one: ApiToken, now: float) -> Line:
    known = visit.desk.processes.get(one.process or "")
    ended = "Revoked" if one.revoked is not None else "Has run out" if one.expires <= now else ""
    return Line(
        token=one,
        uses=", ".join(scope.value for scope in TokenScope if scope in one.scopes),
        process=known.title if known else one.process or "All",
        ended=ended,
    )
