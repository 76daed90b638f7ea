"""What administrators do about people. The store refuses what may not be: the last administrator stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.responses import RedirectResponse, Response

from ...core.errors import BusinessException, refusal
from ...core.people import EVERYWHERE, Person, Role, clean_login, clean_name
from ..web.request import Visit
from .views import asked_for, everyone, page

HOURS = 24
"""For which a link holds."""
Move = Callable[[Visit, Person], Awaitable[None]]


async def add(visit: Visit) -> Response:
    """Somebody who signs in with a password; the link with which they choose it is shown once."""
    mistakes = {}
    for name, check in (("login", clean_login), ("name", clean_name)):
        try:
            check(visit.sent.get(name, ""))
        except BusinessException as error:
            mistakes[name] = error.sentence
    if mistakes:
        return await everyone(visit, mistakes=mistakes, status=422)
    people = visit.desk.people
    try:
        made = await people.add(visit.sent["login"], visit.sent["name"], visit.who)
    except BusinessException as error:
        return await everyone(visit, mistakes={"login": error.sentence}, status=409)
    return await page(visit, made, link=await people.invite(made.id, visit.who, HOURS))


def act(move: Move, said: str) -> Callable[[Visit], Awaitable[Response]]:
    """A handler after which the person's page says what was done; why not, when it could not be."""

    async def answer(visit: Visit) -> Response:
        one = await asked_for(visit)
        try:
            await move(visit, one)
        except BusinessException as error:
            return await page(visit, one, problem=error.sentence, status=409)
        return RedirectResponse(f"/people/{one.id}?said={said}", status_code=303)

    return answer


async def grant(visit: Visit, one: Person) -> None:
    role = _role(visit)
    await visit.desk.people.grant(one.id, _scope(visit, role, known=True), role, visit.who)


async def revoke(visit: Visit, one: Person) -> None:
    # A role of a process that is there no more can still be taken away.
    role = _role(visit)
    await visit.desk.people.revoke(one.id, _scope(visit, role, known=False), role, visit.who)


async def deactivate(visit: Visit, one: Person) -> None:
    await visit.desk.people.deactivate(one.id, visit.who)


async def activate(visit: Visit, one: Person) -> None:
    await visit.desk.people.activate(one.id, visit.who)


async def end_sessions(visit: Visit, one: Person) -> None:
    await visit.desk.people.end_sessions(one.id, visit.who)


async def link(visit: Visit) -> Response:
    return await _linked(visit, new_code=False)


async def new_code(visit: Visit) -> Response:
    """The phone is lost: the second factor and the password are taken away, and a link brings new ones."""
    return await _linked(visit, new_code=True)


async def _linked(visit: Visit, *, new_code: bool) -> Response:
    one, people = await asked_for(visit), visit.desk.people
    try:
        if new_code:
            await people.set_code_secret(one.id, None, visit.who)
        token = await people.invite(one.id, visit.who, HOURS)
    except BusinessException as error:
        return await page(visit, one, problem=error.sentence, status=409)
    return await page(visit, one, link=token)


def _role(visit: Visit) -> Role:
    try:
        return Role(visit.sent.get("role", ""))
    except ValueError:
        raise refusal("no-role", "Choose a role.") from None


def _scope(visit: Visit, role: Role, *, known: bool) -> str:
    if role.of_installation:
        return EVERYWHERE
    scope = visit.sent.get("scope", "")
    if not scope or (known and scope != EVERYWHERE and scope not in visit.desk.processes):
        raise refusal("no-scope", "Choose the process in which the role holds, or all.")
    return scope
