"""Colleagues: who may work on what, and what they are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...core.errors import refusal
from ...core.people import Person, Role
from .request import Asking, Visit

NO_COLLEAGUE = "Choose a colleague who may work on this process."


async def named(asking: Asking) -> dict[str, str]:
    """The name of everybody, by id."""
    return {one.id: one.name for one in await asking.desk.people.everyone()}


async def reviewers(asking: Asking, processes: Iterable[str]) -> Mapping[str, Person]:
    """By id, in the order of names: who may decide about items of any of these processes, but for the person
    who asks."""
    wanted = list(processes)
    found = [
        one
        for one in await asking.desk.people.everyone()
        if one.id != asking.person.id and any(one.may(Role.REVIEWER, process) for process in wanted)
    ]
    return {one.id: one for one in sorted(found, key=lambda one: (one.name.casefold(), one.login))}


async def chosen(visit: Visit, process: str) -> Person:
    """The colleague whom the form names. Raises BusinessException for one who may not work on it."""
    found = (await reviewers(visit, [process])).get(visit.sent.get("to", ""))
    if found is None:
        raise refusal("no-colleague", NO_COLLEAGUE)
    return found
