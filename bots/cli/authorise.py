"""Who decides at the command line: the people of the console, with the same roles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from bots.engine.core.errors import refusal
from bots.engine.core.people import Person, Role, TokenScope
from bots.engine.core.queue import Queue
from bots.engine.store.people.store import StorePeople

from .arguments import login, person, run

if TYPE_CHECKING:
    from bots.assembly.worker import Rekey

T = TypeVar("T")
Decision = Callable[[Queue, str], Awaitable[T]]
"""What is to be done, by whom."""


def about_item(item: str, role: Role, decide: Decision[T]) -> T:
    """Decide about an item, as a person who has a role in its process."""

    async def inside(rekey: Rekey) -> T:
        found = await rekey.queue.item(item)
        # Of an item that is not there the decision itself says so.
        who = person() if found is None else await who_decides(rekey, role, found.process)
        return await decide(rekey.queue, who)

    return _opened(inside)


def about_process(process: str, role: Role, decide: Decision[T]) -> T:
    """Decide about a process, as a person who has a role there."""

    async def inside(rekey: Rekey) -> T:
        return await decide(rekey.queue, await who_decides(rekey, role, process))

    return _opened(inside)


def _opened(work: Callable[[Rekey], Awaitable[T]]) -> T:
    from bots.assembly.worker import open_rekey
    from bots.engine.settings import load_settings

    async def inside() -> T:
        async with open_rekey(load_settings()) as rekey:
            return await work(rekey)

    return run(inside())


async def who_decides(rekey: Rekey, role: Role, process: str) -> str:
    """Who is at the command line, if they have a role in a process. Raises as `acting` does."""
    token = rekey.settings.token
    return await acting(rekey.people, token.get_secret_value() if token else None, role, process)


async def acting(people: StorePeople, token: str | None, role: Role, process: str) -> str:
    """Who decides, as the histories name a person: whose `token` it is, or whose login this machine says.
    Where the console has no people yet, it is whoever this machine names.

    Raises BusinessException `wrong-token`, `unknown-person` or `not-allowed`.
    """
    if token is None and not await people.everyone():
        return person()
    found = await _with_login(people) if token is None else await _with_token(people, token)
    if not found.may(role, process):
        raise refusal("not-allowed", f"{found.login} is no {role} of {process}. See: rekey people list.")
    return found.who


async def _with_token(people: StorePeople, secret: str) -> Person:
    token = await people.token(secret)
    if token is None or TokenScope.DECIDE not in token.scopes:
        raise refusal("wrong-token", "The token in REKEY_TOKEN is not valid, or not for decisions.")
    return token.acts_as


async def _with_login(people: StorePeople) -> Person:
    name = login()
    found = await people.by_login(name)
    if found is None:
        sentence = (
            f"There is no person {name}, as this machine calls you. Set REKEY_TOKEN to a token of yours."
        )
        raise refusal("unknown-person", sentence)
    return found
