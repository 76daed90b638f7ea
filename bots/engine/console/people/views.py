"""People, for administrators: who there is, what they may do, and their ways in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from ...core.people import EVERYWHERE, Person, Role
from ..history.views import told_of
from ..sign_in.views import SIGNED_IN
from ..web.request import Missing, Visit

ENTRIES = 50
ROLES = {
    Role.VIEWER: "Viewer: sees items, sensitive values masked",
    Role.REVIEWER: "Reviewer: decides about items",
    Role.APPROVER: "Approver: agrees as the second person as well",
    Role.OWNER: "Owner: all of that, and signs off baselines",
    Role.AUDITOR: "Auditor: reads every history, changes nothing",
    Role.ADMINISTRATOR: "Administrator: people and roles",
}
_SAID = {
    "granted": "The role is given.",
    "revoked": "The role is taken away.",
    "deactivated": "This person is shut out. All sessions, links and tokens are ended.",
    "activated": "This person may sign in again.",
    "ended": "All sessions are ended.",
}
"""By a word in the address, after something was done."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A role that somebody has, and where."""

    role: Role
    scope: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One line of the list."""

    person: Person
    held: Sequence[Held]
    signed_in: float | None


async def show(visit: Visit) -> Response:
    return await everyone(visit)


async def everyone(visit: Visit, *, mistakes: Mapping[str, str] | None = None, status: int = 200) -> Response:
    last = await visit.desk.people.last(SIGNED_IN)
    return visit.desk.pages.show(
        visit.request,
        "people.html",
        status=status,
        visit=visit,
        people=[
            Shown(person=one, held=held_by(visit, one), signed_in=last.get(one.id))
            for one in await visit.desk.people.everyone()
        ],
        mistakes=mistakes or {},
        sent=visit.sent,
    )


async def person(visit: Visit) -> Response:
    return await page(visit, await asked_for(visit))


async def page(
    visit: Visit, one: Person, *, problem: str = "", link: str = "", status: int = 200
) -> Response:
    """`link`: a way in, shown this one time."""
    people, now = visit.desk.people, await visit.desk.queue.now()
    kept = await people.credentials(one.id)
    names = {other.who: other.name for other in await people.everyone()}
    return visit.desk.pages.show(
        visit.request,
        "person.html",
        status=status,
        visit=visit,
        person_shown=one,
        held=held_by(visit, one),
        roles=ROLES,
        processes=visit.desk.processes,
        everywhere=EVERYWHERE,
        signed_in=(await people.last(SIGNED_IN)).get(one.id),
        has_password=kept.password is not None,
        has_code=kept.code_secret is not None,
        waits_until=kept.waits_until if (kept.waits_until or 0.0) > now else None,
        entries=await people.entries(one.id, ENTRIES),
        names=names,
        told=told_of,
        problem=problem,
        said=_SAID.get(visit.request.query_params.get("said", ""), ""),
        link=f"{visit.desk.hosts.address(visit.request.scope)}/invitation/{link}" if link else "",
        sent=visit.sent,
        me=one.id == visit.person.id,
    )


async def asked_for(visit: Visit) -> Person:
    """The person whom the address names. Raises Missing."""
    found = await visit.desk.people.person(visit.request.path_params["person"])
    if found is None:
        raise Missing("no-such-person", "There is no such person.")
    return found


def held_by(visit: Visit, one: Person) -> list[Held]:
    order = list(Role)
    return sorted(
        (
            Held(role=role, scope=scope, words=_words(visit, role, scope))
            for scope, roles in one.roles.items()
            for role in roles
        ),
        key=lambda held: (held.scope != EVERYWHERE, held.scope, order.index(held.role)),
    )


def _words(visit: Visit, role: Role, scope: str) -> str:
    if role.of_installation:
        return role.capitalize()
    known = visit.desk.processes.get(scope)
    place = "all processes" if scope == EVERYWHERE else known.title if known else scope
    return f"{role.capitalize()} of {place}"
